"""`contradiction` 申报不符: production runs while the enterprise's own approved filing says that it is off.

An alarm is about one filing, and the production among the facilities that it names: all where it names none.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from analytics.plant import Plant
from analytics.rules.orders import Demand, metered_of
from analytics.rules.window_order import ForbiddenProduction, Span
from analytics.states import FAR, NEVER
from core.filing import STANDS, Announced, Filing
from core.interval import MINUTE_MS, to_text
from core.registry import Facility, Kind, Registry

OFF_BY_OWN_WORD = frozenset({Announced.PRODUCTION_OFF})
"""A power cut that ends before its time is nobody's breach: who only filed that may produce again."""


@dataclass(frozen=True, slots=True)
class ContradictionSettings:
    """run_down_min  after the filing begins, in which production may come to rest
    on_delay_min  how long production must be ON after it; at least two intervals of the slowest meter [D]
    """

    run_down_min: int = 60
    on_delay_min: int = 10


class Contradiction(ForbiddenProduction):
    """Approved filings that announce that production is off."""

    id: ClassVar[str] = "contradiction"
    says: ClassVar[dict[str, str]] = {
        "zh": "企业报备停产期间，产污设施仍在运行",
        "en": "Production runs during a shutdown that the enterprise filed",
    }
    Settings = ContradictionSettings

    def __init__(self, registry: Registry, plant: Plant, settings: ContradictionSettings) -> None:
        self.settings = settings
        self.run_down_ms = settings.run_down_min * MINUTE_MS
        asked = [_demand(registry, row) for row in registry.filings if _announces_rest(registry, row)]
        self._prepare(registry, asked, on_delay_min=settings.on_delay_min)

    def _span(self, subject: int, at: int) -> Span:
        row = self.demands.asked[subject]
        start = row.from_at + self.run_down_ms
        return (NEVER, start, row.to_at) if at < row.to_at else (row.to_at, FAR, FAR)

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        row = self.demands.asked[subject]
        filing = next(filing for filing in self.registry.filings_of(row.enterprise) if filing.id == row.id)
        names, running = self._running(subject, plant)
        reason = f"production runs ({names}) while filing {filing.id} ({filing.kind}) says that it is off"
        return reason, {
            "contradicted_filing": filing.id,
            "kind": filing.kind,
            "announced": sorted(filing.announced),
            "filing_from": to_text(filing.from_at),
            "filing_to": to_text(filing.to_at),
            "run_down_min": self.settings.run_down_min,
            "on_delay_s": int(self.timers.on_delay[subject]) // 1000,
            "running": running,
        }


def _announces_rest(registry: Registry, row: Filing) -> bool:
    return row.status in STANDS and bool(row.announced & OFF_BY_OWN_WORD) and bool(_meant(registry, row))


def _meant(registry: Registry, row: Filing) -> list[Facility]:
    made = registry.facilities_of(row.enterprise, Kind.PRODUCTION)
    return [facility for facility in made if not row.facilities or facility.id in row.facilities]


def _demand(registry: Registry, row: Filing) -> Demand:
    return Demand(row.id, row.enterprise, row.from_at, row.to_at, metered_of(registry, _meant(registry, row)))
