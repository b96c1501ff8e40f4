"""A series store that may go away: readings wait on the disk meanwhile and are written in order when it is back."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import StoreAway
from core.ports import SeriesStore
from core.readings import FloatArray, IntArray, Readings
from core.records import Backlog
from ingest.newest import Newest
from ingest.refusals import append_what_it_takes
from ingest.spool import Spool, SpoolFull

log = logging.getLogger(__name__)

WRITE_ROWS = 50_000
PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0


class SpooledSeries:
    """core.ports.SeriesStore over another one and a spool. Only SpoolFull comes out of `append`.

    clock    ms UTC, for `since`
    written  told how many new readings a write of the spool has stored: `append` returned 0 for them
    """

    def __init__(
        self,
        series: SeriesStore,
        spool: Spool,
        *,
        clock: Callable[[], int],
        written: Callable[[int], None] = lambda new: None,
    ) -> None:
        self._series, self._spool, self._clock, self._written = series, spool, clock, written
        self._lock, self._draining = threading.Lock(), threading.Lock()
        self._stopping, self._work, self._tried = threading.Event(), threading.Event(), threading.Condition()
        self._away, self._full, self._tries, self._spooled = "", "", 0, 0
        self._since = clock() if spool.rows else None
        self._newest = Newest()
        for batch in spool.batches():
            self._newest.take(batch)
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self) -> None:
        """Write what waits, now and whenever something does."""
        self._thread.start()

    def stop(self) -> None:
        """What still waits is written after the next start."""
        self._stopping.set()
        self._work.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=30)

    def settle(self, within_s: float) -> bool:
        """Wait until nothing waits any more; False once a write has failed or the time is over."""
        deadline, failed = time.monotonic() + within_s, self._tries
        with self._tried:
            while self._spool.rows and self._tries <= failed and (left := deadline - time.monotonic()) > 0:
                self._tried.wait(min(left, 0.5))
        return not self._spool.rows

    @property
    def waiting(self) -> Backlog:
        """How things stand, for people and metrics."""
        return Backlog(
            rows=self._spool.rows,
            size=self._spool.size,
            most_bytes=self._spool.most_bytes,
            away=self._away,
            since=self._since,
            full=self._full,
            set_aside=self._spooled,
        )

    def readiness(self) -> dict[str, str]:
        """Of the store and the spool: "ok", "degraded: …" where nothing is lost, or what is wrong."""
        now = self.waiting
        waits = f"degraded: {now.rows} readings wait on the disk, {now.share:.0%} of the spool" if now.rows else "ok"
        return {
            "series store": f"degraded: {now.away}" if now.away else "ok",
            "spool": f"full: {now.full}; the broker keeps what comes" if now.full else waits,
        }

    def append(self, batch: Readings) -> int:
        """As the port says, and 0 for what went to the disk: `written` tells later how many of it were new."""
        if not len(batch):
            return 0
        with self._lock:
            direct = not self._spool.rows
        trouble = ""
        if direct:
            try:
                return self._series.append(batch)
            except StoreAway as error:
                trouble = str(error)
        with self._lock:
            self._set_aside(batch, trouble)
        self._work.set()
        return 0

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """StoreAway while anything waits: nobody may judge a history that has a hole."""
        if rows := self._spool.rows:
            raise StoreAway(f"{rows} readings wait in the spool")
        return self._series.scan(start, end, meters=meters, quantities=quantities)

    def buckets(
        self, meter: int, start: int, end: int, width: int, quantity: str = "p"
    ) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """What the store has, without what waits."""
        return self._series.buckets(meter, start, end, width, quantity)

    def latest(self, since: int) -> Readings:
        """What waits is looked at too; while the store is away, only that."""
        with self._lock:
            waiting = self._newest.since(since)
        if not len(waiting):
            return self._series.latest(since)
        try:
            return self._newest.over(self._series.latest(since), waiting)
        except StoreAway:
            return waiting

    def count(self, *, meter: int | None = None) -> int:
        """What the store has, without what waits."""
        return self._series.count(meter=meter)

    def close(self) -> None:
        self.stop()
        self._spool.close()
        self._series.close()

    def drain(self) -> None:
        """Write the oldest of what waits, once; StoreAway where the store is still away.

        What little is left after a write that went well is written while new readings are held up, so that the
        direct way opens again.
        """
        with self._draining:
            self._write_oldest()
            with self._lock:
                if self._spool.rows <= WRITE_ROWS:
                    while self._spool.rows:
                        self._write_oldest()
                    self._away, self._full, self._since = "", "", None
                    self._newest.clear()

    def _set_aside(self, batch: Readings, trouble: str) -> None:
        try:
            self._spool.append(batch)
        except SpoolFull as error:
            self._away, self._full = trouble or self._away, str(error)
            raise
        if trouble and not self._away:
            log.warning("the series store is away, readings go to the disk: %s", trouble)
        self._away, self._full = trouble or self._away, ""
        self._since = self._since or self._clock()
        self._spooled += len(batch)
        self._newest.take(batch)

    def _write_oldest(self) -> None:
        found = self._spool.oldest(most_rows=WRITE_ROWS)
        if found is None:
            return
        batch, mark = found
        self._written(append_what_it_takes(self._series, batch, keep=self._spool.keep_refused))
        self._spool.written(mark)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._spool.rows:
                self._work.wait()
                self._work.clear()
                continue
            pause = self._try()
            with self._tried:
                self._tried.notify_all()
            if pause:
                self._stopping.wait(pause)

    def _try(self) -> float:
        """How long to wait before the next try."""
        try:
            self.drain()
        except StoreAway as error:
            self._away = str(error)
        except Exception as error:
            log.exception("writing the spool failed")
            self._away = f"{type(error).__name__}, see the log"
        else:
            self._tries = 0
            return 0.0
        self._tries += 1
        longest = min(PAUSE_S * 2.0 ** min(self._tries, 10), LONGEST_PAUSE_S)
        return random.uniform(longest / 2, longest)  # noqa: S311
