"""The engine at work: steps every batch, commits what changed, and after a restart catches up.

Readings are judged as they come, also while the series store is away. What needs history (readings out of
order, a restart) is *owed* then: it is judged again once the store is back, from a state before it.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from analytics import snapshot
from analytics.begun import begin
from analytics.checkpoints import Checkpoints
from analytics.corrections import corrections
from analytics.debt import Debt
from analytics.engine import AHEAD_MS, Engine
from analytics.late_notes import LateNotes
from analytics.remembered import Remembered
from analytics.replay import History, replay
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from analytics.seen import Noting, Seen
from analytics.states import NEVER
from analytics.told import Episode, Told
from core.alarm import Transition
from core.errors import StoreAway
from core.ports import EnergyBook, TransitionLog
from core.readings import Quality, Readings
from core.records import Unjudged
from core.registry import Registry

LATENESS_MS = 900_000
"""Readings older than this correct the record only."""
SNAPSHOT_EVERY_MS = 60_000
BEFORE_FIRST_SNAPSHOT_MS = 86_400_000


class Live:
    """One engine behind a lock. What it found and could not yet write is kept and written first."""

    def __init__(
        self,
        registry: Registry,
        *,
        log: TransitionLog,
        history: History,
        on_commit: Callable[[], None],
        ruleset: Ruleset = EVERY_RULE,
        energies: EnergyBook | None = None,
        late: LateNotes | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._remembered = Remembered(energies) if energies else None
        self._engine = Engine(registry, ruleset)
        self._checkpoints = Checkpoints(self._engine, reach=LATENESS_MS)
        self._log, self._history, self._on_commit = log, history, on_commit
        self._unwritten: list[Transition] = []
        self._told, self._late = Told(), late
        self._saved_at = 0
        self._seen = Seen()
        self._debt = Debt(stopwatch)
        self._lock = threading.Lock()

    @property
    def ruleset(self) -> Ruleset:
        """The rules and their settings."""
        return self._engine.ruleset

    @property
    def owed_since(self) -> int | None:
        """Event time in ms UTC from which on the past will be judged again once history can be read; None: nothing."""
        return self._debt.since

    def start(self, *, now: int) -> None:
        """Load the last state saved and step through what the series store has since.

        Without the store the newest state goes on, and the rest is owed.
        """
        with self._lock:
            base, newest = snapshot.unpack(self._log.snapshot() or b"")
            before, after = snapshot.restored(self._engine, newest), snapshot.restored(self._engine, base)
            self._bring_back(before, after, now=now)
            self._checkpoints.restart(after, base=base)
            horizon = snapshot.horizon(after, lateness=LATENESS_MS)
            start = now - BEFORE_FIRST_SNAPSHOT_MS if horizon == NEVER else horizon
            try:
                found = self._replayed(after, start=start, now=now, noting=True)
            except StoreAway:
                self._engine = before
                self._debt.owe(start + LATENESS_MS)
                self._debt.refused(now)
            else:
                self._unwritten += corrections(before, after, found)
                self._engine = after
                self._debt.forgive()
                self._told.add(found)
                self._checkpoints.restart(after, base=base, mark=self._told.mark)
            self._commit(now=now)

    def evaluate(self, batch: Readings, *, now: int) -> None:
        """Judge the batch, which the series store or its spool has, and commit what changed.

        The states saved are the newest and one from before the oldest reading that may still change a judgement:
        a restart judges again from there, and what was recorded is not recorded twice.
        """
        with self._lock:
            self._note_late(batch, oldest=now - LATENESS_MS)
            self._take(self._engine.step(batch, now=now, oldest=now - LATENESS_MS))
            self._seen.add(batch)
            self._pay(now=now)
            if self._debt.since is None:
                self._keep()
            if self._unwritten or (self._late and self._late.waits) or now - self._saved_at >= SNAPSHOT_EVERY_MS:
                self._commit(now=now)

    def catch_up(self, *, now: int) -> None:
        """Judge again what is owed, where history can be read; `evaluate` does so too."""
        with self._lock:
            self._pay(now=now)
            if self._unwritten:
                self._commit(now=now)

    def tick(self, *, now: int) -> None:
        """Let time pass without readings, so that what does not come is judged too; `evaluate` does not do so."""
        with self._lock:
            if self._debt.since is None:  # what has not come may be in the history that can't be read now
                self._take(self._engine.tick(now=now))
            if self._unwritten:
                self._commit(now=now)

    def unjudged(self) -> list[Unjudged]:
        """What the rules can't judge now, and why."""
        with self._lock:
            return self._engine.unjudged()

    def reload(self, registry: Registry) -> None:
        """Go on under another registry: ids that both know keep their state, the past is not judged again."""
        with self._lock:
            self._engine = snapshot.moved(registry, self._engine)
            self._seen = Seen()
            if self._debt.since is None:  # else the states from before what is owed are still needed
                self._checkpoints.restart(self._engine, mark=self._told.mark)

    def begin(self, moved: dict[Episode, int], transitions: Sequence[Transition], *, now: int) -> bool:
        """Move the beginnings of alarms that stand ((rule, subject, since) → since) and write these transitions.

        False, and nothing is done, where one of them does not stand any more.
        """
        with self._lock:
            standing = {(alarm.rule, alarm.subject, alarm.since) for alarm in self._engine.standing()}
            if not moved.keys() <= standing:
                return False
            begin(self._engine, moved)
            self._checkpoints.change(self._engine, lambda engine: begin(engine, moved))
            self._told.rename(moved)
            self._unwritten += transitions
            self._commit(now=now)
        return True

    def recompute(
        self, *, start: int, clock: Callable[[], int], on_progress: Callable[[int], None] = lambda at: None
    ) -> None:
        """Judge history anew from `start`, then take over from the running engine.

        Used after a large back-fill. Most of it runs beside the live engine; only the last stretch holds it up.
        """
        engine, noted = self._engine.alike(), self._late.waiting() if self._late else []
        now = clock()
        found: list[Transition] = []
        for batch in replay(engine, self._history, start=start, end=now, now=now, on_progress=on_progress):
            found += batch
        with self._lock:
            if engine.registry is not self._engine.registry:  # another was loaded meanwhile
                engine = snapshot.moved(self._engine.registry, engine)
            found += self._replayed(engine, start=now - LATENESS_MS, now=clock())
            # The running engine may have dated an alarm to its own start.
            self._unwritten += corrections(self._engine, engine, found)
            self._use(engine)
            self._commit(now=clock())
        if self._late:
            self._late.book.forget(noted)

    def close(self, *, now: int) -> None:
        """Judge what is owed, where history can be read, and write what is not yet written."""
        with self._lock:
            self._debt.hurry()  # there is no later moment to put it off to
            self._pay(now=now)
            self._commit(now=now)

    def _note_late(self, batch: Readings, *, oldest: int) -> None:
        """Owe what came after a later reading of its meter and may still change a judgement."""
        if self._late:
            self._late.add(self._too_late(batch, oldest), self._engine.registry)
        behind = (batch.ts <= self._engine.plant.last_ts[batch.meter]) & (batch.ts >= oldest)
        late = batch.take(behind & ~batch.has(int(Quality.CLOCK_SKEW)))
        if not len(late):
            return
        new = late.ts[~self._seen.has(late)]
        if len(new):
            self._debt.owe(int(new.min()))

    def _too_late(self, batch: Readings, oldest: int) -> Readings:
        """What is older than the tolerance, and new."""
        behind = (batch.ts < oldest) & ~batch.has(int(Quality.CLOCK_SKEW))
        late = batch.take(behind)
        return late.take(~self._seen.has(late)) if len(late) else late

    def _take(self, found: list[Transition]) -> None:
        self._told.add(found)
        self._unwritten += found

    def _keep(self) -> None:
        self._checkpoints.add(self._engine, mark=self._told.mark)
        self._told.forget(self._checkpoints.oldest_mark)

    def _pay(self, *, now: int) -> None:
        """Judge again from the oldest instant owed; neither at once after the last time, nor where history was away."""
        if not self._debt.is_due(now):
            return
        try:
            if self._debt.was_refused:  # cheaper to find out whether it is back than by restoring a state first
                next(iter(self._history.scan(now, now + 1)), None)
            self._debt.pay(lambda since: self._judge_again(since, now=now), now=now)
        except StoreAway:
            self._debt.refused(now)

    def _judge_again(self, since: int, *, now: int) -> None:
        before = self._engine
        engine = self._checkpoints.back_to(since, before)
        mark, middle, told = self._checkpoints.mark, None, 0
        horizon = snapshot.horizon(engine, lateness=LATENESS_MS)
        start = min(since - LATENESS_MS, now - BEFORE_FIRST_SNAPSHOT_MS) if horizon == NEVER else horizon
        found: list[Transition] = []
        reach = min(before.newest, now) - LATENESS_MS
        if start < reach - LATENESS_MS:  # a long way: leave a state where the next late reading will look for one
            found = self._replayed(engine, start=start, end=reach, now=now, lateness=LATENESS_MS)
            middle, told = snapshot.restored(engine, snapshot.save(engine)), len(found)
            start = reach
        found += self._replayed(engine, start=start, now=now, lateness=LATENESS_MS)
        found += engine.tick(now=before.plant.clock)
        self._unwritten += corrections(before, engine, found, self._told.since(mark))
        self._told.undo(mark)
        self._told.add(found)
        if middle:
            self._checkpoints.add(middle, mark=self._told.mark - len(found) + told)
        self._engine = engine

    def _replayed(
        self,
        engine: Engine,
        *,
        start: int,
        now: int,
        end: int | None = None,
        lateness: int | None = None,
        noting: bool = False,
    ) -> list[Transition]:
        history = Noting(self._history, self._seen) if noting else self._history
        until = now + AHEAD_MS if end is None else end
        batches = replay(engine, history, start=start, end=until, now=now, lateness=lateness)
        return [transition for found in batches for transition in found]

    def _bring_back(self, *engines: Engine, now: int) -> None:
        """Give engines the energies of before the restart; they have them in common."""
        energy = self._engine.plant.energy
        if self._remembered:
            with contextlib.suppress(StoreAway):
                self._remembered.bring_back(energy, self._history, now=now)
        for engine in engines:
            engine.plant.energy = energy

    def _use(self, engine: Engine) -> None:
        self._engine, self._told = engine, Told()
        self._debt.forgive()
        if self._remembered:
            self._remembered.forget()
        self._checkpoints.restart(engine)

    def _commit(self, *, now: int) -> None:
        if self._late:
            self._late.write(now=now)
        found = tuple(self._unwritten)
        states = snapshot.pack(self._checkpoints.base, snapshot.save(self._engine))
        self._log.record(found, snapshot=states, now=now)
        self._unwritten.clear()
        self._saved_at = now
        if self._remembered:
            self._remembered.save(self._engine.plant.energy)
        if found:
            self._on_commit()
