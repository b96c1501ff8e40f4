"""Back-test: the live engine over history, once with today's setting and once with one that is tried.

Only the enterprises concerned are judged. Both engines see the same readings, batch by batch, so history is read once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from analytics.comparison import Comparison, Episode, Outcome, episodes
from analytics.engine import Engine
from analytics.excerpt import Excerpt
from analytics.paced import paced
from analytics.replay import History, quantities_judged
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from core.alarm import Transition
from core.interval import DAY_MS
from core.readings import QUANTITIES, Readings
from core.registry import Registry

RUN_UP_MS = 15 * DAY_MS
"""Readings before the span that bring the engines into the state of its beginning: states, delays and baselines."""

SLICE_ROWS = 250_000
"""Rows between two looks at whether the trial is still wanted: a fraction of a second of work."""


class Conclusions(Protocol):
    """What cases have come to. None: no case has judged that subject's alarm of that span, ms UTC."""

    def __call__(self, rule: str, subject: str, *, start: int, end: int) -> str | None: ...


def not_judged_yet(rule: str, subject: str, *, start: int, end: int) -> str | None:
    """Where there are no cases."""
    return None


@dataclass(frozen=True)
class Setting:
    """What an engine is made with."""

    registry: Registry
    ruleset: Ruleset = EVERY_RULE


class Trial:
    """Two engines side by side. Both registries number their meters as history does."""

    def __init__(
        self, today: Setting, tried: Setting, *, start: int, end: int, enterprises: frozenset[str] | None = None
    ) -> None:
        self.start, self.end = start, end
        self._arms = [_Arm(setting, enterprises) for setting in (today, tried)]
        named = {name for arm in self._arms for name in quantities_judged(arm.engine)}
        self.quantities = tuple(name for name in QUANTITIES if name in named)
        self.meters = self._arms[0].excerpt.meters

    def step(self, batch: Readings, *, now: int) -> None:
        """Judge a batch of history, in order of time, with both."""
        for arm in self._arms:
            arm.step(batch, now=now)

    def comparison(self, conclusions: Conclusions = not_judged_yet) -> Comparison:
        """What has been found so far."""
        today, tried = (arm.outcome(self.start, self.end, conclusions) for arm in self._arms)
        return Comparison(self.start, self.end, today, tried)


class _Arm:
    """One engine over an excerpt of its registry."""

    def __init__(self, setting: Setting, enterprises: frozenset[str] | None) -> None:
        self.excerpt = Excerpt.of(setting.registry, enterprises)
        self.engine = Engine(self.excerpt.registry, setting.ruleset)
        self._found: list[Transition] = []

    def step(self, batch: Readings, *, now: int) -> None:
        found = paced(self.engine, self.excerpt.renumbered(batch), now=now)
        self._found += [replace(row, evidence={}) for row in found]  # of a year there may be many

    def outcome(self, start: int, end: int, conclusions: Conclusions) -> Outcome:
        found = episodes(self._found, start=start, end=end)
        judged = tuple(_concluded(row, end, conclusions) for row in found)
        zones = {row.id: row.timezone for row in self.engine.registry.enterprises}
        return Outcome(judged, tuple(self.engine.unjudged()), zones)


def trial(
    today: Setting,
    tried: Setting,
    history: History,
    *,
    start: int,
    end: int,
    now: int,
    enterprises: frozenset[str] | None = None,
    run_up: int = RUN_UP_MS,
    conclusions: Conclusions = not_judged_yet,
    on_progress: Callable[[int], None] = lambda at: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison | None:
    """Compare two settings over [start, end) ms UTC; None where it was cancelled on the way.

    enterprises  the only ones to judge; None: all
    on_progress  told the event time, ms UTC, that has been judged, some times a second
    cancelled    asked as often
    """
    run = Trial(today, tried, start=start, end=end, enterprises=enterprises)
    wanted = history.scan(start - run_up, end, meters=run.meters, quantities=run.quantities)
    for batch in sliced(wanted):
        if cancelled():
            return None
        run.step(batch, now=now)
        on_progress(int(batch.ts[-1]))
    return None if cancelled() else run.comparison(conclusions)


def sliced(batches: Iterable[Readings], *, rows: int = SLICE_ROWS) -> Iterator[Readings]:
    """The same readings in batches of so many at most."""
    for batch in batches:
        for first in range(0, len(batch), rows):
            yield batch if len(batch) <= rows else batch.take(slice(first, first + rows))


def _concluded(row: Episode, end: int, conclusions: Conclusions) -> Episode:
    return replace(row, conclusion=conclusions(row.rule, row.subject, start=row.since, end=row.ended_at or end))
