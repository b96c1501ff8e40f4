"""Two groups of a histogram of log power, after Otsu (1979): the cut at which they differ most between each other."""

import math
from dataclasses import dataclass

import numpy as np

from analytics.learning.gathered import BINS, PER_DECADE, edges_kw
from core.readings import FloatArray, IntArray

FLOOR_BELOW_TOP = 3 * PER_DECADE
"""What is less than a thousandth of the top counts as one level: how near a zero is to zero tells nothing."""


@dataclass(frozen=True, slots=True)
class Split:
    """A cut of a histogram: bins below `cut` are the lower group.

    separation  share of all variance of log power that lies between the groups, 0–1; of one broad heap about 0.64
    """

    cut: int
    separation: float


def otsu(counts: IntArray) -> Split | None:
    """The best cut in two; None where all lies in one bin."""
    counts = _floored(counts)
    filled = np.flatnonzero(counts)
    if len(filled) < 2:
        return None
    place = np.arange(BINS, dtype=np.float64)
    total = counts.sum()
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * place)
    mean, sums = sums[-1] / total, sums[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean * below - sums) ** 2 / (below * (total - below))
    between[(below == 0) | (below == total)] = 0.0
    variance = float((counts * (place - mean) ** 2).sum() / total)
    # Between two heaps every cut is as good: the middle of the empty space is taken.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    return Split(int(best[len(best) // 2]) + 1, min(1.0, float(between.max()) / variance))


def quantile_kw(counts: IntArray, share: float) -> float:
    """The power below which that share of the readings lies, in the bin by its logarithm; NaN of no readings."""
    total = int(counts.sum())
    if not total:
        return math.nan
    upto = np.cumsum(counts)
    i = int(np.searchsorted(upto, share * total))
    i = min(i, BINS - 1)
    if i == 0:
        return 0.0
    inside = (share * total - (upto[i] - counts[i])) / max(1, counts[i])
    return float(_LOWER[i] * 10 ** (min(1.0, max(0.0, inside)) / PER_DECADE))


def share_between(counts: IntArray, low_kw: float, high_kw: float) -> float:
    """The share of the readings in the bins that lie between two powers."""
    total = int(counts.sum())
    inside = (low_kw <= _LOWER) & (high_kw > _LOWER)
    return float(counts[inside].sum() / total) if total else 0.0


def _floored(counts: IntArray) -> IntArray:
    """The same with all that is far below the top in one bin."""
    filled = np.flatnonzero(counts)
    floor = max(0, int(filled[-1]) - FLOOR_BELOW_TOP) if len(filled) else 0
    found = counts.copy()
    found[floor] += found[:floor].sum()
    found[:floor] = 0
    return found


_LOWER: FloatArray = edges_kw()
