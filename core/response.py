"""An emergency response: one action that issues a region's presets of a level as orders."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import Unfit
from core.order import LEVELS, Order, Preset
from core.order_life import Clash, check_span
from core.registry import Enterprise


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the jurisdiction: the whole city, a district, or a township of a district."""

    district: str | None = None
    township: str | None = None

    def covers(self, enterprise: Enterprise) -> bool:
        """Whether the enterprise lies in it."""
        return self.district in (None, enterprise.district) and self.township in (None, enterprise.township)


@dataclass(frozen=True, slots=True)
class Response:
    """A level of heavy pollution weather over a region; instants in ms UTC, [from, to)."""

    id: str
    region: Region
    level: str
    from_at: int
    to_at: int
    status: str = "issued"


@dataclass(frozen=True, slots=True)
class Planned:
    """One order that a response would issue, and to whom."""

    order: Order
    enterprise: Enterprise


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """What a response would do.

    orders    one for each preset of the level
    unready   enterprises of the region without a preset of the level: they get nothing
    clashes   orders that contradict what is in force, or each other: nothing can be issued while there are any
    """

    response: Response
    orders: tuple[Planned, ...]
    unready: tuple[Enterprise, ...] = ()
    clashes: tuple[Clash, ...] = ()


def checked(response: Response) -> Response:
    """The response; Unfit where its level, span or region can't be taken."""
    if response.level not in LEVELS:
        raise Unfit("level", f"is none of {', '.join(LEVELS)}")
    check_span(response.from_at, response.to_at)
    if response.region.township and not response.region.district:
        raise Unfit("district", "name the district of the township")
    return response


def order_of(preset: Preset, response: Response) -> Order:
    """The order that a preset becomes. Its id is the response's with the scope: a number would tell how many others."""
    return Order(
        id=f"{response.id}-{preset.scope}",
        scope=preset.scope,
        kind=preset.kind,
        from_at=response.from_at,
        to_at=response.to_at,
        value=preset.value,
        window=preset.window,
        level=preset.level,
        guaranteed_kw=preset.guaranteed_kw,
    )


def plan(
    response: Response, presets: Iterable[tuple[Preset, Enterprise]], enterprises: Iterable[Enterprise]
) -> ResponsePlan:
    """Who gets what, without a look at what is in force already; presets of other levels or regions are left out."""
    wanted = [(preset, owner) for preset, owner in presets if preset.level == response.level]
    wanted = [(preset, owner) for preset, owner in wanted if response.region.covers(owner)]
    ready = {owner.id for _, owner in wanted}
    orders = tuple(Planned(order_of(preset, response), owner) for preset, owner in wanted)
    there = (enterprise for enterprise in enterprises if response.region.covers(enterprise))
    return ResponsePlan(response, orders, tuple(row for row in there if row.id not in ready))
