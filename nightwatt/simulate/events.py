"""What is planted in the city: the truth that its supervision ought to find."""

from functools import lru_cache

import numpy as np

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.registry import Kind
from nightwatt.simulate.planted import NIGHT_WORK, OVER_LIMIT, SHUTDOWN, SILENT, TREATMENT_OFF, Planted
from nightwatt.simulate.schedule import Schedule
from nightwatt.simulate.story import told
from nightwatt.simulate.works import (
    FILED_MAINTENANCE,
    FILED_SHUTDOWN,
    FIRST_SWITCH_OFF,
    HIDDEN_NIGHTS,
    NIGHT_ONLY,
    STANDBY,
    STORY,
    SUDDEN_LIMITS,
    Machine,
    Works,
)

LONGEST_MS = 2 * HOUR_MS
"""No event of the continuing schedule is longer."""

_TOLD = frozenset({FIRST_SWITCH_OFF, *SUDDEN_LIMITS, FILED_SHUTDOWN, FILED_MAINTENANCE}) | STORY
_LENGTHS = {TREATMENT_OFF: (8, 28), OVER_LIMIT: (8, 15), SILENT: (20, 40)}


class Plot:
    """All planted events, relative to the first start of the city: `history` and opening ones, and later hours."""

    def __init__(self, works: tuple[Works, ...], schedule: Schedule, *, seed: int, start_at: int) -> None:
        self._works, self._schedule, self._seed, self._start_at = works, schedule, seed, start_at
        self.hour = lru_cache(maxsize=256)(self._hour)
        story = told(works, schedule, start_at=start_at)
        self.fixed = (*self._night_work(), *self._past(), *self._opening(), *story)

    def between(self, from_at: int, to_at: int) -> list[Planted]:
        """Every event that touches [from, to)."""
        first = max(0, (from_at - LONGEST_MS - self._start_at) // HOUR_MS)
        later = [e for i in range(first, (to_at - self._start_at) // HOUR_MS + 1) for e in self.hour(i)]
        return [e for e in (*self.fixed, *later) if e.touches(from_at, to_at)]

    def _night_work(self) -> list[Planted]:
        numbers = sorted({*HIDDEN_NIGHTS, NIGHT_ONLY})
        ids = [self._works[n - 1].id for n in numbers]
        return [Planted(NIGHT_WORK, id, id, self._start_at - 14 * DAY_MS, self._start_at) for id in ids]

    def _opening(self) -> list[Planted]:
        """What a viewer sees first."""
        start = self._start_at
        first, shut = self._works[FIRST_SWITCH_OFF - 1], self._works[FILED_SHUTDOWN - 1]
        off_from = start - 13 * MINUTE_MS - 30_000
        sudden = [self._works[n - 1] for n in SUDDEN_LIMITS]
        return [
            Planted(TREATMENT_OFF, first.id, _first_treatment(first).id, off_from, off_from + 70 * MINUTE_MS),
            _over(sudden[0], from_at=start + 40_000, minutes=6, level=2.2),
            _over(sudden[1], from_at=start + 3 * MINUTE_MS + 40_000, minutes=8, level=2.2),
            Planted(SHUTDOWN, shut.id, shut.id, start + 4 * MINUTE_MS, start + 6 * HOUR_MS),
        ]

    def _past(self) -> list[Planted]:
        """Events of the fourteen days before the start; the last day is left quiet."""
        rng = np.random.default_rng([self._seed, 4])
        maintained = self._works[FILED_MAINTENANCE - 1]
        facility, filed_from = _first_treatment(maintained).id, self._start_at - 6 * DAY_MS
        found = [Planted(TREATMENT_OFF, maintained.id, facility, filed_from + 20 * MINUTE_MS, filed_from + 4 * HOUR_MS)]
        for kind, count, lengths in ((TREATMENT_OFF, 9, (30, 240)), (OVER_LIMIT, 8, (10, 30)), (SILENT, 6, (60, 600))):
            for _ in range(count):
                minutes = int(rng.integers(*lengths))
                from_at = self._start_at - int(rng.integers(DAY_MS + 10 * HOUR_MS, 13 * DAY_MS))
                event = self._event(rng, kind, from_at=from_at, minutes=minutes, taken={e.enterprise for e in found})
                found += [event] if event else []
        return found

    def _hour(self, index: int) -> tuple[Planted, ...]:
        """Events that begin in the hour `index` after the start: one every three to six minutes."""
        rng = np.random.default_rng([self._seed, 5, index])
        hour_at, found = self._start_at + index * HOUR_MS, list[Planted]()
        taken = self._busy(index)
        at = hour_at + (6 * MINUTE_MS if index == 0 else int(rng.integers(3 * MINUTE_MS)))
        while at < hour_at + HOUR_MS:
            kind = (TREATMENT_OFF, OVER_LIMIT, SILENT)[int(rng.choice(3, p=(0.45, 0.4, 0.15)))]
            # On a Sunday night few works run: something else happens then.
            for possible in (kind, OVER_LIMIT, SILENT):
                minutes = int(rng.integers(*_LENGTHS[possible]))
                event = self._event(rng, possible, from_at=at, minutes=minutes, taken=taken)
                if event:
                    found.append(event)
                    taken.add(event.enterprise)
                    break
            at += int(rng.integers(3 * MINUTE_MS, 6 * MINUTE_MS))
        return tuple(found)

    def _busy(self, index: int) -> set[str]:
        """Enterprises that an hour leaves alone, so that no two events meet at one of them.

        Hours look at the one before. For an hour to be known without all since the start, a day's last
        hour keeps to odd numbers and the next day's first to even ones.
        """
        turn = index % 24
        before = {e.enterprise for e in self.hour(index - 1)} if turn else set()
        if index and turn in (0, 23):
            before |= {w.id for w in self._works if w.number % 2 == (turn == 0)}
        return before

    def _event(
        self, rng: np.random.Generator, kind: str, *, from_at: int, minutes: int, taken: set[str]
    ) -> Planted | None:
        """An event of that kind at an enterprise which works all the while; None where none does."""
        to_at = from_at + minutes * MINUTE_MS
        for number in rng.permutation(len(self._works)):
            works = self._works[int(number)]
            if works.id in taken or works.number in _TOLD or works.number in STANDBY:
                continue
            if kind == TREATMENT_OFF and not works.measures_production:
                continue
            # Half an hour more on both sides keeps events clear of starts and stops.
            around = {"from_at": from_at - 30 * MINUTE_MS, "to_at": to_at + 30 * MINUTE_MS}
            if kind != SILENT and not self._schedule.runs(works, 1, **around):
                continue
            return _planted(works, kind, from_at=from_at, minutes=minutes)
        return None


def _planted(works: Works, kind: str, *, from_at: int, minutes: int) -> Planted:
    treatment = _first_treatment(works)
    if kind == OVER_LIMIT:
        return _over(works, from_at=from_at, minutes=minutes, level=1.4)
    subject = treatment.id if kind == TREATMENT_OFF else str(treatment.meter)
    return Planted(kind, works.id, subject, from_at, from_at + minutes * MINUTE_MS)


def _over(works: Works, *, from_at: int, minutes: int, level: float) -> Planted:
    meter = str(_first_treatment(works).meter)
    return Planted(OVER_LIMIT, works.id, meter, from_at, from_at + minutes * MINUTE_MS, level)


def _first_treatment(works: Works) -> Machine:
    return works.of_kind(Kind.TREATMENT)[0]
