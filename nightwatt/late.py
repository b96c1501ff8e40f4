"""The round that judges enterprises again for which readings came too late, and puts their record right.

Nobody is told of any of it. One enterprise at a time, and not for long: what is left waits for the next round.
"""

import threading
import time
from collections.abc import Callable

from analytics.late import PutRight, concerned, put_right
from analytics.late_judging import LATENESS_MS, Judging, Span
from analytics.late_notes import LateNotes
from analytics.live import Live
from analytics.replay import History
from core.errors import StoreAway
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.late import LateNote
from core.ports import RegistryBook
from core.registry import Registry

EVERY_S = 600.0
AT_MOST_S = 60.0
"""How long one round may take, the enterprise in hand apart."""
FAR_MS = 62 * DAY_MS
"""Older readings are stored, and judged by no rule."""
AGAIN_MS = HOUR_MS
GIVES_UP_MS = DAY_MS
"""How long a note waits for the end of something that stands by one account only."""


class Stopped(Exception):
    """The service stops: the note stays."""


class LateReadings:
    """Takes up notes that are due. `registry` gives the one that is in force now."""

    def __init__(
        self,
        notes: LateNotes,
        book: RegistryBook,
        history: History,
        *,
        live: Live,
        registry: Callable[[], Registry],
        clock: Callable[[], int],
        stopping: threading.Event,
    ) -> None:
        self._notes, self._book, self._history, self._live = notes, book, history, live
        self._registry, self._clock, self._stopping = registry, clock, stopping

    def round(self) -> int:
        """Put right what is due; returns how many enterprises were dealt with. Ends quietly where a store is away."""
        done, began = 0, time.monotonic()
        try:
            for note in self._notes.due(self._clock()):
                if time.monotonic() - began > AT_MOST_S:
                    break
                self._deal_with(note)
                done += 1
        except (StoreAway, Stopped):
            pass
        return done

    def _deal_with(self, note: LateNote) -> None:
        now = self._clock()
        span = Span(note.enterprise, max(note.since, now - FAR_MS), now - LATENESS_MS - MINUTE_MS)
        if note.enterprise not in self._registry().enterprise_number or span.start >= span.end:
            self._notes.book.forget([note])
            return
        found = self._compared(span)
        begun = self._live.begin(dict(found.begun), found.standing, now=now) if found.begun else True
        settled = begun and found.settled
        again_at = None if settled or now - note.noted_at > GIVES_UP_MS else now + AGAIN_MS
        if not self._notes.book.put_right(note, found.corrections, again_at=again_at, now=now):
            self._notes.book.put_right(note, (), again_at=now, now=now)  # an alarm changed meanwhile: the next round

    def _compared(self, span: Span) -> PutRight:
        changes = self._book.changes(span.start - FAR_MS, span.end)
        judging = Judging(self._load(changes), self._history, ruleset=self._live.ruleset, on_progress=self._go_on)
        without, found = judging.judged(span, changes)
        recorded = self._notes.book.recorded(span.enterprise, span.start, span.end)
        about = concerned(without, found, recorded)
        return put_right(recorded, found, start=span.start, end=span.end, about=about)

    def _load(self, changes: list[int]) -> Callable[[int], Registry]:
        """The registry of a time; where nothing changed, the one that is there."""
        return self._book.load if changes else lambda at: self._registry()

    def _go_on(self, at: int) -> None:
        if self._stopping.is_set():
            raise Stopped
