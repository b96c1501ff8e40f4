"""The engine at work: steps every batch, commits what changed, and after a restart catches up."""

import threading
from collections.abc import Callable

from analytics import snapshot
from analytics.checkpoints import Checkpoints
from analytics.engine import AHEAD_MS, Engine
from analytics.plant import NEVER
from analytics.replay import History, replay
from core.alarm import TAKEN_BACK, State, Transition
from core.ports import TransitionLog
from core.readings import Readings
from core.registry import Registry

LATENESS_MS = 900_000
"""Readings older than this correct the record only."""
SNAPSHOT_EVERY_MS = 60_000
BEFORE_FIRST_SNAPSHOT_MS = 86_400_000


class Live:
    """One engine behind a lock. What it found and could not yet write is kept and written first."""

    def __init__(
        self, registry: Registry, *, log: TransitionLog, history: History, on_commit: Callable[[], None]
    ) -> None:
        self._engine = Engine(registry)
        self._checkpoints = Checkpoints(self._engine, reach=LATENESS_MS)
        self._log, self._history, self._on_commit = log, history, on_commit
        self._unwritten: list[Transition] = []
        self._saved_at = 0
        self._lock = threading.Lock()

    def start(self, *, now: int) -> None:
        """Load the last state saved and step through what the series store has since."""
        with self._lock:
            saved = self._log.snapshot()
            if saved:
                snapshot.restore(self._engine, saved)
            horizon = snapshot.horizon(self._engine, lateness=LATENESS_MS)
            start = now - BEFORE_FIRST_SNAPSHOT_MS if horizon == NEVER else horizon
            self._unwritten += self._replayed(self._engine, start=start, now=now)
            self._checkpoints.restart(self._engine, base=saved)
            self._commit(now=now)

    def evaluate(self, batch: Readings, *, now: int) -> None:
        """Judge the batch, which the series store has, and commit what changed.

        The state saved is from before the oldest reading that may still change a judgement: a restart
        judges again from there, and what was recorded is not recorded twice.
        """
        with self._lock:
            late = self._out_of_order(batch, oldest=now - LATENESS_MS)
            self._unwritten += self._engine.step(batch, now=now, oldest=now - LATENESS_MS)
            if late is not None:
                self._judge_again(late, now=now)
            self._checkpoints.add(self._engine)
            if self._unwritten or now - self._saved_at >= SNAPSHOT_EVERY_MS:
                self._commit(now=now)

    def reload(self, registry: Registry) -> None:
        """Go on under another registry: ids that both know keep their state, the past is not judged again."""
        with self._lock:
            self._use(_under(registry, self._engine))

    def recompute(
        self, *, start: int, clock: Callable[[], int], on_progress: Callable[[int], None] = lambda at: None
    ) -> None:
        """Judge history anew from `start`, then take over from the running engine.

        Used after a large back-fill. Most of it runs beside the live engine; only the last stretch holds it up.
        """
        engine = Engine(self._engine.registry)
        now = clock()
        found: list[Transition] = []
        for batch in replay(engine, self._history, start=start, end=now, now=now, on_progress=on_progress):
            found += batch
        with self._lock:
            if engine.registry is not self._engine.registry:  # another was loaded meanwhile
                engine = _under(self._engine.registry, engine)
            found += self._replayed(engine, start=now - LATENESS_MS, now=clock())
            # The running engine may have dated an alarm to its own start: first what ends, as always.
            self._unwritten += _taken_back(self._engine, engine, found) + found
            self._use(engine)
            self._commit(now=clock())

    def close(self, *, now: int) -> None:
        """Write what is not yet written."""
        with self._lock:
            self._commit(now=now)

    def _out_of_order(self, batch: Readings, *, oldest: int) -> int | None:
        """The oldest instant that came after a later one of its meter and may still change a judgement."""
        behind = (batch.ts <= self._engine.plant.last_ts[batch.meter]) & (batch.ts >= oldest)
        return int(batch.ts[behind].min()) if behind.any() else None

    def _judge_again(self, since: int, *, now: int) -> None:
        before = self._engine
        engine = self._checkpoints.back_to(since, before)
        horizon = snapshot.horizon(engine, lateness=LATENESS_MS)
        found = self._replayed(engine, start=since - LATENESS_MS if horizon == NEVER else horizon, now=now)
        # First what ends: one alarm is open per rule and subject.
        self._unwritten += _taken_back(before, engine, found) + found
        self._engine = engine

    def _replayed(self, engine: Engine, *, start: int, now: int) -> list[Transition]:
        batches = replay(engine, self._history, start=start, end=now + AHEAD_MS, now=now)
        return [transition for found in batches for transition in found]

    def _use(self, engine: Engine) -> None:
        self._engine = engine
        self._checkpoints.restart(engine)

    def _commit(self, *, now: int) -> None:
        found = tuple(self._unwritten)
        self._log.record(found, snapshot=self._checkpoints.base, now=now)
        self._unwritten.clear()
        self._saved_at = now
        if found:
            self._on_commit()


def _under(registry: Registry, engine: Engine) -> Engine:
    """An engine of that registry with the state that both know."""
    moved = Engine(registry)
    snapshot.restore(moved, snapshot.save(engine))
    return moved


def _taken_back(before: Engine, after: Engine, found: list[Transition]) -> list[Transition]:
    """Ends of the alarms that stood before and that the readings in their order do not bear out."""
    known = {(alarm.rule, alarm.subject, alarm.since) for alarm in after.standing()}
    known |= {(end.rule, end.subject, end.since) for end in found if end.state is State.NORMAL}
    return [
        Transition(
            at=after.newest,
            rule=alarm.rule,
            subject=alarm.subject,
            enterprise=alarm.enterprise,
            severity=alarm.severity,
            state=State.NORMAL,
            since=alarm.since,
            reason=TAKEN_BACK,
        )
        for alarm in before.standing()
        if (alarm.rule, alarm.subject, alarm.since) not in known
    ]
