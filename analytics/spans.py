"""The engine over a history in which parameters changed: each span is judged by what was in force in it.

At the instant of a change the engine goes on over the registry of the new span with the state that both know, as
the live engine does when a registry is reloaded. Where ratios were corrected, hand in a `Corrected` history.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from analytics import snapshot
from analytics.engine import Engine
from analytics.replay import History, replay
from core.alarm import State, Transition
from core.registry import Registry

NO_LONGER = "no longer supervised: what it was about has changed"


def replay_versions(
    load: Callable[[int], Registry],
    changes: Sequence[int],
    history: History,
    *,
    start: int,
    end: int,
    now: int,
    make: Callable[[Registry], Engine] = Engine,
    engine: Engine | None = None,
    lateness: int | None = None,
    on_progress: Callable[[int], None] = lambda at: None,
) -> Iterator[list[Transition]]:
    """Step through [start, end) in order of time, as analytics.replay.replay; yields the transitions of each batch.

    load     the registry in force at an instant
    changes  the instants at which it changes, in any order; those outside (start, end) don't matter
    make     builds an engine over a registry; `engine` is one to begin with, and is not changed after its span
    """
    edges = [start, *sorted({at for at in changes if start < at < end}), end]
    for first, last in pairwise(edges):
        engine, ended = (engine, []) if engine and first == start else _next(load(first), engine, make=make, at=first)
        if ended:
            yield ended
        yield from replay(engine, history, start=first, end=last, now=now, lateness=lateness, on_progress=on_progress)


def _next(
    registry: Registry, engine: Engine | None, *, make: Callable[[Registry], Engine], at: int
) -> tuple[Engine, list[Transition]]:
    """An engine over the new registry, and the ends of the alarms that it has no subject for."""
    fresh = make(registry)
    if engine is None:
        return fresh, []
    snapshot.restore(fresh, snapshot.save(engine))
    subjects = {(rule.id, subject.name) for rule in fresh.rules for subject in rule.subjects}
    ended = [
        Transition(
            at=at,
            rule=alarm.rule,
            subject=alarm.subject,
            enterprise=alarm.enterprise,
            severity=alarm.severity,
            state=State.NORMAL,
            since=alarm.since,
            reason=NO_LONGER,
        )
        for alarm in engine.standing()
        if (alarm.rule, alarm.subject) not in subjects
    ]
    return fresh, ended
