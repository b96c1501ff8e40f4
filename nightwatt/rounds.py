"""Work done again and again beside the road."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Rounds:
    """Calls `act` every `every_s` seconds on a thread of its own; a failure is logged and the next round comes."""

    def __init__(self, name: str, act: Callable[[], object], *, every_s: Callable[[], float]) -> None:
        self._name, self._act, self._every_s = name, act, every_s
        self._stopping, self._now = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """Let the next round come at once."""
        self._now.set()

    def stop(self) -> None:
        self._stopping.set()
        self._now.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._act()
            except Exception:
                log.exception("%s failed; the next round is in %.0f s", self._name, self._every_s())
            self._now.wait(self._every_s())
            self._now.clear()
