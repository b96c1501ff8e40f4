"""Hourly values beside the readings, kept up to date: every hour once it is over, and again for what came late."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from core.errors import NightwattError
from core.interval import DAY_MS, HOUR_MS
from nightwatt.series import open_hourly
from nightwatt.settings import Settings

log = logging.getLogger(__name__)


class RollsUp(Protocol):
    """Makes the hours of [start, end), ms UTC, and says how many values it has written."""

    def roll_up(self, start: int, end: int) -> int: ...

    def close(self) -> None: ...


class HourlyValues:
    """`round` is called every few minutes; `trouble` is empty while all goes well.

    cursor     file with the instant (ms UTC) up to which hours are made; what a stop has missed is made after the start
    look_back  ms before that which are made again, for readings that came late
    """

    def __init__(self, hourly: RollsUp, *, cursor: Path, look_back: int, clock: Callable[[], int]) -> None:
        self._hourly, self._file, self._look_back, self._clock = hourly, cursor, look_back, clock
        self._stopping, self._working = threading.Event(), threading.Lock()
        self.trouble = ""

    def round(self) -> None:
        """Make the hours that are over, if one has ended since the last time."""
        made, over = self._made(), self._clock() // HOUR_MS * HOUR_MS
        if made != over:
            self.make(min(over if made is None else made, over) - self._look_back)

    def make(self, start: int) -> None:
        """Make the hours from `start` to the last that is over; where the store is away, a later round does."""
        with self._working:
            try:
                self._make(start, self._clock() // HOUR_MS * HOUR_MS)
                self.trouble = ""
            except (NightwattError, OSError) as error:
                if not self.trouble:
                    log.warning("hourly values wait: %s", error)
                self.trouble = str(error)

    def close(self) -> None:
        """The day in hand is finished first."""
        self._stopping.set()
        with self._working:
            self._hourly.close()

    def _make(self, start: int, end: int) -> None:
        """A day at a time, so that a stop need not wait for all of them, and the next start goes on from there."""
        made = min(self._made() or start, end)
        for begun in range(start, end, DAY_MS):
            if self._stopping.is_set():
                return
            until = min(begun + DAY_MS, end)
            self._hourly.roll_up(begun, until)
            self._keep(max(made, until))

    def _made(self) -> int | None:
        try:
            return int(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("%s can't be read (%s): hours within the look-back are made again", self._file, error)
            return None

    def _keep(self, made: int) -> None:
        """In one step, so that a crash leaves the old file or the new one."""
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.write_text(str(made), "utf-8")
        fresh.replace(self._file)


def open_hourly_values(settings: Settings, *, clock: Callable[[], int]) -> HourlyValues | None:
    """None where the series store has no need of them."""
    hourly = open_hourly(settings)
    if hourly is None:
        return None
    look_back = settings.hourly_look_back_hours * HOUR_MS
    return HourlyValues(hourly, cursor=settings.data / "hourly", look_back=look_back, clock=clock)
