"""Runs of one facility's state: samples of any order put into the spans over which nothing else was seen."""

from bisect import bisect_right
from dataclasses import dataclass

from core.facility_state import Running


@dataclass(slots=True)
class Run:
    """One row. `id` is None before it is written; `changed` says that its row is out of date."""

    state: Running
    since: int
    seen_at: int
    id: int | None = None
    changed: bool = False


def put(runs: list[Run], state: Running, at: int) -> None:
    """Put a sample into runs of ascending `since`; a neighbour of the same state grows by it.

    A sample that contradicts the middle of a run splits it, and what the run had seen between its ends is
    forgotten: samples that come again mend that.
    """
    i = bisect_right(runs, at, key=lambda run: run.since) - 1
    before = runs[i] if i >= 0 else None
    after = runs[i + 1] if i + 1 < len(runs) else None
    if before and before.state is state:
        _see(before, max(at, before.seen_at))
    elif before and at in (before.since, before.seen_at):
        return  # two states at one instant: the first one stays
    elif before and at < before.seen_at:
        tail = Run(before.state, before.seen_at, before.seen_at)
        _see(before, before.since)
        runs[i + 1 : i + 1] = [Run(state, at, at), tail]
    elif after and after.state is state:
        after.since, after.changed = at, True
    else:
        runs.insert(i + 1, Run(state, at, at))


def _see(run: Run, at: int) -> None:
    if run.seen_at != at:
        run.seen_at, run.changed = at, True
