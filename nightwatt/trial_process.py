"""A back-test in a process of its own, so that judging years of readings takes nothing from the road.

The parent reads the series store, which one process alone may open, and hands the readings over.
"""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from analytics.comparison import Comparison
from analytics.replay import History
from analytics.trial import RUN_UP_MS, Setting, Trial, sliced
from core.readings import COLUMN, QUANTITIES, Readings, readings

NICE = 10
"""The road comes first."""
ROWS = 100_000
"""Rows handed over at a time: a few megabytes."""

_SPAWN = get_context("spawn")  # a fork would take the parent's threads and locks along


@dataclass(frozen=True)
class Task:
    """What the process is to compare, over [start, end) ms UTC."""

    today: Setting
    tried: Setting
    start: int
    end: int
    enterprises: frozenset[str] | None


class TrialProcess:
    """A back-test under way. `stop` may come from any thread, and ends `run` at once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._mine, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(theirs, task), name="back-test", daemon=True)
        self._process.start()
        theirs.close()

    def run(self, history: History, *, now: int, on_progress: Callable[[int], None]) -> Comparison:
        """Hand history over and wait for the result; EOFError or OSError where the process has been stopped."""
        try:
            self._hand_over(history, now=now, on_progress=on_progress)
        except OSError:
            if not self._mine.poll():  # else it has said why
                raise
        found = self._mine.recv()
        if isinstance(found, Comparison):
            return found
        raise RuntimeError(str(found))

    def _hand_over(self, history: History, *, now: int, on_progress: Callable[[int], None]) -> None:
        meters, quantities = self._mine.recv()
        start = self._task.start - RUN_UP_MS
        for batch in sliced(history.scan(start, self._task.end, meters=meters, quantities=quantities), rows=ROWS):
            self._mine.send((now, _packed(batch, quantities)))
            on_progress(int(batch.ts[-1]))
        self._mine.send(None)

    def stop(self) -> None:
        """End the process, if it has not ended."""
        self._process.terminate()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()

    def close(self) -> None:
        """Let go of what belongs to it."""
        self.stop()
        self._mine.close()


def _packed(batch: Readings, quantities: tuple[str, ...]) -> tuple[Any, ...]:
    columns = [COLUMN[name] for name in quantities]
    return batch.meter.astype(np.int32), batch.ts, batch.values[:, columns], batch.quality.astype(np.int16)


def _unpacked(packed: tuple[Any, ...], quantities: tuple[str, ...]) -> Readings:
    meter, ts, values, quality = packed
    whole = np.full((len(ts), len(QUANTITIES)), np.nan)
    whole[:, [COLUMN[name] for name in quantities]] = values
    return readings(meter, ts, values=whole, quality=quality)


def _work(connection: Connection, task: Task) -> None:
    """The other side: takes readings until None comes, answers with the comparison, or with what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the parent, which then stops us
    os.nice(NICE)
    try:
        run = Trial(task.today, task.tried, start=task.start, end=task.end, enterprises=task.enterprises)
        connection.send((run.meters, run.quantities))
        for now, packed in _handed_over(connection):
            run.step(_unpacked(packed, run.quantities), now=now)
        connection.send(run.comparison())
    except EOFError:
        return  # nobody waits any more
    except Exception as error:
        connection.send(f"{type(error).__name__}: {error}")


def _handed_over(connection: Connection) -> Iterator[tuple[int, tuple[Any, ...]]]:
    while (found := connection.recv()) is not None:
        yield found
