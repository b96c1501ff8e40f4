"""The road: subscriber → pipeline → store and engine → outbox → notifier, wired over one registry."""

import threading
import time
from collections.abc import Callable

from analytics.live import Live
from analytics.screening.imbalance import screen
from core.interval import DAY_MS
from core.ports import SeriesStore
from ingest.intake import Intake
from ingest.mqtt import Subscriber
from ingest.pipeline import Pipeline
from nightwatt.books import Books
from nightwatt.metrics import Metrics
from nightwatt.rounds import Rounds
from nightwatt.settings import Settings
from notify.channels import CHANNELS
from notify.pipeline import Notifier
from notify.runner import Runner

REGISTRY_EVERY_S = 2.0


class Road:
    """Everything between the broker and the phones. `start` returns once what was missed is caught up."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        *,
        series: SeriesStore,
        metrics: Metrics,
        clock: Callable[[], int],
        wall: Callable[[], int],
    ) -> None:
        self._settings, self._books, self._series, self._clock = settings, books, series, clock
        self._stopping, self._reloading = threading.Event(), threading.Lock()
        self._asked_at = 0.0
        registry = books.registry.load()
        self._version = registry.version
        self.registry = registry
        notifier = Notifier(
            books.outbox,
            CHANNELS,
            clock=clock,
            wall=wall,
            link=lambda alarm: f"{settings.address}/alarms/{alarm}",
            observe=metrics,
        )
        self.notifier = Runner(notifier, observe=metrics)
        self.live = Live(registry, log=books.transitions, history=series, on_commit=self.notifier.wake)
        self.pipeline = Pipeline(
            registry,
            series=series,
            evaluator=self.live,
            dead_letters=books.dead_letters,
            clock=clock,
            observer=metrics,
            stopping=self._stopping,
            refresh=self._refresh,
        )
        self.intake = Intake(self.pipeline)
        self.subscriber = Subscriber(
            settings.broker(),
            client_id=settings.mqtt_client_id,
            topics=self.pipeline.routing.topics,
            intake=self.intake,
            clock=clock,
        )
        self._screened_at = 0
        self._screening_due_every_ms = settings.screening.every_minutes * 60_000
        self._watch = Rounds("registry", self._reload, every_s=lambda: REGISTRY_EVERY_S)
        self._screener = Rounds("screening", self._screen_if_due, every_s=lambda: 5.0)

    def start(self) -> None:
        self.live.start(now=self._clock())
        self.notifier.start()
        self.intake.start()
        self.subscriber.start()
        self._watch.start()
        self._screener.start()

    def stop(self) -> None:
        """In the order of the road, so that what is in hand is finished and written."""
        self._stopping.set()
        self.intake.open_gates()
        self.subscriber.stop()
        self.intake.stop()
        self._watch.stop()
        self._screener.stop()
        self.live.close(now=self._clock())
        self.notifier.stop(timeout=12)

    def screen(self) -> None:
        """Screen the last days now and put the result on the focus list."""
        now = self._clock()
        wanted = self._settings.screening
        results = screen(
            self.registry,
            self._series,
            from_at=now - (wanted.period_days + 1) * DAY_MS,
            to_at=now,
            settings=wanted.windows(),
        )
        self._books.focus.save(results, now=now)
        self._screened_at = now

    def readiness(self) -> dict[str, str]:
        """Each part, "ok" or what is wrong with it."""
        away = self.pipeline.away
        return {
            "broker": "ok" if self.subscriber.subscribed.is_set() else self.subscriber.trouble,
            "ingest": self.intake.trouble or "ok",
            "series store": away or _trouble(self._series.count),
            "database": _trouble(self._books.registry.version),
            "notifier": "the last round failed, see the log" if self.notifier.failing else "ok",
        }

    def _screen_if_due(self) -> None:
        if self._clock() - self._screened_at >= self._screening_due_every_ms:
            self.screen()

    def _refresh(self) -> bool:
        """Asked for an unknown meter, which an import may just have brought; once a second at most."""
        if time.monotonic() - self._asked_at < 1:
            return False
        self._asked_at = time.monotonic()
        return self._reload()

    def _reload(self) -> bool:
        with self._reloading:
            if self._books.registry.version() == self._version:
                return False
            registry = self._books.registry.load()
            # The engine first: it must know every meter that the pipeline can name.
            self.live.reload(registry)
            self.pipeline.use(registry)
            self.registry, self._version = registry, registry.version
            return True


def _trouble(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:
        return str(error)[:200] or type(error).__name__
    return "ok"
