"""On-delay, off-delay and severity: from conditions to alarms, for all subjects of a rule at once.

A rule has *subjects* (what an alarm is about) and for each one or more *conditions*, sorted by subject,
each with a severity and delays. A subject is in alarm with the highest severity of its conditions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.plant import NEVER
from core.readings import IntArray

BoolArray = NDArray[np.bool_]

UNKNOWN, CLEAR, HOLDS, BETWEEN = -1, 0, 1, 2
"""Verdict on a condition. BETWEEN: inside the deadband, neither holding nor clear."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Of c conditions: the verdict, since when it holds, the instant judged, and where waiting starts anew."""

    verdict: NDArray[np.int8]  # (c,)
    since: IntArray  # (c,) ms UTC, read where the verdict is HOLDS
    at: IntArray  # (c,) ms UTC
    restart: NDArray[np.bool_]  # (c,) data had a hole: what was pending begins again


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
        )

    def step(self, found: Verdicts) -> tuple[IntArray, IntArray]:
        """Move on by one judgement; returns (subjects raised or escalated, subjects back to normal)."""
        # Conditions that neither hold nor did are most of them, and nothing happens to them.
        rows = np.flatnonzero((found.verdict == HOLDS) | self.astir())
        verdict, at = found.verdict[rows], found.at[rows]
        self._raise(rows, verdict == HOLDS, found.since[rows], at=at, restart=found.restart[rows])
        self._clear(rows, verdict, at)
        level = np.zeros_like(self.level)
        active = rows[self.active[rows]]
        np.maximum.at(level, self.subject[active], self.severity[active])
        raised = np.flatnonzero(level > self.level)
        returned = np.flatnonzero((level == 0) & (self.level > 0))
        if len(raised):
            self._begin(raised[self.level[raised] == 0])
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
        over = rows[clear & (at - np.where(clear, clearing, 0) >= self.off_delay[rows])]
        self.active[over] = False
        self.pending_since[over] = self.clearing_since[over] = NEVER

    def _begin(self, subjects: IntArray) -> None:
        """An episode is dated by the earliest of the conditions that made it."""
        since = np.full(len(self.level), np.iinfo(np.int64).max)
        np.minimum.at(since, self.subject[self.active], self.pending_since[self.active])
        self.episode[subjects] = since[subjects]
