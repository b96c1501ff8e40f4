"""A recorded transition judged again, from stored readings and the registry of its time.

Penalties are contested months later: what was recorded must come out again of the raw readings, or the answer says
what comes out otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analytics.engine import Engine
from analytics.excerpt import Excerpt
from analytics.paced import paced, until
from analytics.replay import History, quantities_judged
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from core.alarm import Transition
from core.interval import DAY_MS, MINUTE_MS
from core.registry import Registry

WARM_UP_MS = 21 * DAY_MS
"""Readings before the condition began: what baselines reach back, with states and delays."""
LATENESS_MS = 900_000
"""Readings that came later than this had no part in the judgement of the time."""
AFTER_MS = 10 * MINUTE_MS
"""How far judging goes on after the instant of the record."""

COMPARED = ("at", "severity", "state", "since", "enterprise", "ticket", "reason")
VERSIONS = frozenset({"registry_version"})
"""Part of the evidence, but no finding."""


@dataclass(frozen=True)
class Recomputed:
    """What was recorded, what comes out now (None: nothing of the kind), and what differs, in words; () is the same."""

    recorded: Transition
    found: Transition | None
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def recompute(
    recorded: Transition,
    registry: Registry,
    history: History,
    *,
    ruleset: Ruleset = EVERY_RULE,
    warm_up: int = WARM_UP_MS,
) -> Recomputed:
    """Judge a transition's enterprise again from before its condition began.

    `registry` is the one of its time, with meters numbered as history has them. First without what came late, as it
    was judged then; then with everything, as the record may have been corrected since.
    """
    nearest: Transition | None = None
    for lateness in (LATENESS_MS, None):
        found = list(_judged(recorded, registry, history, ruleset=ruleset, warm_up=warm_up, lateness=lateness))
        same = [row for row in found if not _differences(recorded, row)]
        if same:
            return Recomputed(recorded, same[0], ())
        nearest = nearest or _nearest(recorded, found)
    return Recomputed(recorded, nearest, _differences(recorded, nearest))


def _judged(
    recorded: Transition,
    registry: Registry,
    history: History,
    *,
    ruleset: Ruleset,
    warm_up: int,
    lateness: int | None,
) -> Iterator[Transition]:
    """What the rule finds of the subject by then."""
    part = Excerpt.of(registry, frozenset({recorded.enterprise}))
    engine = Engine(part.registry, ruleset)
    start, end = recorded.since - warm_up, recorded.at + AFTER_MS
    found: list[Transition] = []
    for batch in history.scan(start, end, meters=part.meters, quantities=quantities_judged(engine)):
        taken = batch if lateness is None else batch.take(batch.received_at - batch.ts <= lateness)
        found += paced(engine, part.renumbered(taken), now=end)
    found += until(engine, end)
    yield from (row for row in found if (row.rule, row.subject) == (recorded.rule, recorded.subject))


def _nearest(recorded: Transition, found: list[Transition]) -> Transition | None:
    """Of the same episode if there is one, else of the same kind, the nearest in time."""
    alike = [row for row in found if row.state is recorded.state]
    own = [row for row in alike if row.since == recorded.since]
    return min(own or alike, key=lambda row: abs(row.at - recorded.at), default=None)


def _differences(recorded: Transition, found: Transition | None) -> tuple[str, ...]:
    if found is None:
        return ("nothing of the kind is found",)
    told = [(name, getattr(recorded, name), getattr(found, name)) for name in COMPARED]
    if recorded.evidence:
        before, after = _plain(recorded.evidence), _plain(found.evidence)
        told += [(f"evidence {name}", before.get(name), after.get(name)) for name in sorted(before.keys() | after)]
    return tuple(f"{name} was {was!r}, is {now!r}" for name, was, now in told if was != now)


def _plain(evidence: dict[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: keys are text, tuples lists."""
    return {str(key): _value(part) for key, part in evidence.items() if key not in VERSIONS}


def _value(part: Any) -> Any:
    if isinstance(part, dict):
        return {str(key): _value(inner) for key, inner in part.items()}
    return [_value(inner) for inner in part] if isinstance(part, list | tuple) else part
