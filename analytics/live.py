"""The engine at work: steps every batch, commits what changed, and after a restart catches up."""

import threading
from collections.abc import Callable, Sequence

from analytics import snapshot
from analytics.engine import AHEAD_MS, Engine
from analytics.plant import NEVER
from analytics.replay import History, replay
from core.alarm import Transition
from core.ports import TransitionLog
from core.readings import Readings
from core.registry import Registry

LATENESS_MS = 900_000
"""Readings older than this correct the record only."""
SNAPSHOT_EVERY_MS = 10_000
BEFORE_FIRST_SNAPSHOT_MS = 86_400_000


class Live:
    """One engine behind a lock. What it found and could not yet write is kept and written first."""

    def __init__(
        self, registry: Registry, *, log: TransitionLog, history: History, on_commit: Callable[[], None]
    ) -> None:
        self._engine = Engine(registry)
        self._log, self._history, self._on_commit = log, history, on_commit
        self._unwritten: list[Transition] = []
        self._saved_at = 0
        self._lock = threading.Lock()

    def start(self, *, now: int) -> None:
        """Load the last snapshot and step through what the series store has since."""
        with self._lock:
            saved = self._log.snapshot()
            if saved:
                snapshot.restore(self._engine, saved)
            horizon = snapshot.horizon(self._engine, lateness=LATENESS_MS)
            start = now - BEFORE_FIRST_SNAPSHOT_MS if horizon == NEVER else horizon
            self._catch_up(self._engine, start=start, now=now)

    def evaluate(self, batch: Readings, *, now: int) -> None:
        """Judge and commit. The snapshot goes into the transaction of the transitions that it explains."""
        with self._lock:
            self._unwritten += self._engine.step(batch, now=now, oldest=now - LATENESS_MS)
            if self._unwritten or now - self._saved_at >= SNAPSHOT_EVERY_MS:
                self._commit(now=now)

    def reload(self, registry: Registry) -> None:
        """Go on under another registry: ids that both know keep their state."""
        with self._lock:
            engine = Engine(registry)
            snapshot.restore(engine, snapshot.save(self._engine))
            self._engine = engine

    def recompute(
        self, *, start: int, clock: Callable[[], int], on_progress: Callable[[int], None] = lambda at: None
    ) -> None:
        """Judge history anew from `start`, then take over from the running engine.

        Used after a large back-fill. Most of it runs beside the live engine; only the last stretch holds it up.
        """
        engine = Engine(self._engine.registry)
        now = clock()
        for found in replay(engine, self._history, start=start, end=now, now=now, on_progress=on_progress):
            if found:
                self._log.record(found, snapshot=None, now=now)
        with self._lock:
            self._catch_up(engine, start=now - LATENESS_MS, now=clock())
            self._engine = engine

    def close(self, *, now: int) -> None:
        """Write the last state, so that the next start has little to catch up."""
        with self._lock:
            self._commit(now=now)

    def _catch_up(self, engine: Engine, *, start: int, now: int) -> None:
        for found in replay(engine, self._history, start=start, end=now + AHEAD_MS, now=now):
            self._unwritten += found
        self._commit(now=now, engine=engine)

    def _commit(self, *, now: int, engine: Engine | None = None) -> None:
        found: Sequence[Transition] = tuple(self._unwritten)
        self._log.record(found, snapshot=snapshot.save(engine or self._engine), now=now)
        self._unwritten.clear()
        self._saved_at = now
        if found:
            self._on_commit()
