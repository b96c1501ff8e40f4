"""A histogram of log power, as paths for an SVG of 480 × 190 units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.learning.proposal import Proposal

WIDTH, HEIGHT, BASE, TOP = 480, 190, 160, 12
JOINED = 4
"""Bins of the learner that make one bar."""
MOST_DECADES = 4.2
"""What is less than the top by more is drawn in the leftmost bar."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Paths (SVG `d`) of the bars below and above the split, ticks (x, kW), and where powers stand.

    Heights go by the square root, so that a group that was seldom is seen too.
    """

    below: str
    above: str
    ticks: tuple[tuple[float, str], ...]
    left_kw: float
    decades: float

    def x(self, kw: float | None) -> float | None:
        """Where a power stands; None where it is none."""
        if kw is None or not math.isfinite(kw) or kw < 0:
            return None
        if kw == 0:
            return 0.0
        share = (math.log10(kw) - math.log10(self.left_kw)) / self.decades
        return round(min(1.0, max(0.0, share)) * WIDTH, 1)


def histogram(found: Proposal) -> Histogram | None:
    """None where nothing was read."""
    filled = np.flatnonzero(found.counts)
    if not len(filled):
        return None
    edges = found.edges_kw.tolist()
    last = int(filled[-1]) // JOINED + 1
    first = max(0, last - round(MOST_DECADES * 64 / JOINED))
    first = max(first, min(int(filled[0]) // JOINED - 1, last - 24))
    bars = [int(found.counts[i * JOINED : (i + 1) * JOINED].sum()) for i in range(first, last + 1)]
    bars[0] += int(found.counts[: first * JOINED].sum())
    left_kw = edges[max(1, first * JOINED)]
    decades = len(bars) * JOINED / 64
    split = found.split_kw if math.isfinite(found.split_kw) else math.inf
    low = [left_kw * 10 ** (i * JOINED / 64) * 1.01 < split for i in range(len(bars))]
    return Histogram(
        below=_bars(bars, low),
        above=_bars(bars, [not is_low for is_low in low]),
        ticks=tuple(_ticks(left_kw, decades)),
        left_kw=left_kw,
        decades=decades,
    )


def _bars(bars: Sequence[int], wanted: Sequence[bool]) -> str:
    step, peak = WIDTH / len(bars), math.sqrt(max(bars))
    return "".join(
        f"M{i * step + 0.5:.1f} {BASE}v-{max(2.0, math.sqrt(count) / peak * (BASE - TOP)):.1f}h{step - 1:.1f}V{BASE}z"
        for i, (count, want) in enumerate(zip(bars, wanted, strict=True))
        if want and count
    )


def _ticks(left_kw: float, decades: float) -> list[tuple[float, str]]:
    first, last = math.log10(left_kw), math.log10(left_kw) + decades
    return [
        (round((power - first) / decades * WIDTH, 1), f"{10.0**power:g}")
        for power in range(math.ceil(first), math.floor(last) + 1)
    ]
