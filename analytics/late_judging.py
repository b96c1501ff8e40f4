"""An enterprise's past judged again, without and with the readings that came late for it.

What both judgements have in common says nothing of late readings, and is left as it was recorded: a judgement from a
warm-up may differ a little from one that has been running for years.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from analytics.engine import Engine
from analytics.excerpt import Excerpt
from analytics.late import found_in
from analytics.replay import History
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from analytics.spans import replay_versions
from core.interval import DAY_MS
from core.late import Found
from core.readings import IntArray, Readings
from core.registry import Registry

LATENESS_MS = 900_000
WARM_UP_MS = 2 * DAY_MS
LEARNING_MS = 22 * DAY_MS
"""The warm-up where a rule is judged that goes by what was usual in the days before."""
LEARNING = frozenset({"idling", "balance", "stop-order", "limit-order"})


@dataclass(frozen=True, slots=True)
class Span:
    """One enterprise in [start, end), ms UTC."""

    enterprise: str
    start: int
    end: int


class Judging:
    """Judges spans over the registries of their time. `load` gives the registry in force at an instant."""

    def __init__(
        self,
        load: Callable[[int], Registry],
        history: History,
        *,
        ruleset: Ruleset = EVERY_RULE,
        on_progress: Callable[[int], None] = lambda at: None,
    ) -> None:
        self._load, self._history, self._ruleset, self._on_progress = load, history, ruleset, on_progress

    def judged(self, span: Span, changes: Sequence[int]) -> tuple[list[Found], list[Found]]:
        """Episodes that were not over before the span began: without what came late in it, and with all. StoreAway."""
        part = _Part(self._load, self._history, span)
        start = span.start - self._warm_up(part.registry(span.start))
        without = self._found(replace(part, late_since=span.start), span, start=start, changes=changes)
        return without, self._found(part, span, start=start, changes=changes)

    def _found(self, part: "_Part", span: Span, *, start: int, changes: Sequence[int]) -> list[Found]:
        batches = replay_versions(
            part.registry,
            changes,
            part,
            start=start,
            end=span.end,
            now=span.end,
            make=lambda registry: Engine(registry, self._ruleset),
            on_progress=self._on_progress,
        )
        return found_in((row for found in batches for row in found), since=span.start)

    def _warm_up(self, registry: Registry) -> int:
        engine = Engine(registry, self._ruleset)
        learns = any(rule.subjects for rule in engine.rules if rule.id in LEARNING)
        return LEARNING_MS if learns else WARM_UP_MS


@dataclass(frozen=True)
class _Part:
    """History of one enterprise, numbered as the excerpt of the registry that is in force where reading begins.

    late_since  what came late for an instant from then on is left out; None: nothing is
    """

    load: Callable[[int], Registry]
    history: History
    span: Span
    late_since: int | None = None

    def registry(self, at: int) -> Registry:
        return self._excerpt(at).registry

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        excerpt = self._excerpt(start)
        for batch in self.history.scan(start, end, meters=excerpt.meters, quantities=quantities):
            taken = excerpt.renumbered(self._in_time(batch))
            if len(taken):
                yield taken

    def _excerpt(self, at: int) -> Excerpt:
        return Excerpt.of(self.load(at), frozenset({self.span.enterprise}))

    def _in_time(self, batch: Readings) -> Readings:
        if self.late_since is None:
            return batch
        return batch.take((batch.ts < self.late_since) | (batch.received_at - batch.ts <= LATENESS_MS))
