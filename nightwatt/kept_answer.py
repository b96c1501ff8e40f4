"""An answer that costs something, kept for a while."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class KeptAnswer(Generic[Answer]):
    """Calls `ask` at most once every `for_s` seconds; whoever comes meanwhile gets that answer, or waits for it.

    An error is not kept. `monotonic` gives seconds.
    """

    def __init__(
        self, ask: Callable[[], Answer], *, for_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._for_s, self._monotonic = ask, for_s, monotonic
        self._lock = threading.Lock()
        self._kept: tuple[float, Answer] | None = None

    def __call__(self) -> Answer:
        with self._lock:
            if self._kept is None or self._monotonic() - self._kept[0] >= self._for_s:
                found = self._ask()
                self._kept = self._monotonic(), found
            return self._kept[1]
