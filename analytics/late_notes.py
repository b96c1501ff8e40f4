"""Which enterprises have readings that came too late for the running judgement: remembered until they are judged.

A gateway that sends hours of what it buffered names its enterprise with every message; the book is told of the first
one, and of those that are older by an hour.
"""

import threading
from collections.abc import Mapping

from core.interval import HOUR_MS
from core.late import LateNote
from core.ports import LateBook
from core.readings import Readings
from core.registry import Registry

SETTLES_MS = 1_800_000
"""From the note to judging: by then the gateway has sent the most of it, and what ended meanwhile is on record."""


class LateNotes:
    """Notes of late readings over their book. Calls may come from any thread."""

    def __init__(self, book: LateBook) -> None:
        self.book = book
        self._known: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, late: Readings, registry: Registry) -> None:
        """Readings that no rule will see; nothing is written yet."""
        with self._lock:
            for enterprise, since in _oldest(late, registry).items():
                if since < min(self._known.get(enterprise, since + 1), self._unwritten.get(enterprise, since + 1)):
                    self._unwritten[enterprise] = since

    @property
    def waits(self) -> bool:
        """Whether there is something to write."""
        return bool(self._unwritten)

    def write(self, *, now: int) -> None:
        """Make what was added durable. Raises StoreAway; it is kept then."""
        with self._lock:
            if self._unwritten:
                self.book.note(self._unwritten, now=now, due_at=now + SETTLES_MS)
                self._known |= self._unwritten
                self._unwritten = {}

    def due(self, now: int) -> list[LateNote]:
        """Notes to be judged now. Readings that come from now on renew them."""
        with self._lock:
            self._known.clear()
            return self.book.due(now)

    def waiting(self) -> list[LateNote]:
        """All notes. Readings that come from now on renew them."""
        with self._lock:
            self._known.clear()
            return self.book.waiting()


def _oldest(late: Readings, registry: Registry) -> Mapping[str, int]:
    """By enterprise, to the hour: a back-fill from the newest to the oldest is not written at every step."""
    found: dict[str, int] = {}
    for meter in set(late.meter.tolist()):
        enterprise = registry.facility(registry.meters[meter].facility).enterprise
        since = int(late.ts[late.meter == meter].min()) // HOUR_MS * HOUR_MS
        found[enterprise] = min(since, found.get(enterprise, since))
    return found
