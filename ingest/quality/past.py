"""What is remembered of each meter."""

from dataclasses import dataclass, fields

import numpy as np

from core.readings import FloatArray, IntArray
from ingest.quality.rows import BoolArray

NEVER = int(np.iinfo(np.int64).min)


@dataclass(eq=False)
class Past:
    """Of m meters, by number. About 90 bytes each.

    last_ts       int64 (m,)  ms UTC of the newest reading, NEVER before the first
    first_ts      int64 (m,)  of the first one
    digest        int64 (m,)  of the newest reading's values
    same_since    int64 (m,)  instant of the first reading of those that repeat the newest's values
    same_count    int64 (m,)  how many they are
    most_kw       float64 (m,)  highest |p| so far; NaN where there was none
    ep            float64 (m,)  newest register, NaN before the first
    ep_before     float64 (m,)  the register that it was compared with
    ep_was_zero   bool (m,)  the newest register is a spurious zero: `ep_before` still stands
    ep_since      int64 (m,)  instant at which the register that stands was first seen
    ep_step       float64 (m,)  its smallest step so far: not coarser than that it counts; infinite before the first
    """

    last_ts: IntArray
    first_ts: IntArray
    digest: IntArray
    same_since: IntArray
    same_count: IntArray
    most_kw: FloatArray
    ep: FloatArray
    ep_before: FloatArray
    ep_was_zero: BoolArray
    ep_since: IntArray
    ep_step: FloatArray

    @classmethod
    def none(cls, meters: int) -> "Past":
        """Nothing is known yet."""

        def unknown() -> FloatArray:
            return np.full(meters, np.nan)

        def never() -> IntArray:
            return np.full(meters, NEVER)

        return cls(
            last_ts=never(),
            first_ts=never(),
            digest=np.zeros(meters, dtype=np.int64),
            same_since=never(),
            same_count=np.zeros(meters, dtype=np.int64),
            most_kw=unknown(),
            ep=unknown(),
            ep_before=unknown(),
            ep_was_zero=np.zeros(meters, dtype=np.bool_),
            ep_since=never(),
            ep_step=np.full(meters, np.inf),
        )

    def grow(self, meters: int) -> None:
        """Room for meters of numbers below `meters`."""
        if meters <= len(self.last_ts):
            return
        more = Past.none(max(meters, 2 * len(self.last_ts)) - len(self.last_ts))
        for field in fields(self):
            setattr(self, field.name, np.concatenate([getattr(self, field.name), getattr(more, field.name)]))
