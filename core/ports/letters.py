"""What could not be understood."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.records import (
    DeadLetter,
    LetterFilter,
    Page,
)

ALL_LETTERS = LetterFilter()


class DeadLetters(Protocol):
    """Messages that could not be understood. Bounded: the oldest go when there are too many, and all after a time."""

    def put(self, topic: str, payload: bytes, reason: str, *, now: int) -> None: ...

    def put_all(self, letters: Sequence[DeadLetter]) -> None:
        """All of them durably or none, whatever their ids: a flood of garbage costs one transaction a batch."""
        ...

    def letters(self, wanted: LetterFilter = ALL_LETTERS, *, limit: int, cursor: str | None = None) -> Page[DeadLetter]:
        """Newest first; ids grow with time."""
        ...

    def letter(self, id: int) -> DeadLetter | None: ...

    def reasons(self, *, limit: int) -> list[tuple[str, int]]:
        """(reason, letters) of the most frequent ones, the most frequent first."""
        ...

    def remove(self, ids: Collection[int]) -> int:
        """Let go of these and return how many there were; the others stay."""
        ...

    def age(self, *, now: int) -> int:
        """Let go of those kept long enough and return how many that were; called from time to time."""
        ...
