"""Findings beside the readings: alarms, screenings and the service's figures, for dashboards on the series store.

The books hold the truth; these are copies. A copy that could not be made is made in a later round, and making
one twice changes nothing.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.errors import StoreAway
from core.imbalance import Imbalance
from core.interval import MINUTE_MS
from core.jurisdiction import CITY
from core.ports import AlarmBook, FindingStore
from stores.influx.faults import Refused

log = logging.getLogger(__name__)

Row = TypeVar("Row")

TRANSITIONS_AT_ONCE = 1_000
MOST_FIGURES, MOST_SCREENINGS = 1_440, 24
"""What is kept of them while the store is away: a day of figures, and as many screenings."""

Figures = Callable[[], Mapping[str, float]]


class Findings:
    """`round` is called every few seconds; `screened` may come from another thread.

    cursor   file with the id of the last transition that was written, replaced in one step
    figures  asked once a minute, one after the other; of a name that comes twice the last value counts
    """

    def __init__(
        self,
        store: FindingStore,
        *,
        alarms: AlarmBook,
        cursor: Path,
        figures: Iterable[Figures] = (),
        clock: Callable[[], int],
    ) -> None:
        self._store, self._alarms, self._cursor, self._clock = store, alarms, cursor, clock
        self._sources = tuple(figures)
        self._figures: deque[tuple[Mapping[str, float], int]] = deque(maxlen=MOST_FIGURES)
        self._screenings: deque[tuple[Sequence[Imbalance], int]] = deque(maxlen=MOST_SCREENINGS)
        self._minute = -1
        self.away = ""

    def screened(self, results: Sequence[Imbalance], *, at: int) -> None:
        """Write the results of a screening with the next round."""
        self._screenings.append((results, at))

    def round(self) -> None:
        """Write what is new; where the store is away, it waits for a later round."""
        try:
            self._note_figures()
            self._write_transitions()
            _drain(self._screenings, lambda rows, at: self._store.screening(rows, screened_at=at))
            _drain(self._figures, lambda figures, at: self._store.health(figures, at=at))
        except (StoreAway, OSError) as error:  # a full disk takes no cursor
            if not self.away:
                log.warning("findings wait for the series store: %s", error)
            self.away = str(error)
        else:
            self.away = ""

    def close(self) -> None:
        self._store.close()

    def _note_figures(self) -> None:
        now = self._clock()
        if now // MINUTE_MS != self._minute:
            self._minute = now // MINUTE_MS
            self._figures.append(({name: value for ask in self._sources for name, value in ask().items()}, now))

    def _write_transitions(self) -> None:
        last = self._last()
        while rows := self._alarms.transitions(CITY, after=last, limit=TRANSITIONS_AT_ONCE):
            # Dashboards count alarms: a device ticket is none.
            if alarms := [row for row in rows if not row.ticket]:
                _unless_refused(partial(self._store.transitions, alarms))
            last = rows[-1].id
            _replace(self._cursor, str(last))

    def _last(self) -> int:
        """The id in the file; 0 where there is none that fits the book, so that all are written again."""
        try:
            found = int(self._cursor.read_text("utf-8"))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            log.warning("%s can't be read (%s): all transitions are written again", self._cursor, error)
            return 0
        return found if 0 <= found <= self._alarms.last_transition() else 0


def _drain(waiting: deque[tuple[Row, int]], write: Callable[[Row, int], None]) -> None:
    """Write the oldest first; what could not be written stays."""
    while waiting:
        oldest = waiting[0]
        _unless_refused(partial(write, *oldest))
        if waiting[0] is oldest:  # a full queue may have let go of it meanwhile
            waiting.popleft()


def _unless_refused(write: Callable[[], None]) -> None:
    """What the store will never take must not keep back what comes after it."""
    try:
        write()
    except Refused as error:
        log.error("left out of the series store: %s", error)


def _replace(path: Path, text: str) -> None:
    """In one step, so that a crash leaves the old file or the new one."""
    fresh = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
