"""Readings that come later than the running judgement reaches back."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.late import Correction, LateNote, Recorded


class LateBook(Protocol):
    """Which enterprises are to be judged again, and the record that this puts right."""

    def note(self, oldest: Mapping[str, int], *, now: int, due_at: int) -> None:
        """Remember that readings came for these enterprises (id → oldest instant, ms UTC), in one transaction.

        Of an enterprise that is noted already the older instant counts; all notes outlive a restart.
        """
        ...

    def due(self, now: int) -> list[LateNote]:
        """Those to be judged by now, in the order in which they fall due."""
        ...

    def waiting(self) -> list[LateNote]:
        """All of them."""
        ...

    def recorded(self, enterprise: str, from_at: int, to_at: int) -> list[Recorded]:
        """Alarms that overlap [from_at, to_at], by their beginning; device tickets left out."""
        ...

    def put_right(self, note: LateNote, corrections: Sequence[Correction], *, again_at: int | None, now: int) -> bool:
        """Write corrections with a revision each and take the note off, or put it off to `again_at`; all or nothing.

        Nobody is told of any of it. False, and nothing is written, where one of the alarms is not any more as it was.
        A note that was renewed meanwhile stays.
        """
        ...

    def forget(self, notes: Sequence[LateNote]) -> None:
        """Take notes off whose enterprises have been judged again in another way."""
        ...
