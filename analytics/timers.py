"""On-delay, off-delay and severity: from conditions to alarms, for all subjects of a rule at once.

A rule has *subjects* (what an alarm is about) and for each one or more *conditions*, sorted by subject,
each with a severity and delays. A subject is in alarm with the highest severity of its conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.states import FAR, NEVER
from core.readings import IntArray

BoolArray = NDArray[np.bool_]

_NOBODY: IntArray = np.zeros(0, dtype=np.int64)

UNKNOWN, CLEAR, HOLDS, BETWEEN = -1, 0, 1, 2
"""Verdict on a condition. BETWEEN: inside the deadband, neither holding nor clear."""

CHATTER_MS = 3_600_000
QUIET_MS = 1_800_000
"""An alarm raised for the third time within an hour chatters: it ends only after half an hour without its condition,
so that what follows is part of it [D]."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Of c conditions: the verdict, since when it holds, the instant judged, and where waiting starts anew.

    `rows` are the conditions meant, ascending; None: all of them. About the others nothing new is known.
    """

    verdict: NDArray[np.int8]  # (c,)
    since: IntArray  # (c,) ms UTC, read where the verdict is HOLDS
    at: IntArray  # (c,) ms UTC
    restart: NDArray[np.bool_]  # (c,) data had a hole: what was pending begins again
    rows: IntArray | None = None


NOTHING = Verdicts(
    np.zeros(0, dtype=np.int8), _NOBODY, _NOBODY, np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
)
"""No verdict on anything."""


def in_steps(
    subjects: IntArray, verdict: NDArray[np.int8], since: IntArray, at: IntArray, *, steps: int = 1
) -> Verdicts:
    """The same verdict on each of the `steps` conditions of some subjects, whose timers are all alike.

    Waiting never starts anew by itself: for rules about states, in which a hole is seen already.
    """
    rows = (subjects[:, None] * steps + np.arange(steps)).reshape(-1)
    shape = np.zeros((len(subjects), steps), dtype=np.int64)
    return Verdicts(
        (verdict[:, None] + shape).reshape(-1).astype(np.int8),
        (since[:, None] + shape).reshape(-1),
        (at[:, None] + shape).reshape(-1),
        np.zeros(len(rows), dtype=np.bool_),
        rows,
    )


@dataclass(eq=False)
class Timers:
    """Delays of c conditions of s subjects, and the alarms that came of them."""

    subject: IntArray  # (c,) ascending
    severity: NDArray[np.int8]  # (c,)
    on_delay: IntArray  # (c,) ms
    off_delay: IntArray  # (c,) ms
    pending_since: IntArray  # (c,)
    clearing_since: IntArray  # (c,)
    active: NDArray[np.bool_]  # (c,)
    level: NDArray[np.int8]  # (s,) severity in force, 0 none
    episode: IntArray  # (s,) since of the alarm in force
    raised: IntArray  # (s,) when it was last raised
    raised_before: IntArray  # (s,) and the time before
    chatters: BoolArray  # (s,)
    merges_chatter: bool = True

    @classmethod
    def of(
        cls, subject: IntArray, severity: NDArray[np.int8], *, on_delay: IntArray, off_delay: IntArray, subjects: int
    ) -> "Timers":
        """Timers at rest."""
        c = len(subject)
        return cls(
            subject,
            severity,
            on_delay,
            off_delay,
            pending_since=np.full(c, NEVER),
            clearing_since=np.full(c, NEVER),
            active=np.zeros(c, dtype=np.bool_),
            level=np.zeros(subjects, dtype=np.int8),
            episode=np.full(subjects, NEVER),
            raised=np.full(subjects, NEVER),
            raised_before=np.full(subjects, NEVER),
            chatters=np.zeros(subjects, dtype=np.bool_),
        )

    @classmethod
    def alike(cls, subjects: int, delays: Mapping[int, int], *, off_delay: int = 0) -> "Timers":
        """Timers of subjects that all have the same severities, with their on-delays in ms."""
        steps = len(delays)
        return cls.of(
            np.repeat(np.arange(subjects), steps),
            np.tile(np.array(list(delays), dtype=np.int8), subjects),
            on_delay=np.tile(np.array(list(delays.values()), dtype=np.int64), subjects),
            off_delay=np.full(subjects * steps, off_delay, dtype=np.int64),
            subjects=subjects,
        )

    def step(self, found: Verdicts) -> tuple[IntArray, IntArray]:
        """Move on by one judgement; returns (subjects raised or escalated, subjects back to normal)."""
        # Conditions that neither hold nor did are most of them, and nothing happens to them.
        if found.rows is None:
            picked = rows = np.flatnonzero((found.verdict == HOLDS) | self.astir())
        else:
            astir = self.active[found.rows] | (self.pending_since[found.rows] != NEVER)
            picked = np.flatnonzero((found.verdict == HOLDS) | astir)
            rows = found.rows[picked]
        if not len(rows):
            return _NOBODY, _NOBODY
        verdict, at = found.verdict[picked], found.at[picked]
        self._raise(rows, verdict == HOLDS, found.since[picked], at=at, restart=found.restart[picked])
        self._clear(rows, verdict, at)
        return self._levels(at=at, rows=rows)

    def _levels(self, *, at: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
        level = np.zeros_like(self.level)
        active = np.flatnonzero(self.active)
        np.maximum.at(level, self.subject[active], self.severity[active])
        raised = np.flatnonzero(level > self.level)
        returned = np.flatnonzero((level == 0) & (self.level > 0))
        if len(raised):
            self._begin(raised[self.level[raised] == 0], at=at, rows=rows)
        self.level[raised], self.level[returned] = level[raised], 0
        return raised, returned

    def astir(self) -> BoolArray:
        """(c,) Which conditions are in alarm or on the way there; to the others only a verdict of HOLDS matters."""
        found: BoolArray = self.active | (self.pending_since != NEVER)
        return found

    def _raise(self, rows: IntArray, holds: BoolArray, since: IntArray, *, at: IntArray, restart: BoolArray) -> None:
        active, pending = self.active[rows], self.pending_since[rows]
        pending[~active & (~holds | restart)] = NEVER
        pending = np.where(holds & (pending == NEVER), since, pending)
        self.pending_since[rows] = pending
        waited = np.where(holds, at - np.where(holds, pending, 0), -1)
        self.active[rows] = active | holds & (waited >= self.on_delay[rows])

    def _clear(self, rows: IntArray, verdict: NDArray[np.int8], at: IntArray) -> None:
        clear = self.active[rows] & (verdict == CLEAR)
        clearing = self.clearing_since[rows]
        clearing[(verdict == HOLDS) | (verdict == BETWEEN)] = NEVER
        clearing = np.where(clear & (clearing == NEVER), at, clearing)
        self.clearing_since[rows] = clearing
        off_delay = self.off_delay[rows]
        if self.chatters.any():
            off_delay = np.maximum(off_delay, np.where(self.chatters[self.subject[rows]], QUIET_MS, 0))
        over = rows[clear & (at - np.where(clear, clearing, 0) >= off_delay)]
        self.active[over] = False
        self.pending_since[over] = self.clearing_since[over] = NEVER

    def _begin(self, subjects: IntArray, *, at: IntArray, rows: IntArray) -> None:
        """An episode is dated by the earliest of the conditions that made it."""
        since = np.full(len(self.level), FAR)
        np.minimum.at(since, self.subject[self.active], self.pending_since[self.active])
        self.episode[subjects] = since[subjects]
        newest = np.full(len(self.level), NEVER)
        np.maximum.at(newest, self.subject[rows], at)
        now, twice = newest[subjects], self.raised_before[subjects]
        self.chatters[subjects] = (
            self.merges_chatter & (twice != NEVER) & (now - np.where(twice == NEVER, now, twice) < CHATTER_MS)
        )
        self.raised_before[subjects], self.raised[subjects] = self.raised[subjects], now
