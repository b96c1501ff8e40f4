"""The load shape of one enterprise: a measured year where one is given, else an invented one."""

from pathlib import Path

import numpy as np

from core.readings import FloatArray
from nightwatt.simulate.truth.spans import Span, union
from stores.energy_csv import read_energy_csv

QUARTERS_A_WEEK = 672
RUNS_ABOVE = 0.2
"""Share of the greatest load above which the works produces; below, it only keeps itself warm."""


def measured_shape(path: Path, *, timezone: str = "Asia/Seoul") -> FloatArray:
    """Load of each quarter of an hour as a share of its 99.5th percentile, weeks from Monday on; shape (n,)."""
    power = read_energy_csv(path, meter=0, timezone=timezone).p
    whole = len(power) // QUARTERS_A_WEEK * QUARTERS_A_WEEK
    share: FloatArray = np.clip(power[:whole] / np.percentile(power, 99.5), 0, 1)
    return share


def invented_shape(seed: int, weeks: int = 8) -> FloatArray:
    """Shifts by day, dips at noon, a warm furnace at night, less at weekends; shape (672 × weeks,)."""
    rng = np.random.default_rng([seed, 102])
    quarter = np.arange(QUARTERS_A_WEEK * weeks)
    hour, weekday = quarter % 96 / 4, quarter // 96 % 7
    works = (hour >= 8.5) & (hour < 20) & (weekday < 6)
    noon = np.where((hour >= 12) & (hour < 13), 0.6, 1.0)
    share: FloatArray = np.where(works, 0.72 * noon * rng.uniform(0.75, 1.3, len(quarter)), 0.03)
    return np.clip(share, 0, 1)


def runs_of(shape: FloatArray, *, from_quarter: int, days: int) -> list[Span]:
    """Minutes of `days` days in which the works produces: pauses under an hour are bridged, runs under one left out."""
    quarters = np.take(shape, np.arange(from_quarter, from_quarter + days * 96), mode="wrap")
    spans = [(int(q) * 15, int(q) * 15 + 15) for q in np.flatnonzero(quarters > RUNS_ABOVE)]
    return [span for span in union(spans, bridging=60) if span[1] - span[0] >= 90]
