"""Lines and the stages that must run with them: what four rules compare, looked at once a wave.

A *pair* is one stage of one line. The stage is met if any of its facilities, duty or standby, runs. Facilities that
name no line form one implicit line of their enterprise. Only facilities that are metered count.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.members import Members
from analytics.states import FAR, NEVER, OFF, ON
from core.readings import IntArray
from core.registry import Kind, Registry

if TYPE_CHECKING:
    from analytics.plant import Plant

BoolArray = NDArray[np.bool_]

NO_STAGE = "treatment"
"""What a stage is called where the registry names none."""


@dataclass(frozen=True, slots=True)
class PairView:
    """Some pairs at the newest instant of their readings; all of shape (k,), instants in ms UTC.

    at               the instant judged
    proven_at        the instant up to which readings of both sides have come: what one side shows beyond it may be
                     answered by the other in a message that is still on its way
    producing        some production facility is ON; `idle`: all are OFF; neither: not known
    treated          some facility of the stage is ON; `untreated`: all are OFF
    steady           what is producing is not about to be found OFF, and what is untreated not to be found ON
    producing_since  since when the earliest of those that run runs
    idle_since       since when the last of production stands
    untreated_since  since when the last of the stage stands
    treated_since    since when the earliest of those of the stage that run runs
    started          production was seen to start: all of it was known to stand before
    """

    at: IntArray
    proven_at: IntArray
    producing: BoolArray
    idle: BoolArray
    treated: BoolArray
    untreated: BoolArray
    steady: BoolArray
    producing_since: IntArray
    idle_since: IntArray
    untreated_since: IntArray
    treated_since: IntArray
    started: BoolArray


@dataclass(frozen=True, slots=True)
class Glance:
    """All pairs by the states alone, freshness aside: which may be of interest, (s,) each."""

    producing: BoolArray
    idle: BoolArray
    treated: BoolArray
    untreated: BoolArray


class Pairs:
    """Every (line, stage) of a registry that has production and treatment to compare.

    names      "LINE/STAGE"; the line is the enterprise's id where facilities name none
    production, stage  the facilities of each
    """

    def __init__(self, registry: Registry, pairs: list[tuple[str, list[int], list[int]]]) -> None:
        self.names = tuple(name for name, _, _ in pairs)
        self.production = Members.of_groups([made for _, made, _ in pairs])
        self.stage = Members.of_groups([stage for _, _, stage in pairs])
        self.enterprises = tuple(registry.facilities[made[0]].enterprise for _, made, _ in pairs)
        self.slowest_ms = slowest_ms(registry, [made + stage for _, made, stage in pairs])
        self._glanced: tuple[int, Glance] | None = None

    @classmethod
    def of(cls, registry: Registry) -> "Pairs":
        return cls(registry, _pairs(registry))

    def __len__(self) -> int:
        return len(self.names)

    def glance(self, plant: "Plant") -> Glance:
        """Once a wave; kept for the rules that ask after the first."""
        if self._glanced is None or self._glanced[0] != plant.waves:
            made, stage = plant.state[self.production.flat], plant.state[self.stage.flat]
            found = Glance(
                producing=self.production.any(made == ON),
                idle=self.production.all(made == OFF),
                treated=self.stage.any(stage == ON),
                untreated=self.stage.all(stage == OFF),
            )
            self._glanced = plant.waves, found
        return self._glanced[1]

    def view(self, plant: "Plant", picked: IntArray) -> PairView:
        """Some pairs, ascending, in full."""
        production, stage = self.production.some(picked), self.stage.some(picked)
        made_at = production.latest(plant)
        at = np.maximum(made_at, stage.latest(plant))
        made, treated = production.states(plant, at), stage.states(plant, at)
        running = made == ON
        lasting = plant.below_since[production.flat] == NEVER
        stays_off = plant.above_since[stage.flat] == NEVER
        observed = plant.state_before[production.flat] == OFF
        return PairView(
            at=at,
            proven_at=np.minimum(made_at, stage.oldest(plant)),
            producing=production.any(running),
            idle=production.all(made == OFF),
            treated=stage.any(treated == ON),
            untreated=stage.all(treated == OFF),
            steady=production.any(running & lasting) & stage.all((treated == OFF) & stays_off),
            producing_since=production.earliest(plant.state_since, running),
            idle_since=production.newest(plant.state_since),
            untreated_since=stage.newest(plant.state_since),
            treated_since=stage.earliest(plant.state_since, treated == ON),
            started=production.all(np.where(running, observed, made == OFF)),
        )


def slowest_ms(registry: Registry, groups: list[list[int]]) -> IntArray:
    """The longest sampling interval among the meters of each group of facilities, ms."""
    slowest = np.zeros(len(registry.facilities), dtype=np.int64)
    np.maximum.at(slowest, registry.facility_of_meter, registry.interval_ms)
    return np.array([int(slowest[group].max()) for group in groups], dtype=np.int64)


def listed(names: object) -> str:
    """Names for people, in one line."""
    return ", ".join(str(name) for name in names)  # type: ignore[attr-defined]


def _pairs(registry: Registry) -> list[tuple[str, list[int], list[int]]]:
    metered = {int(f) for f in registry.facility_of_meter}
    lines: dict[str, tuple[list[int], dict[str, list[int]]]] = {}
    for number, facility in enumerate(registry.facilities):
        if number not in metered or facility.kind not in (Kind.PRODUCTION, Kind.TREATMENT):
            continue
        made, stages = lines.setdefault(facility.line or facility.enterprise, ([], {}))
        if facility.kind is Kind.PRODUCTION:
            made.append(number)
        else:
            stages.setdefault(facility.stage or NO_STAGE, []).append(number)
    return [
        (f"{line}/{stage}", made, treated)
        for line, (made, stages) in lines.items()
        if made
        for stage, treated in stages.items()
    ]


__all__ = ["FAR", "Glance", "PairView", "Pairs", "listed", "slowest_ms"]
