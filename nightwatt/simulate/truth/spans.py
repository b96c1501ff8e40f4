"""Sets of minutes as sorted, disjoint spans [from, to), in minutes since the city's start."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
BoolArray = NDArray[np.bool_]

DAY = 1440


def union(spans: Iterable[Span], *, bridging: int = 0) -> list[Span]:
    """Sorted and disjoint; gaps of at most `bridging` minutes are closed."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if found and begin <= found[-1][1] + bridging:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def without(spans: Iterable[Span], cut: Iterable[Span]) -> list[Span]:
    """What is left after taking some minutes out."""
    found = union(spans)
    for first, last in union(cut):
        found = [
            part
            for begin, end in found
            for part in ((begin, min(end, first)), (max(begin, last), end))
            if part[1] > part[0]
        ]
    return found


def common(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Minutes that are in both."""
    theirs = union(others)
    return [(max(a, c), min(b, d)) for a, b in union(spans) for c, d in theirs if max(a, c) < min(b, d)]


def touching(spans: Sequence[Span], first: int, last: int) -> list[Span]:
    """The spans that have a minute in [first, last), whole."""
    return [span for span in spans if span[0] < last and first < span[1]]


def mask(spans: Iterable[Span], first: int, minutes: int = DAY) -> BoolArray:
    """Which of the minutes from `first` on are in the spans, shape (minutes,)."""
    found = np.zeros(minutes, dtype=np.bool_)
    for begin, end in spans:
        if begin < first + minutes and end > first:
            found[max(begin - first, 0) : max(end - first, 0)] = True
    return found
