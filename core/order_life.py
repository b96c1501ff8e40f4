"""The life of a control order: issued, perhaps revoked; and which orders can't both be obeyed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from core.errors import NotAllowed, Unfit
from core.order import ISSUED, LEVELS, REVOKED, Order, OrderKind

ISSUE, REVOKE = "issue", "revoke"
"""Steps of an order."""

LONGEST_MS = 366 * 86_400_000

_NEEDS: dict[str, tuple[str, str]] = {
    OrderKind.LIMIT: ("value", "a limit needs the per cent by which production is to fall"),
    OrderKind.CAP: ("value", "a cap needs the most kW"),
    OrderKind.WINDOW: ("window", "a window order needs its window, like 22:00-06:00"),
}


def checked(order: Order) -> Order:
    """The order; Unfit where it does not say what to do, or when."""
    check_span(order.from_at, order.to_at)
    check_terms(order.kind, order.value, order.window, order.level)
    return order


def check_span(from_at: int, to_at: int) -> None:
    """Unfit where [from, to) is empty or very long; ms UTC."""
    if to_at <= from_at:
        raise Unfit("to", "it ends before it starts; put the end after the start")
    if to_at - from_at > LONGEST_MS:
        raise Unfit("to", "it lasts more than a year; issue it for a year at most")


def check_terms(kind: str, value: float | None, window: object | None, level: str | None) -> None:
    """Unfit where an order or preset of that kind lacks what it needs."""
    if kind not in tuple(OrderKind):
        raise Unfit("kind", f"is none of {', '.join(OrderKind)}")
    if kind in _NEEDS:
        field, reason = _NEEDS[kind]
        if (value if field == "value" else window) is None:
            raise Unfit(field, reason)
    if value is not None and (value < 0 or (kind == OrderKind.LIMIT and value > 100)):
        raise Unfit("value", "is not between 0 and 100 per cent" if kind == OrderKind.LIMIT else "is below 0")
    if level is not None and level not in LEVELS:
        raise Unfit("level", f"is none of {', '.join(LEVELS)}")


def revoked(order: Order, *, now: int) -> Order:
    """The order, in force until `now` and no longer; NotAllowed where there is nothing to revoke."""
    if order.status != ISSUED:
        raise NotAllowed("the order is revoked already")
    if now >= order.to_at:
        raise NotAllowed("the order is over; there is nothing to revoke")
    return replace(order, status=REVOKED, to_at=max(order.from_at, now))


@dataclass(frozen=True, slots=True)
class Nesting:
    """What lies in what: `parent` of a facility its line or enterprise, of a line its enterprise."""

    parent: Mapping[str, str]

    def chain(self, scope: str) -> tuple[str, ...]:
        """The scope, then what it lies in; the enterprise last."""
        found = [scope]
        while (above := self.parent.get(found[-1])) is not None and above not in found:
            found.append(above)
        return tuple(found)

    def within(self, scope: str, other: str) -> bool:
        """Whether `scope` is `other` or lies in it."""
        return other in self.chain(scope)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two orders of one time that can't both be obeyed, and why."""

    order: Order
    other: Order
    reason: str


def clashes(orders: Iterable[Order], nesting: Nesting) -> Iterator[Clash]:
    """Every pair of overlapping orders that disagree; the one that begins first is `other`."""
    enterprises: dict[str, list[Order]] = {}
    for order in orders:
        enterprises.setdefault(nesting.chain(order.scope)[-1], []).append(order)
    for mine in enterprises.values():
        ranked = sorted(mine, key=lambda row: row.from_at)  # of one instant, as they were given
        for number, order in enumerate(ranked):
            yield from _against(order, ranked[:number], nesting)


def _against(order: Order, earlier: Iterable[Order], nesting: Nesting) -> Iterator[Clash]:
    for other in earlier:
        together = order.from_at < other.to_at and other.from_at < order.to_at and other.id != order.id
        if together and (reason := disagreement(order, other, nesting)):
            yield Clash(order, other, reason)


def disagreement(order: Order, other: Order, nesting: Nesting) -> str:
    """Why two orders of one time can't both be obeyed; "" where they can.

    A stop against a limit or a cap, two limits, two caps of one scope, two guaranteed loads of one scope. An
    exemption of a part from what its whole was told is what exemptions are for; of the same or of the whole it is
    a contradiction.
    """
    inner, outer = nesting.within(order.scope, other.scope), nesting.within(other.scope, order.scope)
    if not (inner or outer):
        return ""
    one, two = _in_words(order), _in_words(other)
    kinds = {order.kind, other.kind}
    if OrderKind.EXEMPT in kinds and len(kinds) == 2:
        exempts_part = inner if order.kind == OrderKind.EXEMPT else outer
        return "" if exempts_part and not (inner and outer) else f"{one} against {two}"
    if kinds in ({OrderKind.STOP, OrderKind.LIMIT}, {OrderKind.STOP, OrderKind.CAP}):
        return f"{one} against {two}"
    if kinds == {OrderKind.LIMIT} and order.value != other.value:
        return f"{one} against {two}"
    if not (inner and outer) or len(kinds) > 1:
        return ""
    if kinds == {OrderKind.CAP} and order.value != other.value:
        return f"{one} against {two}"
    mine, theirs = order.guaranteed_kw, other.guaranteed_kw
    if mine is None or theirs is None or mine == theirs:
        return ""
    return f"{mine:g} kW guaranteed against {theirs:g} kW"


def _in_words(order: Order) -> str:
    unit = {"limit": " %", "cap": " kW"}.get(order.kind, "")
    return str(order.kind) + (f" {order.value:g}{unit}" if unit and order.value is not None else "")
