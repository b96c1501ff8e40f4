"""Readings and what is written beside them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from core.imbalance import Imbalance
from core.readings import FloatArray, IntArray, Readings
from core.records import (
    RecordedTransition,
)


class SeriesStore(Protocol):
    """Readings, never edited. Raises StoreAway when it can't; the caller keeps the batch and tries again."""

    def append(self, batch: Readings) -> int:
        """Store durably what is new by (meter, ts) and return how many that were; repeats change nothing."""
        ...

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """Readings with start <= ts < end, in batches of ascending time, each sorted by (ts, meter).

        Quantities not asked for are NaN. `meters` None means all. Memory stays bounded by one batch
        (about one day or one million rows).
        """
        ...

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """(from, mean, lowest, highest) of one meter's quantity per `width` ms, aggregated in the store.

        Buckets start at multiples of `width` from `start`; those without a value are left out.
        """
        ...

    def latest(self, since: int) -> Readings:
        """The newest reading of every meter that has one with ts >= since and a believed time, all quantities."""
        ...

    def count(self, *, meter: int | None = None) -> int:
        """How many readings are stored."""
        ...

    def close(self) -> None: ...


class FindingStore(Protocol):
    """What was found, beside the readings, for dashboards that look at the series store alone.

    The truth stays with the books: writing the same again changes nothing. Raises StoreAway when it can't.
    """

    def transitions(self, rows: Sequence[RecordedTransition]) -> None: ...

    def screening(self, rows: Sequence[Imbalance], *, screened_at: int) -> None:
        """All results of one screening."""
        ...

    def health(self, figures: Mapping[str, float], *, at: int) -> None:
        """Figures of the service itself, by name; those that are no number are left out."""
        ...

    def close(self) -> None: ...
