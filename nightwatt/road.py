"""The road: subscriber → pipeline → store and engine → outbox → notifier, wired over one registry."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from analytics.corrected import CorrectedNow
from analytics.late_notes import LateNotes
from analytics.live import Live
from core.errors import StoreAway
from core.interval import DAY_MS
from core.ratios import RatioHistory
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
from nightwatt.late import EVERY_S as LATE_EVERY_S
from nightwatt.late import LateReadings
from nightwatt.metrics import Metrics
from nightwatt.passing import EVERY_S as PASSING_EVERY_S
from nightwatt.passing import Passing
from nightwatt.rounds import Rounds
from nightwatt.screening import WatchedSeries
from nightwatt.screening_rounds import ScreeningRounds
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
SCREENING_EVERY_S = 5.0
"""How often it is looked whether a screening is due."""
PAST_MS = 2 * DAY_MS
"""How old a meter's last reading may be to count as the past of its next."""
SETTLES_WITHIN_S = 20.0
FEW_WAITING = 1_000
"""Messages in hand; with more of them we are behind, and what has come is not yet known."""


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
        self.registry = books.registry.load()
        self._version = self.registry.version
        self._marks = Marks()
        self.notifier = self._open_notifier(metrics, wall)
        self._ratios: tuple[int, Sequence[RatioHistory]] = (-1, ())
        self.history = CorrectedNow(series, self._known_ratios)
        self._noted = LateNotes(books.late)
        self.live = self._open_live()
        self.pipeline = self._open_pipeline(metrics)
        self.intake = Intake(self.pipeline, joiner=Joiner(self.pipeline.routing.of))
        self.subscriber = self._open_subscriber()
        self.redelivery = Redelivery(books.dead_letters, self.intake)
        hears = settings.hj212.enabled and self.pipeline.routing.of(HJ212_ID) is not None
        self.stations = open_stations(settings, self.intake, clock=clock, observer=metrics) if hears else None
        self.uplink = open_uplink(settings, self.registry, series=series, clock=clock)
        self.hourly = open_hourly_values(settings, clock=clock)
        self.findings = self._open_findings(metrics)
        self.screenings = self._open_screenings(watched)
        self._rounds = self._beside(wall)

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

    def _open_notifier(self, metrics: Metrics, wall: Callable[[], int]) -> Runner:
        address = self._settings.address
        notifier = Notifier(
            self._books.outbox,
            CHANNELS,
            clock=self._clock,
            wall=wall,
            link=lambda alarm: f"{address}/alarms/{alarm}",
            observe=metrics,
        )
        return Runner(notifier, observe=metrics)

    def _open_live(self) -> Live:
        return Live(
            self.registry,
            log=self._books.transitions,
            history=self.history,
            on_commit=self.notifier.wake,
            energies=self._books.energies,
            late=self._noted,
            ruleset=self._settings.ruleset(),
        )

    def _open_pipeline(self, metrics: Metrics) -> Pipeline:
        return Pipeline(
            self.registry,
            series=self._series,
            evaluator=self.live,
            dead_letters=self._books.dead_letters,
            dialects=dialects_of(self._settings),
            marking=self._marks,
            states=self._books.states,
            clocks=self._settings.clock.limits(),
            clock=self._clock,
            observer=metrics,
            stopping=self._stopping,
            refresh=self._refresh,
        )

    def _open_subscriber(self) -> Subscriber:
        return Subscriber(
            self._settings.broker(),
            client_id=self._settings.mqtt_client_id,
            topics=self.pipeline.routing.topics,
            intake=self.intake,
            clock=self._clock,
        )

    def _open_screenings(self, watched: WatchedSeries | None) -> ScreeningRounds:
        return ScreeningRounds(
            self._settings.screening,
            self._books,
            series=self._series,
            watched=watched,
            findings=self.findings,
            registry=lambda: self.registry,
            clock=self._clock,
            stopping=self._stopping.is_set,
        )

    def _beside(self, wall: Callable[[], int]) -> list[Rounds]:
        """What is done again and again, each on a thread of its own."""
        found = [
            Rounds("registry", self._reload, every_s=lambda: REGISTRY_EVERY_S),
            Rounds("screening", self.screenings.round, every_s=lambda: SCREENING_EVERY_S),
            Rounds("owed judgements", lambda: self.live.catch_up(now=self._clock()), every_s=lambda: 1.0),
            Rounds("late readings", self._open_late().round, every_s=lambda: LATE_EVERY_S),
            Rounds("dead letters", lambda: self._books.dead_letters.age(now=wall()), every_s=lambda: 3_600.0),
        ]
        tick = Passing(lambda at: self.live.tick(now=at), hears=self._hears, clock=self._clock, wall=wall)
        found.append(Rounds("time that passes", tick.round, every_s=lambda: PASSING_EVERY_S))
        if self.hourly:
            found.append(Rounds("hourly values", self.hourly.round, every_s=lambda: HOURLY_EVERY_S))
        if self.findings:
            found.append(Rounds("findings", self.findings.round, every_s=lambda: FINDINGS_EVERY_S))
        return found

    def _hears(self) -> bool:
        """Whether what meters send reaches the engine, and without waiting for long."""
        away = self.intake.trouble or self.pipeline.away
        return self.subscriber.subscribed.is_set() and not away and self.intake.waiting < FEW_WAITING

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

    def _open_late(self) -> LateReadings:
        return LateReadings(
            self._noted,
            self._books.registry,
            self.history,
            live=self.live,
            registry=lambda: self.registry,
            clock=self._clock,
            stopping=self._stopping,
        )

    def _known_ratios(self) -> Sequence[RatioHistory]:
        """Of the meters whose ratio was ever changed, asked for anew with each version of the registry."""
        version, ratios = self._ratios
        if version != self._version:
            version, ratios = self._version, self._books.registry.ratios()
            self._ratios = (version, ratios)
        return ratios

    def _remember(self) -> None:
        """Give the quality marks the past of every meter; without the store they start with none."""
        self._marks.use(circuits(self.registry))
        with contextlib.suppress(StoreAway):
            self._marks.seed(self._series.latest(self._clock() - PAST_MS))

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
