"""History judged as it would have been live, where time also passes while nothing comes.

Live, the engine is told the time every minute; in history only readings tell it. Where they pause, the minutes of the
pause are told here, so that silence is found when it was there, not only when it was over.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from analytics.engine import Engine
from analytics.states import NEVER
from core.alarm import Transition
from core.interval import HOUR_MS, MINUTE_MS
from core.readings import Readings

PAUSE_MS = 2 * MINUTE_MS
"""Shorter ones are what lies between two readings of a minute."""
CLOSELY_MS = 6 * HOUR_MS
"""So far into a pause every minute is told, then every hour: whoever is silent has been found by then."""


def paced(engine: Engine, batch: Readings, *, now: int) -> list[Transition]:
    """Step a batch that is in order of time, minute by minute through the pauses before and in it."""
    found: list[Transition] = []
    for part in _pieces(batch):
        found += [row for at in _minutes(engine.newest, int(part.ts[0])) for row in engine.tick(now=at)]
        found += engine.step(part, now=now)
    return found


def until(engine: Engine, end: int) -> list[Transition]:
    """Let time pass after the last reading, up to an instant in ms UTC."""
    return [row for at in _minutes(engine.newest, end) for row in engine.tick(now=at)]


def _pieces(batch: Readings) -> Iterator[Readings]:
    cuts = np.flatnonzero(np.diff(batch.ts) > PAUSE_MS) + 1
    if not len(cuts):
        yield from [batch] if len(batch) else []
        return
    edges = [0, *cuts.tolist(), len(batch)]
    for first, last in pairwise(edges):
        yield batch.take(slice(first, last))


def _minutes(since: int, end: int) -> Iterator[int]:
    if since == NEVER or end - since <= PAUSE_MS:
        return
    at = (since // MINUTE_MS + 1) * MINUTE_MS
    while at < end:
        yield at
        at += MINUTE_MS if at - since < CLOSELY_MS else HOUR_MS
