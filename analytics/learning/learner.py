"""Learning thresholds for all facilities at once, in one pass over their readings."""

from collections.abc import Callable, Sequence

from analytics.learning.gathered import Gathered
from analytics.learning.judge import Learning, judged
from analytics.learning.proposal import Proposal
from analytics.replay import History
from core.registry import Registry

DEFAULTS = Learning()


def learn(
    registry: Registry,
    history: History,
    *,
    start: int,
    end: int,
    facilities: Sequence[str] | None = None,
    settings: Learning = DEFAULTS,
    on_progress: Callable[[int], None] = lambda at: None,
) -> list[Proposal]:
    """A proposal for each metered facility named, or for all, from the readings of [start, end).

    Memory is bounded by the facilities and one batch. KeyError where a facility is not in the registry. Where
    ratios were corrected, hand in a `Corrected` history.
    """
    gathered = Gathered(registry, start=start, end=end, facilities=facilities)
    if not len(gathered.meters):
        return []
    meters = None if len(gathered.meters) == len(registry.meters) else gathered.meters
    for batch in history.scan(start, end, meters=meters, quantities=("p",)):
        gathered.add(batch)
        if len(batch):
            on_progress(int(batch.ts[-1]))
    return [
        judged(
            draw,
            enterprise=registry.facility(draw.facility).enterprise,
            from_at=start,
            to_at=end,
            settings=settings,
        )
        for draw in gathered.draws()
    ]
