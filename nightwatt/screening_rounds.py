"""When the service screens: every so often, and at once when it is told to."""

import contextlib
from collections.abc import Callable

from core.errors import StoreAway
from core.ports import SeriesStore
from core.registry import Registry
from nightwatt.books import Books
from nightwatt.findings import Findings
from nightwatt.screening import Screenings, WatchedSeries
from nightwatt.settings import ScreeningSettings


class ScreeningRounds:
    """Screens what is due of the registry of the moment. `stopping` ends it between two months."""

    def __init__(
        self,
        settings: ScreeningSettings,
        books: Books,
        *,
        series: SeriesStore,
        watched: WatchedSeries | None,
        findings: Findings | None,
        registry: Callable[[], Registry],
        clock: Callable[[], int],
        stopping: Callable[[], bool],
    ) -> None:
        self._screenings = Screenings(
            series, books.screenings, books.focus, settings.windows(), days=settings.period_days
        )
        self._watched, self._findings = watched, findings
        self._registry, self._clock, self._stopping = registry, clock, stopping
        self._due_every_ms = settings.every_minutes * 60_000
        self._screened_at = 0

    def round(self) -> None:
        """Screen if it is time to; while readings wait on the disk the next round sees to it."""
        if self._clock() - self._screened_at >= self._due_every_ms:
            with contextlib.suppress(StoreAway):
                self.screen()

    def screen(self) -> None:
        """Screen the months that are due, then the last days, whose result is the focus list."""
        now, registry = self._clock(), self._registry()
        for period in self._screenings.due(registry, now=now):
            if self._stopping():
                return
            with self._watched.screening(period) if self._watched else contextlib.nullcontext():
                self._screenings.month(registry, period, now=now)
        results = self._screenings.running(registry, now=now).imbalances
        if self._findings:
            self._findings.screened(results, at=now)
        self._screened_at = now
