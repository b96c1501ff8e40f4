"""`interlock` 产污开治污停: production runs while a treatment stage that must run with it does not.

An alarm is about one stage of one line. The stage is met if any of its facilities, duty or standby,
runs. Facilities that name no line form one implicit line of their enterprise.

States are proven minutes after they begin and dated back. While one is about to change (treatment above its
on-threshold, production below its off-threshold) nothing is raised: the proof may date the end before the delay's.
"""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import NEVER, OFF, ON, Plant
from analytics.rules.rule import Rule, Subject
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, UNKNOWN, Timers, Verdicts
from core.filing import Announced
from core.interval import to_text
from core.readings import IntArray
from core.registry import Kind, Registry

DELAYS_S = {1: 300, 2: 900, 3: 3600}
"""Severity → on-delay: pre-warning, alarm, critical [D]; at least two sampling intervals of the slowest meter."""

_FAR = int(np.iinfo(np.int64).max)


class Interlock(Rule):
    """Every (line, stage) of a registry that has production and treatment to compare."""

    id: ClassVar[str] = "interlock"

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        pairs = _pairs(registry)
        self.subjects = tuple(_subject(registry, name, made, stage) for name, made, stage in pairs)
        self.production = Members.of_groups([made for _, made, _ in pairs])
        self.stage = Members.of_groups([stage for _, _, stage in pairs])
        steps, s = len(DELAYS_S), len(pairs)
        self.timers = Timers.of(
            np.repeat(np.arange(s), steps),
            np.tile(np.array(list(DELAYS_S), dtype=np.int8), s),
            on_delay=_on_delays(registry, [made + stage for _, made, stage in pairs]),
            off_delay=np.zeros(s * steps, dtype=np.int64),
            subjects=s,
        )
        self._never = np.zeros(s * steps, dtype=np.bool_)  # a hole is seen in the facility's state already

    def judge(self, plant: Plant) -> Verdicts:
        """Subjects that can't be in alarm, and are not on the way into or out of one, are left UNKNOWN."""
        steps, s = len(DELAYS_S), len(self.subjects)
        runs = self.production.any(plant.state[self.production.flat] == ON)
        stands = self.stage.all(plant.state[self.stage.flat] == OFF)
        picked = np.flatnonzero((runs & stands) | self.timers.astir().reshape(s, steps).any(axis=1))
        verdict = np.full((s, steps), UNKNOWN, dtype=np.int8)
        since, at = np.zeros((s, steps), dtype=np.int64), np.zeros((s, steps), dtype=np.int64)
        if len(picked):
            found = self._judged(plant, self.production.some(picked), self.stage.some(picked))
            verdict[picked], since[picked], at[picked] = (column[:, None] for column in found)
        return Verdicts(verdict.reshape(-1), since.reshape(-1), at.reshape(-1), self._never)

    def heeds(self, stretch: Stretch) -> NDArray[np.bool_]:
        """The meters of subjects in or near an alarm, and of those that may come near one.

        None can where some facility of the stage runs in every wave, or all of production stands in every wave.
        """
        safe = self.stage.any(stretch.runs_on[self.stage.flat])
        safe |= self.production.all(stretch.stands[self.production.flat])
        safe &= ~self.timers.astir().reshape(len(self.subjects), len(DELAYS_S)).any(axis=1)
        facilities = np.zeros(len(stretch.plant.state), dtype=np.bool_)
        for members in (self.production, self.stage):
            facilities[members.flat[~safe[members.group]]] = True
        return facilities[stretch.plant.facility_of_meter]

    def _judged(
        self, plant: Plant, production: "Members", stage: "Members"
    ) -> tuple[NDArray[np.int8], IntArray, IntArray]:
        """Verdict, since when it holds, and the instant judged, of each subject."""
        at = np.maximum(production.latest(plant), stage.latest(plant))
        made, treated = production.states(plant, at), stage.states(plant, at)
        steady = plant.below_since[production.flat] == NEVER
        still = plant.above_since[stage.flat] == NEVER
        verdict = np.full(len(at), UNKNOWN, dtype=np.int8)
        verdict[stage.any(treated == ON) | production.all(made == OFF)] = CLEAR
        verdict[production.any(made == ON) & stage.all(treated == OFF)] = BETWEEN
        verdict[production.any((made == ON) & steady) & stage.all((treated == OFF) & still)] = HOLDS
        since = np.maximum(production.earliest(plant.state_since, made == ON), stage.newest(plant.state_since))
        return verdict, since, at

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        names = self.registry.facilities
        running = [int(f) for f in self.production.of(subject) if plant.state[f] == ON]
        stopped = [int(f) for f in self.stage.of(subject)]

        def described(f: int) -> dict[str, Any]:
            return {
                "facility": names[f].id,
                "name": names[f].name,
                "power_kw": float(plant.power_kw[f]),
                "on_kw": float(plant.on_kw[f]),
                "off_kw": float(plant.off_kw[f]),
                "since": to_text(int(plant.state_since[f])),
            }

        reason = (
            f"production runs ({_listed(names[f].name or names[f].id for f in running)})"
            f" while treatment does not ({_listed(names[f].name or names[f].id for f in stopped)})"
        )
        return reason, {
            "running": [described(f) for f in running],
            "stopped": [described(f) for f in stopped],
            "delays_s": self._delays_s(subject),
        }

    def _delays_s(self, subject: int) -> dict[int, int]:
        rows = self.timers.subject == subject
        delays = (self.timers.on_delay[rows] // 1000).tolist()
        return dict(zip(self.timers.severity[rows].tolist(), delays, strict=True))


class Members:
    """Groups of facilities laid end to end, so that one `reduceat` answers for all groups."""

    def __init__(self, flat: IntArray, sizes: IntArray) -> None:
        self.flat, self.sizes = flat, sizes
        self.group = np.repeat(np.arange(len(sizes)), sizes)
        self.starts = np.cumsum(sizes) - sizes

    @classmethod
    def of_groups(cls, groups: list[list[int]]) -> "Members":
        sizes = np.array([len(g) for g in groups], dtype=np.int64)
        return cls(np.array([f for g in groups for f in g], dtype=np.int64), sizes)

    def some(self, groups: IntArray) -> "Members":
        """Those of some groups, ascending."""
        if len(groups) == len(self.sizes):
            return self
        sizes = self.sizes[groups]
        before = np.cumsum(sizes) - sizes
        return Members(self.flat[np.repeat(self.starts[groups] - before, sizes) + np.arange(sizes.sum())], sizes)

    def of(self, group: int) -> IntArray:
        found: IntArray = self.flat[self.group == group]
        return found

    def latest(self, plant: Plant) -> IntArray:
        return self._reduce(np.maximum, plant.facility_ts[self.flat])

    def states(self, plant: Plant, at: IntArray) -> NDArray[np.int8]:
        """States per member; one whose data is too old at the group's instant is UNKNOWN."""
        seen = plant.facility_ts[self.flat]
        fresh = (seen != NEVER) & (
            np.where(seen == NEVER, 0, at[self.group] - seen) <= plant.facility_validity[self.flat]
        )
        found: NDArray[np.int8] = np.where(fresh, plant.state[self.flat], UNKNOWN).astype(np.int8)
        return found

    def any(self, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_or.reduceat(members, self.starts) if len(members) else members
        return found

    def all(self, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_and.reduceat(members, self.starts) if len(members) else members
        return found

    def earliest(self, since: IntArray, among: NDArray[np.bool_]) -> IntArray:
        """The smallest `since` among the marked members of each group; far in the future where none is."""
        return self._reduce(np.minimum, np.where(among, since[self.flat], _FAR))

    def newest(self, since: IntArray) -> IntArray:
        return self._reduce(np.maximum, since[self.flat])

    def _reduce(self, by: np.ufunc, members: IntArray) -> IntArray:
        found: IntArray = by.reduceat(members, self.starts) if len(members) else members
        return found


def _pairs(registry: Registry) -> list[tuple[str, list[int], list[int]]]:
    """(subject, production facilities, facilities of one stage) of every line; only metered ones count."""
    metered = {int(f) for f in registry.facility_of_meter}
    lines: dict[str, tuple[list[int], dict[str, list[int]]]] = {}
    for number, facility in enumerate(registry.facilities):
        if number not in metered or facility.kind not in (Kind.PRODUCTION, Kind.TREATMENT):
            continue
        made, stages = lines.setdefault(facility.line or facility.enterprise, ([], {}))
        if facility.kind is Kind.PRODUCTION:
            made.append(number)
        else:
            stages.setdefault(facility.stage or "treatment", []).append(number)
    return [
        (f"{line}/{stage}", made, treated)
        for line, (made, stages) in lines.items()
        if made
        for stage, treated in stages.items()
    ]


def _on_delays(registry: Registry, groups: list[list[int]]) -> IntArray:
    """On-delays in ms of every group's severities, laid end to end."""
    slowest = np.zeros(len(registry.facilities), dtype=np.int64)
    np.maximum.at(slowest, registry.facility_of_meter, registry.interval_ms)
    least = [2 * int(slowest[group].max()) for group in groups]
    return np.array([max(1000 * d, two) for two in least for d in DELAYS_S.values()], dtype=np.int64)


def _subject(registry: Registry, name: str, made: list[int], stage: list[int]) -> Subject:
    facilities = frozenset(registry.facilities[f].id for f in stage)
    explained = frozenset({Announced.TREATMENT_OFF, Announced.METER_OFF})
    return Subject(name, registry.facilities[made[0]].enterprise, facilities, explained)


def _listed(names: Any) -> str:
    return ", ".join(names)
