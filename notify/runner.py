"""The notifier's thread."""

import logging
from threading import Event, Thread

from core.errors import StoreAway
from notify.observer import Observer
from notify.pipeline import Notifier

log = logging.getLogger(__name__)

POLL_EVERY_S = 1.0
LONGEST_PAUSE_S = 30.0


class Runner:
    """Drains the outbox when woken, and every second for retries and what other processes left."""

    def __init__(self, notifier: Notifier, *, observe: Observer) -> None:
        self._notifier, self._observe = notifier, observe
        self._awake, self._stopping = Event(), Event()
        self._failures = 0
        self._thread = Thread(target=self._run, name="notifier", daemon=True)

    @property
    def failing(self) -> bool:
        """Whether the last round went wrong."""
        return self._failures > 0

    def start(self) -> None:
        """Start the thread; its first round comes at once."""
        self._awake.set()
        self._thread.start()

    def wake(self) -> None:
        """There is something in the outbox. May be called from any thread, also before `start`."""
        self._awake.set()

    def stop(self, timeout: float) -> bool:
        """Let the batch under way end, for at most `timeout` seconds; False where it goes on.

        What was not finished keeps its claim until the lease runs out.
        """
        self._stopping.set()
        self._awake.set()
        self._notifier.halt()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._notifier.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._pause()
            self._awake.clear()
            if not self._stopping.is_set():
                self._round()

    def _pause(self) -> None:
        if self._failures:
            # Not to be cut short by wake(): new transitions must not hammer a store that is away.
            self._stopping.wait(min(2.0 ** (self._failures - 1), LONGEST_PAUSE_S))
        else:
            self._awake.wait(POLL_EVERY_S)

    def _round(self) -> None:
        try:
            self._notifier.drain()
            self._failures = 0
        except Exception as error:
            self._failures += 1
            self._observe.stumbled("store" if isinstance(error, StoreAway) else "drain")
            log.error("the notifier stumbled, %s in a row: %s", self._failures, error)
