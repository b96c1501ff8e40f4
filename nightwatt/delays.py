"""How long things took lately: quantiles of many delays in little memory."""

import threading
from collections.abc import Sequence

import numpy as np

SHORTEST_S, LONGEST_S, STEP = 0.001, 1_000.0, 1.1
"""Delays are told apart to a tenth between these two; what lies beyond counts as the nearer one."""

_EDGES = np.geomspace(SHORTEST_S, LONGEST_S, 1 + round(np.log(LONGEST_S / SHORTEST_S) / np.log(STEP)))


class Delays:
    """Counts delays until they are asked for; `add` and `take` may come from different threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = np.zeros(len(_EDGES), dtype=np.int64)

    def add(self, seconds: Sequence[float]) -> None:
        if not len(seconds):
            return
        bins = np.minimum(np.searchsorted(_EDGES, np.asarray(seconds)), len(_EDGES) - 1)
        found = np.bincount(bins, minlength=len(_EDGES))
        with self._lock:
            self._counts += found

    def take(self, shares: Sequence[float]) -> list[float]:
        """The delays in s that these shares (0–1) did not exceed since the last call; [] where there were none."""
        with self._lock:
            counts, self._counts = self._counts, np.zeros(len(_EDGES), dtype=np.int64)
        total = int(counts.sum())
        if not total:
            return []
        reached = np.cumsum(counts)
        return [float(_EDGES[np.searchsorted(reached, share * total)]) for share in shares]
