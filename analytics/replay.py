"""The engine over history: to catch up after a restart, and later to back-test."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from analytics.engine import Engine
from core.alarm import Transition
from core.readings import QUANTITIES, IntArray, Readings


class History(Protocol):
    """The read half of a series store."""

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]: ...


def quantities_judged(engine: Engine) -> tuple[str, ...]:
    """The columns that some rule looks at; the others need not be read."""
    named = {row.quantity for row in engine.registry.thresholds} | {"p", "ep"}
    named |= {name for rule in engine.rules if rule.subjects for name in rule.quantities}
    return tuple(name for name in QUANTITIES if name in named)


def replay(
    engine: Engine,
    history: History,
    *,
    start: int,
    end: int,
    now: int,
    lateness: int | None = None,
    on_progress: Callable[[int], None] = lambda at: None,
) -> Iterator[list[Transition]]:
    """Step the engine through [start, end) in order of time; yields the transitions of each batch.

    Readings that arrived more than `lateness` ms after their instant are left out, as they were when they came.
    """
    for batch in history.scan(start, end, quantities=quantities_judged(engine)):
        judged = batch.meter < len(engine.registry.meters)
        if lateness is not None:
            judged &= batch.ts >= batch.received_at - lateness
        yield engine.step(batch.take(judged), now=now)
        on_progress(int(batch.ts[-1]))
