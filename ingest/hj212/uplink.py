"""Our own readings, sent on to a higher platform as an HJ 212 station would.

Nothing is kept in memory but what was sent lately: readings are read from the series store behind a cursor, which
moves on only when the platform has acknowledged. It is kept in a small file, so that a restart goes on from there;
what lies within the look-back of it may then be sent a second time.
"""

import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import NightwattError, SetupError, StoreAway
from core.ports import SeriesStore
from core.readings import QUANTITIES, Readings
from ingest.hj212.line import Line
from ingest.hj212.upward import Instant, Sender, instants

log = logging.getLogger(__name__)

BACK_OFF_S = (1, 2, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Platform:
    """Where readings go, and which.

    codes        circuit of each meter to be sent, by the meter's number ("100000", "100001" …)
    every_s      between looks for new readings
    overtime_s   until an answer counts as missing, and
    recount      how often packets are sent again then, before the connection is given up
    look_back_s  readings that come so late behind others are still sent
    """

    host: str
    port: int
    sender: Sender
    codes: Mapping[int, str]
    every_s: float = 60
    overtime_s: float = 5
    recount: int = 3
    look_back_s: float = 600


class Uplink:
    """Works on a thread of its own; `trouble` is empty while all goes well. `clock` gives ms UTC."""

    def __init__(self, platform: Platform, *, series: SeriesStore, cursor: Path, clock: Callable[[], int]) -> None:
        self._platform, self._series, self._file, self._clock = platform, series, cursor, clock
        self._meters = np.array(sorted(platform.codes), dtype=np.int64)
        self._sent: set[tuple[int, int]] = set()
        self._cursor = 0
        self._next_number = self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hj212-uplink", daemon=True)
        self.trouble = "not connected yet"

    def start(self) -> None:
        """Go on where the cursor stands, without one from now on; SetupError where it can't be kept."""
        self._cursor = _read(self._file) or self._clock()
        try:
            self._keep_cursor()
        except StoreAway as error:
            raise SetupError(str(error)) from error
        self._thread.start()

    def stop(self) -> None:
        """What is not acknowledged is sent after the next start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._speak()
            except (OSError, NightwattError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self._failed(reason or type(error).__name__)
            except Exception as error:
                log.exception("the uplink failed")
                self._failed(f"internal error: {type(error).__name__}")

    def _failed(self, reason: str) -> None:
        """Try again later, and then more rarely."""
        if self._stopping.is_set():
            return
        self.trouble = reason
        log.warning("uplink to %s:%d: %s", self._platform.host, self._platform.port, reason)
        wait_s = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
        self._stopping.wait(wait_s * random.uniform(0.8, 1.2))  # noqa: S311

    def _speak(self) -> None:
        platform = self._platform
        line = Line(platform.host, platform.port, stopping=self._stopping.is_set)
        try:
            while not self._stopping.is_set():
                for instant in self._outstanding():
                    line.deliver(instant.frames, overtime_s=platform.overtime_s, recount=platform.recount)
                    self._delivered(instant)
                self.trouble, self._failures = "", 0
                until = time.monotonic() + platform.every_s
                while time.monotonic() < until and not self._stopping.is_set():
                    line.hear()
        finally:
            line.close()

    def _outstanding(self) -> Iterator[Instant]:
        """What has not been sent, in order of time."""
        now, look_back = self._clock(), int(self._platform.look_back_s * 1000)
        self._sent = {key for key in self._sent if key[0] >= self._cursor - look_back}
        begin = self._cursor - look_back
        for batch in self._series.scan(begin, now + 1, meters=self._meters, quantities=QUANTITIES):
            new = batch.take(np.array([key not in self._sent for key in _keys(batch)], dtype=bool))
            number = max(now, self._next_number)
            self._next_number = number + len(new)
            yield from instants(new, codes=self._platform.codes, sender=self._platform.sender, now=number)

    def _delivered(self, instant: Instant) -> None:
        self._failures = 0
        self._sent.update((instant.at, meter) for meter in instant.meters)
        if instant.at > self._cursor:
            self._cursor = instant.at
            self._keep_cursor()

    def _keep_cursor(self) -> None:
        """Replaced at once, so that a crash leaves the old one or the new one."""
        draft = self._file.with_suffix(".new")
        try:
            draft.write_text(json.dumps({"sent_up_to": self._cursor}))
            os.replace(draft, self._file)
        except OSError as error:
            raise StoreAway(f"can't keep the uplink's cursor {self._file}: {error.strerror}") from error


def _keys(batch: Readings) -> Iterator[tuple[int, int]]:
    return zip(batch.ts.tolist(), batch.meter.tolist(), strict=True)


def _read(file: Path) -> int:
    """Where the cursor stands; 0 where there is none, or none that can be read."""
    try:
        return int(json.loads(file.read_text())["sent_up_to"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the uplink's cursor %s can't be read, beginning with what comes now: %s", file, error)
        return 0
