"""How readings arrive: seconds later, sometimes twice or not at all, sometimes after an outage of the network."""

from itertools import pairwise

import numpy as np

from core.interval import MINUTE_MS
from core.readings import IntArray, Readings, readings
from nightwatt.simulate.truth.metering import Said
from nightwatt.simulate.truth.script import Script

LOST, TWICE = 0.0008, 0.003
"""Shares of readings that never arrive, and that arrive twice."""


def delivered(script: Script, said: Said, *, meter: int, first: int, rng: np.random.Generator) -> Readings:
    """A day of one meter as it arrives, in order of time; `first` is the day's first minute."""
    n = len(said.ts)
    fate = rng.random(n)
    rows = np.repeat(np.arange(n), np.where(fate < LOST, 0, np.where(fate > 1 - TWICE, 2, 1)))
    ts = said.ts[rows]
    arrived = np.maximum(ts, script.at(first) + said.minute[rows] * MINUTE_MS) + rng.integers(500, 9_000, len(rows))
    for begin, end in script.held:
        if begin < first + 1440 and first < end:
            late = (said.minute[rows] >= begin - first) & (said.minute[rows] < end - first)
            arrived[late] = script.at(end) + rng.integers(2_000, 60_000, int(late.sum()))
    return readings(np.full(len(rows), meter), ts, values=said.values[rows], received_at=arrived)


def in_batches(day: Readings, edges: IntArray) -> list[Readings]:
    """One batch for every span between two edges (ms UTC) of arrival, in order of arrival."""
    order = np.argsort(day.received_at, kind="stable")
    cuts = np.searchsorted(day.received_at[order], edges)
    return [day.take(order[a:b]) for a, b in pairwise(cuts.tolist())]
