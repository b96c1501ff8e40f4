"""Back-tests beside the running service: a short queue, one at a time, each in a process of its own."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from analytics.backtests import Backtest, Progress, Wanted
from analytics.replay import History
from analytics.rule_choice import ruleset
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from analytics.trial import RUN_UP_MS, Setting
from core.errors import NotAllowed, StoreAway
from core.interval import DAY_MS
from core.registry import Registry
from nightwatt.trial_process import Task, TrialProcess

log = logging.getLogger(__name__)

WAITING_AT_MOST = 8
KEPT_AT_MOST = 32


class Trials:
    """Of analytics.backtests.Backtests. Results are kept in memory, the last ones only."""

    def __init__(
        self,
        *,
        registry: Callable[[], Registry],
        history: History,
        clock: Callable[[], int],
        rules: Ruleset = EVERY_RULE,
    ) -> None:
        self._registry, self._history, self._clock, self._rules = registry, history, clock, rules
        self._kept: OrderedDict[int, Backtest] = OrderedDict()
        self._number = 0
        self._running: TrialProcess | None = None
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="back-tests", daemon=True)

    def start(self, wanted: Wanted, *, by: str, now: int) -> Backtest:
        with self._changed:
            if any(not row.is_over and row.by == by for row in self._kept.values()):
                raise NotAllowed("your last back-test is not over yet: wait for it, or cancel it")
            if sum(row.state is Progress.QUEUED for row in self._kept.values()) >= WAITING_AT_MOST:
                raise NotAllowed("too many back-tests are waiting: try again in some minutes")
            if self._thread.ident is None:
                self._thread.start()
            self._number += 1
            made = self._kept[self._number] = Backtest(self._number, by, wanted, now)
            self._forget()
            self._changed.notify()
            return made

    def get(self, id: int, *, by: str) -> Backtest | None:
        with self._changed:
            found = self._kept.get(id)
            return found if found is not None and found.by == by else None

    def latest(self, *, by: str) -> Backtest | None:
        with self._changed:
            return next((row for row in reversed(self._kept.values()) if row.by == by), None)

    def cancel(self, id: int, *, by: str) -> bool:
        with self._changed:
            found = self._kept.get(id)
            if found is None or found.by != by:
                return False
            if not found.is_over:
                self._kept[id] = replace(found, state=Progress.CANCELLED)
                if found.state is Progress.RUNNING and self._running:
                    self._running.stop()
            return True

    def stop(self) -> None:
        """End what runs; what waits is cancelled."""
        with self._changed:
            self._stopping = True
            if self._running:
                self._running.stop()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)

    def _forget(self) -> None:
        over = [row.id for row in self._kept.values() if row.is_over]
        for id in over[: max(0, len(self._kept) - KEPT_AT_MOST)]:
            del self._kept[id]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._next() is not None)
                todo = self._next()
                if self._stopping or todo is None:
                    return
                self._kept[todo.id] = replace(todo, state=Progress.RUNNING)
            self._run(todo)

    def _next(self) -> Backtest | None:
        return next((row for row in self._kept.values() if row.state is Progress.QUEUED), None)

    def _run(self, todo: Backtest) -> None:
        try:
            self._compare(todo)
        except (EOFError, OSError) as error:  # stopped, unless nobody asked for it
            self._end(todo.id, Progress.FAILED, error=f"it ended early: {error or 'no result came'}")
        except StoreAway:
            self._end(todo.id, Progress.FAILED, error="the readings can't be reached")
        except Exception as error:
            log.exception("back-test %d failed", todo.id)
            self._end(todo.id, Progress.FAILED, error=str(error)[:300] or type(error).__name__)

    def _compare(self, todo: Backtest) -> None:
        now = self._clock()
        process = TrialProcess(self._task(todo.wanted, now=now))
        try:
            with self._changed:
                self._running = process
                if self._stopping or self._kept[todo.id].is_over:
                    return
            result = process.run(self._history, now=now, on_progress=lambda at: self._told(todo, at, now=now))
            self._end(todo.id, Progress.DONE, result=result)
        finally:
            with self._changed:
                self._running = None
            process.close()

    def _task(self, wanted: Wanted, *, now: int) -> Task:
        registry = self._registry()
        today = Setting(registry, self._rules)
        tried = Setting(changed(registry, wanted), ruleset(wanted.rules, base=self._rules))
        return Task(today, tried, now - wanted.days * DAY_MS, now, wanted.enterprises)

    def _told(self, todo: Backtest, at: int, *, now: int) -> None:
        whole = todo.wanted.days * DAY_MS + RUN_UP_MS
        with self._changed:
            row = self._kept[todo.id]
            share = min(1.0, max(0.0, 1 - (now - at) / whole))
            self._kept[todo.id] = replace(row, share=share, judged_to=at)

    def _end(self, id: int, state: Progress, **found: object) -> None:
        with self._changed:
            row = self._kept[id]
            if not row.is_over:
                self._kept[id] = replace(row, state=state, share=1.0 if state is Progress.DONE else row.share, **found)  # type: ignore[arg-type]


def changed(registry: Registry, wanted: Wanted) -> Registry:
    """The registry with what is tried; a limit or facility that is not there any more is passed over."""
    limits, facilities = dict(wanted.limits), {row.id: new for row, new in wanted.facilities}
    return replace(
        registry,
        thresholds=tuple(limits.get(row, row) for row in registry.thresholds),
        facilities=tuple(facilities.get(row.id, row) for row in registry.facilities),
    )
