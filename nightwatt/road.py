"""The road: subscriber → pipeline → store and engine → outbox → notifier, wired over one registry."""

import contextlib
import threading
import time
from collections.abc import Callable

from analytics.live import Live
from core.errors import StoreAway
from core.interval import DAY_MS
from ingest.intake import Intake
from ingest.joining import Joiner
from ingest.mqtt import Subscriber
from ingest.pipeline import Pipeline
from ingest.quality import Marks, circuits
from ingest.redelivery import Redelivery
from ingest.spooled import SpooledSeries
from nightwatt.books import Books
from nightwatt.dialects import HJ212_ID, dialects_of
from nightwatt.findings import Findings
from nightwatt.hourly import open_hourly_values
from nightwatt.metrics import Metrics
from nightwatt.rounds import Rounds
from nightwatt.screening import Screenings, WatchedSeries
from nightwatt.series import open_findings
from nightwatt.settings import Settings
from nightwatt.stations import open_stations
from nightwatt.uplink import open_uplink
from notify.channels import CHANNELS
from notify.pipeline import Notifier
from notify.runner import Runner

REGISTRY_EVERY_S = 2.0
HOURLY_EVERY_S = 600.0
FINDINGS_EVERY_S = 5.0
PAST_MS = 2 * DAY_MS
"""How old a meter's last reading may be to count as the past of its next."""
SETTLES_WITHIN_S = 20.0


class Road:
    """Everything between the broker and the phones. `start` returns once what was missed is caught up."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        *,
        series: SpooledSeries,
        metrics: Metrics,
        clock: Callable[[], int],
        wall: Callable[[], int],
        watched: WatchedSeries | None = None,
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
        self.live = Live(
            registry,
            log=books.transitions,
            history=series,
            on_commit=self.notifier.wake,
            energies=books.energies,
        )
        self._marks = Marks()
        self.pipeline = Pipeline(
            registry,
            series=series,
            evaluator=self.live,
            dead_letters=books.dead_letters,
            dialects=dialects_of(settings),
            marking=self._marks,
            states=books.states,
            clocks=settings.clock.limits(),
            clock=clock,
            observer=metrics,
            stopping=self._stopping,
            refresh=self._refresh,
        )
        self.intake = Intake(self.pipeline, joiner=Joiner(self.pipeline.routing.of))
        self.subscriber = Subscriber(
            settings.broker(),
            client_id=settings.mqtt_client_id,
            topics=self.pipeline.routing.topics,
            intake=self.intake,
            clock=clock,
        )
        self.redelivery = Redelivery(books.dead_letters, self.intake)
        hears = settings.hj212.enabled and self.pipeline.routing.of(HJ212_ID) is not None
        self.stations = open_stations(settings, self.intake, clock=clock, observer=metrics) if hears else None
        self.uplink = open_uplink(settings, registry, series=series, clock=clock)
        self.hourly = open_hourly_values(settings, clock=clock)
        wanted = settings.screening
        self._screenings = Screenings(series, books.screenings, books.focus, wanted.windows(), wanted.period_days)
        self._watched = watched
        self._screened_at = 0
        self._screening_due_every_ms = settings.screening.every_minutes * 60_000
        self.findings = self._open_findings(metrics)
        self._rounds = [
            Rounds("registry", self._reload, every_s=lambda: REGISTRY_EVERY_S),
            Rounds("screening", self._screen_if_due, every_s=lambda: 5.0),
            Rounds("owed judgements", lambda: self.live.catch_up(now=self._clock()), every_s=lambda: 1.0),
            Rounds("dead letters", lambda: books.dead_letters.age(now=wall()), every_s=lambda: 3_600.0),
        ]
        if self.hourly:
            self._rounds.append(Rounds("hourly values", self.hourly.round, every_s=lambda: HOURLY_EVERY_S))
        if self.findings:
            self._rounds.append(Rounds("findings", self.findings.round, every_s=lambda: FINDINGS_EVERY_S))

    def start(self) -> None:
        self._series.start()
        self._series.settle(SETTLES_WITHIN_S)  # what waited on the disk belongs to the history that is judged
        self.live.start(now=self._clock())
        self._remember()
        self.notifier.start()
        self.intake.start()
        self.subscriber.start()
        if self.stations:
            self.stations.start()
        if self.uplink:
            self.uplink.start()
        for rounds in self._rounds:
            rounds.start()

    def stop(self) -> None:
        """In the order of the road, so that what is in hand is finished and written."""
        self._stopping.set()
        if self.stations:
            self.stations.quiet()  # before the gates open: with them open it would never be told to wait
        self.intake.open_gates()
        self.subscriber.stop()
        self.intake.stop()
        if self.stations:
            self.stations.stop()
        if self.uplink:
            self.uplink.stop()
        if self.hourly:
            self.hourly.close()
        for rounds in self._rounds:
            rounds.stop()
        if self.findings:
            self.findings.round()
            self.findings.close()
        self.live.close(now=self._clock())
        self.notifier.stop(timeout=12)
        self._series.stop()

    def screen(self) -> None:
        """Screen the months that are due, then the last days, whose result is the focus list."""
        now = self._clock()
        for period in self._screenings.due(self.registry, now=now):
            if self._stopping.is_set():
                return
            with self._watched.screening(period) if self._watched else contextlib.nullcontext():
                self._screenings.month(self.registry, period, now=now)
        results = self._screenings.running(self.registry, now=now).imbalances
        if self.findings:
            self.findings.screened(results, at=now)
        self._screened_at = now

    def readiness(self) -> dict[str, str]:
        """Each part, "ok" or what is wrong with it."""
        beside = {"uplink": self.uplink, "hourly values": self.hourly}
        return {
            "broker": "ok" if self.subscriber.subscribed.is_set() else self.subscriber.trouble,
            "ingest": self.intake.trouble or self.pipeline.away or "ok",
            **self._series.readiness(),
            "database": _trouble(self._books.registry.version),
            "notifier": "the last round failed, see the log" if self.notifier.failing else "ok",
            **{name: _beside(part.trouble) for name, part in beside.items() if part},
        }

    def _open_findings(self, metrics: Metrics) -> Findings | None:
        store = open_findings(self._settings)
        if store is None:
            return None
        return Findings(
            store,
            alarms=self._books.alarms,
            cursor=self._settings.data / "findings",
            figures=[metrics.figures, lambda: {"messages_waiting": float(self.intake.waiting)}],
            clock=self._clock,
        )

    def _remember(self) -> None:
        """Give the quality marks the past of every meter; without the store they start with none."""
        self._marks.use(circuits(self.registry))
        with contextlib.suppress(StoreAway):
            self._marks.seed(self._series.latest(self._clock() - PAST_MS))

    def _screen_if_due(self) -> None:
        if self._clock() - self._screened_at >= self._screening_due_every_ms:
            with contextlib.suppress(StoreAway):  # readings wait on the disk: the next round has them all
                self.screen()

    def _refresh(self) -> bool:
        """Asked for an unknown meter, which an import may just have brought; once a second at most."""
        if time.monotonic() - self._asked_at < 1:
            return False
        self._asked_at = time.monotonic()
        return self._reload()

    def _reload(self) -> bool:
        with self._reloading:
            if self._books.registry.version(self._clock()) == self._version:
                return False
            registry = self._books.registry.load()
            # The engine and the stores first: they must know every meter that the pipeline can name.
            self.live.reload(registry)
            self.registry, self._version = registry, registry.version
            self.pipeline.use(registry)
            return True


def _beside(trouble: str) -> str:
    """Of a part without which nothing is lost: it makes nobody unready."""
    return f"degraded: {trouble}" if trouble else "ok"


def _trouble(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:
        return str(error)[:200] or type(error).__name__
    return "ok"
