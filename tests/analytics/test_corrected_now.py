"""Ratios that are known now are asked for each time history is read."""

import numpy as np

from analytics.corrected import CorrectedNow
from core.ratios import RatioHistory, Steps
from core.readings import readings
from stores.memory import MemorySeries
from tests.cases import NOON


def test_a_ratio_that_is_corrected_while_the_service_runs_counts_from_the_next_reading_of_history():
    series, known = MemorySeries(), []
    series.append(readings([1], [NOON], p=[3.0], received_at=NOON))
    history = CorrectedNow(series, lambda: known)

    def power() -> float:
        (batch,) = history.scan(NOON, NOON + 1)
        return float(batch.p[0])

    assert power() == 3.0
    step = lambda factor: Steps(np.array([0], dtype=np.int64), np.array([[factor] * 11]))  # noqa: E731
    known.append(RatioHistory(1, in_force=step(20.0), decoded=step(10.0)))
    assert power() == 6.0
