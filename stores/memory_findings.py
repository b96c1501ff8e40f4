"""The fake store of findings, shipped beside the real one and put through the same contract."""

import math
from collections.abc import Mapping, Sequence

from core.errors import StoreAway
from core.imbalance import Imbalance
from core.records import RecordedTransition


class MemoryFindings:
    """FindingStore in dicts. `away = True` makes every call fail as a store does that is away."""

    def __init__(self) -> None:
        self.away = False
        self.alarms: dict[int, RecordedTransition] = {}
        self.screenings: dict[tuple[int, str], Imbalance] = {}
        self.figures: dict[tuple[int, str], float] = {}

    def transitions(self, rows: Sequence[RecordedTransition]) -> None:
        self._check()
        self.alarms |= {row.id: row for row in rows}

    def screening(self, rows: Sequence[Imbalance], *, screened_at: int) -> None:
        self._check()
        self.screenings |= {(screened_at, row.enterprise): row for row in rows}

    def health(self, figures: Mapping[str, float], *, at: int) -> None:
        self._check()
        self.figures |= {(at, name): value for name, value in figures.items() if math.isfinite(value)}

    def close(self) -> None:
        """Nothing to let go of."""

    def _check(self) -> None:
        if self.away:
            raise StoreAway("the memory store was told to be away")
