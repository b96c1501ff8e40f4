"""`silent` 离线 / 数据缺失: a meter, or a whole enterprise, of which nothing comes; and days with too little.

Where all meters of an enterprise fall silent together it is the gateway: one ticket for the enterprise in place of one
a meter. None is opened during a power cut, nor while our own reception fails. A day is complete where nine tenths of
its readings came; a gap that had a ticket of its own does not count against its day again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.rules.completeness import Completeness
from analytics.rules.reception import Reception
from analytics.rules.rule import Rule, Subject
from analytics.rules.silences import LEAST_MS, due_meters, due_works, patience_ms
from analytics.states import FAR, NEVER
from analytics.stretch import Stretch
from analytics.timers import CLEAR, HOLDS, NOTHING, Timers, Verdicts, in_steps
from core.filing import Announced
from core.interval import HOUR_MS, to_text
from core.readings import IntArray, Readings
from core.records import Unjudged
from core.registry import Registry

BoolArray = NDArray[np.bool_]

EXPLAINED = frozenset({Announced.METER_OFF, Announced.POWER_OFF})


@dataclass(frozen=True, slots=True)
class SilentSettings:
    """never_h   a meter that was never heard gets its ticket after so many hours [D]
    complete  least share of a day's readings, 0–1 [D]. Silence is as the plant has it: max(3 × interval, 15 min)
    """

    never_h: int = 24
    complete: float = 0.9


class Silent(Rule):
    """Every meter, then every enterprise that has two or more."""

    id: ClassVar[str] = "silent"
    says: ClassVar[dict[str, str]] = {
        "zh": "电表或整个企业长时间没有数据，或全天数据完整率不足",
        "en": "A meter, or all of an enterprise, sends nothing, or a day's readings are incomplete",
    }
    ticket: ClassVar[bool] = True
    by_clock: ClassVar[bool] = True
    kept: ClassVar[tuple[str, ...]] = (
        *("watched_at", "heard_at", "missed_since", "missed_at", "resumed_at", "quiet"),
        *("day_start", "day_end", "day_judged", "lost_ms", "completeness"),
    )
    Settings = SilentSettings

    def __init__(self, registry: Registry, plant: Plant, settings: SilentSettings) -> None:
        self.registry, self.settings = registry, settings
        self.reception = reception = Reception(registry)
        self.m = len(registry.meters)
        self.group = np.flatnonzero(reception.works.sizes >= 2)
        self.subject_of_group = np.full(len(reception.works.sizes), -1)
        self.subject_of_group[self.group] = self.m + np.arange(len(self.group))
        self.subjects = _subjects(registry, reception.enterprise[self.group])
        s = len(self.subjects)
        self.timers = Timers.alike(s, {1: 0})
        self.watched_at = np.full(s, NEVER)  # from when on readings were awaited
        self.heard_at = np.full(s, NEVER)  # the first reading after the silence in force
        self.missed_since = np.full(s, NEVER)  # a silence that was over before the clock could tell
        self.missed_at = np.full(s, NEVER)
        self.resumed_at = np.full(s, NEVER)  # of a meter: when its enterprise came back after all of it was silent
        self.quiet = np.zeros(s, dtype=np.bool_)  # silence is in force; else it is the day's completeness
        self.days = Completeness(registry, s)
        self.day_start, self.day_end, self.lost_ms = self.days.start, self.days.end, self.days.lost
        self.day_judged, self.completeness = self.days.judged, self.days.share

    def hear(self, wave: Readings, plant: Plant) -> None:
        if (self.watched_at == NEVER).any():
            new = np.flatnonzero(self.watched_at == NEVER)
            self.watched_at[new] = wave.ts[0]
            self.days.watch(new[new < self.m], int(wave.ts[0]))
        before = plant.last_ts[wave.meter]
        gap = np.where(before == NEVER, FAR, wave.ts - np.where(before == NEVER, 0, before))
        late = gap > 1.5 * self.reception.interval_ms[wave.meter]
        deaf = self.reception.deaf(plant, int(wave.ts[0]))
        if deaf:
            self.resumed_at[: self.m] = wave.ts[0]
        elif late.any():
            self.days.count(wave.take(late), plant)
        if late.any():
            self._hear_late(wave, late & (gap > plant.meter_validity[wave.meter]), plant, deaf=deaf)

    def _hear_late(self, wave: Readings, long: BoolArray, plant: Plant, *, deaf: bool) -> None:
        """Silences that end; and those that no clock saw, as in history that is read at once."""
        since, due = self._due(plant)
        at = np.full(len(self.subjects), NEVER)
        at[wave.meter[long]] = wave.ts[long]
        groups, first = self.reception.first(wave)
        rows = self.subject_of_group[groups]
        groups, first, rows = groups[rows >= 0], first[rows >= 0], rows[rows >= 0]
        whole = ((due[rows] != NEVER) & (first > due[rows])) | plant.powerless[self.reception.enterprise[groups]]
        ends = whole | self.quiet[rows]
        at[rows[ends]] = first[ends]
        missed = (due != NEVER) & (at > due) & ~self.quiet & (not deaf)
        self.missed_since[missed], self.missed_at[missed] = since[missed], due[missed]
        self.quiet |= missed
        heard = self.quiet & (at != NEVER) & ((self.heard_at == NEVER) | (at > due) & (due != NEVER))
        self.heard_at[heard] = at[heard]
        back = np.full(len(self.subject_of_group), NEVER)
        back[groups[whole]] = first[whole]
        self.resumed_at[: self.m] = np.maximum(self.resumed_at[: self.m], back[self.reception.group_of_meter])

    def _due(self, plant: Plant) -> tuple[IntArray, IntArray]:
        """(s,) since when each is silent, and from when on that is a ticket; NEVER where it is none."""
        watched_at, resumed_at = self.watched_at[: self.m], self.resumed_at[: self.m]
        never_ms = self.settings.never_h * HOUR_MS
        since, due = due_meters(self.reception, plant, watched_at=watched_at, resumed_at=resumed_at, never_ms=never_ms)
        of_works = due_works(self.reception, plant, watched_at=watched_at, resumed_at=resumed_at, never_ms=never_ms)
        return np.r_[since, of_works[0][self.group]], np.r_[due, of_works[1][self.group]]

    def judge(self, plant: Plant) -> Verdicts:
        if not self.m or self.watched_at[0] == NEVER:
            return NOTHING
        closed = self.days.close(plant)
        missed = self.missed_since != NEVER
        stirs = len(closed) or missed.any() or self.quiet.any() or self.timers.active.any()
        if not stirs and plant.last_ts.min() >= plant.clock - LEAST_MS:
            return NOTHING
        since, due = self._due(plant)
        silent = (due != NEVER) & (plant.clock > due) & ~missed
        if silent.any() and self.reception.deaf(plant, plant.clock):
            silent &= self.quiet
        over = self.quiet & (self.heard_at != NEVER) & ~silent & ~missed
        self.quiet = (self.quiet | silent) & ~over
        since, at = np.where(missed, self.missed_since, since), np.where(missed, self.missed_at, due)
        self.missed_since[missed] = self.missed_at[missed] = NEVER
        return self._verdicts(plant, since, at, shown=silent | missed, over=over)

    def _verdicts(self, plant: Plant, since: IntArray, at: IntArray, *, shown: BoolArray, over: BoolArray) -> Verdicts:
        poor = self.completeness < self.settings.complete
        # The day that is counted now began when the judged one ended.
        by_day = poor & ~shown
        since, at = np.where(by_day, self.day_judged, since), np.where(by_day, self.day_start, at)
        holds = shown | poor
        clear = self.timers.active & ~holds & ~self.quiet
        ended = np.where(over, self.heard_at, np.maximum(self.day_start, self.timers.clearing_since))
        ended = np.where(self.timers.clearing_since != NEVER, self._heard_last(plant), ended)
        at = np.where(clear, np.maximum(ended, self.timers.raised), at)
        self.heard_at[over] = NEVER
        picked = np.flatnonzero(holds | clear)
        verdict = np.where(holds, HOLDS, CLEAR).astype(np.int8)
        return in_steps(picked, verdict[picked], since[picked], at[picked]) if len(picked) else NOTHING

    def _heard_last(self, plant: Plant) -> IntArray:
        found: IntArray = np.concatenate([plant.last_ts, self.reception.newest(plant)[self.group]])
        return found

    def heeds(self, stretch: Stretch) -> BoolArray:
        """Meters with a gap, and all of an enterprise that has one long enough for a ticket."""
        if (self.watched_at == NEVER).any():
            return np.ones(self.m, dtype=np.bool_)
        hole = self.reception.interval_ms * 3 // 2
        limit = np.minimum(stretch.plant.meter_validity, patience_ms(self.reception.interval_ms))
        return self.reception.heeded(stretch, hole=hole, limit=limit)

    def unjudged(self, plant: Plant) -> Iterator[Unjudged]:
        for e in np.flatnonzero(plant.powerless).tolist():
            yield Unjudged(self.id, self.registry.enterprises[e].id, self.registry.enterprises[e].id, "powerless")

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        since = int(self.timers.episode[subject])
        if not self.quiet[subject]:
            share = float(self.completeness[subject])
            reason = f"{share:.0%} of a day's readings came, less than {self.settings.complete:.0%}"
            return reason, {"kind": "incomplete", "completeness": share, "least": self.settings.complete}
        if since == self.watched_at[subject]:
            return f"never heard in {self.settings.never_h} h", {"kind": "never-heard", "watched_since": to_text(since)}
        if subject >= self.m:
            members = self.reception.works.of(int(self.group[subject - self.m])).tolist()
            ids = [self.registry.meters[n].id for n in members]
            reason = f"all {len(ids)} meters silent since {to_text(since)}"
            return reason, {"kind": "gateway", "last_at": to_text(since), "meters": ids}
        limit_s, row = int(plant.meter_validity[subject] // 1000), self.registry.meters[subject]
        return f"no data since {to_text(since)}", {
            "kind": "silent",
            "last_at": to_text(since),
            "interval_s": row.interval_s,
            "limit_s": limit_s,
        }


def _subjects(registry: Registry, enterprises: IntArray) -> tuple[Subject, ...]:
    found = []
    for row in registry.meters:
        facility = registry.facility(row.facility)
        found.append(Subject(row.id, facility.enterprise, frozenset({facility.id}), EXPLAINED))
    taken = {row.id for row in registry.meters}
    for number in enterprises.tolist():
        id = registry.enterprises[number].id
        facilities = frozenset(f.id for f in registry.facilities_of(id))
        found.append(Subject(f"{id}/gateway" if id in taken else id, id, facilities, EXPLAINED))
    return tuple(found)
