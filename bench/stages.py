"""Where the ingest thread's time goes: CPU seconds by stage, counted once a batch."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.readings import Readings
from ingest.intake import Intake
from ingest.message import Message
from ingest.pipeline import Pipeline
from ingest.quality import Marks

STAGES = ("gather", "decode", "mark", "store", "engine", "commit", "metrics", "acknowledge")


class Stages:
    """Wraps the parts of a road. `commit` happens within `engine` and is taken out of it."""

    def __init__(self) -> None:
        self.cpu_s = dict.fromkeys(STAGES, 0.0)
        self.batches = 0

    def around(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return act(*args, **named)
            finally:
                self.cpu_s[name] += time.thread_time() - began

        return timed

    def shares(self) -> dict[str, float]:
        """CPU seconds by stage, none counted twice."""
        return self.cpu_s | {"engine": self.cpu_s["engine"] - self.cpu_s["commit"]}


class WatchedMarks(Marks):
    """The product's quality marks; `doubtful` counts the readings that got one."""

    doubtful = 0

    def mark(self, batch: Readings) -> Readings:
        marked = super().mark(batch)
        self.doubtful += int(np.count_nonzero(marked.quality))
        return marked


class WatchedIntake(Intake):
    """The product's intake, with stages marked between its batches; `done` is told how many were acknowledged."""

    def __init__(self, *args: Any, stages: Stages, done: Callable[[int], None], **named: Any) -> None:
        super().__init__(*args, **named)
        self._stages, self._done, self._finished, self._size = stages, done, 0.0, 0
        self.first_at = 0.0

    def _next_batch(self) -> list[Message] | None:
        began = time.thread_time()
        if self._size:
            self._stages.cpu_s["acknowledge"] += began - self._finished
            self._done(self._size)
        batch = super()._next_batch()
        self._stages.cpu_s["gather"] += time.thread_time() - began
        self._stages.batches += 1
        if batch:
            self.first_at = self.first_at or batch[0].arrived
        return batch

    def finished(self, batch: Sequence[Message]) -> None:
        self._finished, self._size = time.thread_time(), len(batch)


def watch(pipeline: Pipeline, stages: Stages) -> None:
    """Put clocks around the steps of a pipeline."""
    pipeline._decode = stages.around("decode", pipeline._decode)  # type: ignore[method-assign]
    pipeline._store = stages.around("store", pipeline._store)  # type: ignore[method-assign]
