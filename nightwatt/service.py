"""The service: all parts in one process, started and stopped in the order of the road."""

import time
from collections.abc import Callable
from typing import Any

from api.app import create_app
from api.services import Services
from core.errors import SetupError
from ingest.spool import Spool
from ingest.spooled import SpooledSeries
from nightwatt.books import open_books
from nightwatt.broker import EmbeddedBroker
from nightwatt.channels import apply_routes, routes_of
from nightwatt.demo import ACCOUNTS, Demo
from nightwatt.kept_answer import KeptAnswer
from nightwatt.lock import lock_data
from nightwatt.metrics import Metrics
from nightwatt.ports import check_free
from nightwatt.road import Road
from nightwatt.screening import WatchedSeries
from nightwatt.series import open_series
from nightwatt.settings import Settings
from nightwatt.trials import Trials
from notify.channels import CHANNELS
from registry.export import workbook

UNJUDGED_FOR_S = 5.0
"""Finding out what can't be judged looks at the whole city, and holds the engine up meanwhile."""


def wall_ms() -> int:
    """Real time in ms UTC: the program's one look at the clock, handed on as an argument."""
    return time.time_ns() // 1_000_000


class Service:
    """`start` raises SetupError before anything is running that would have to be stopped by hand."""

    def __init__(self, settings: Settings, *, demo: bool = False, speed: float = 1.0) -> None:
        check_free(settings.http_host, settings.http_port, what="the pages", variable="NIGHTWATT_HTTP_PORT")
        if settings.embedded_broker:
            check_free(settings.mqtt_host, settings.mqtt_port, what="MQTT", variable="NIGHTWATT_MQTT_PORT")
        if settings.hj212.enabled:
            check_free(settings.hj212_host, settings.hj212_port, what="HJ 212", variable="NIGHTWATT_HJ212_PORT")
        if demo:
            for name, port in (("phone", settings.demo_phone_port), ("mail", settings.demo_mail_port)):
                variable = f"NIGHTWATT_DEMO_{name.upper()}_PORT"
                check_free("127.0.0.1", port, what=f"the demo's {name}", variable=variable)
        self.settings = settings
        self._locks = [lock_data(settings.data)]
        if settings.spool.folder and settings.spool.folder.resolve() != settings.data.resolve():
            # Two on one spool would cut off what the other is writing.
            self._locks.append(lock_data(settings.spool.folder, what="spool folder", setting="spool.folder"))
        self.demo = Demo(settings, speed=speed, wall=wall_ms) if demo else None
        self.clock: Callable[[], int] = self.demo.clock if self.demo else wall_ms
        self.books = open_books(settings)
        self._prepare()
        metrics = Metrics(alarms=self.books.alarms, focus=self.books.focus, spool=lambda: self.series.waiting)
        watched = WatchedSeries(open_series(settings, lambda: self.road.registry), self.books.screenings)
        self.series = SpooledSeries(
            watched,
            Spool(settings.spool.folder or settings.data / "spool", most_bytes=settings.spool.most_bytes),
            clock=self.clock,
            written=lambda new: metrics.stored(new, 0),
        )
        self.road = Road(
            settings,
            self.books,
            series=self.series,
            metrics=metrics,
            clock=self.clock,
            wall=wall_ms,
            watched=watched,
        )
        self.trials = Trials(
            registry=lambda: self.road.registry, history=self.road.history, clock=self.clock, rules=settings.ruleset()
        )
        self._broker = self._embedded_broker() if settings.embedded_broker else None
        self.app = self._app(metrics)

    def start(self) -> None:
        if self._broker:
            self._broker.start()
        if self.demo:
            self.demo.receive()
        self.road.start()

    def stop(self) -> None:
        """Meters first, phones last; what is in hand is finished."""
        if self.demo:
            self.demo.stop_publishing()
        self.trials.stop()
        self.road.stop()
        if self._broker:
            self._broker.stop()
        if self.demo:
            self.demo.stop_receiving()
        self.series.close()
        self.books.database.close()
        for lock in self._locks:
            lock.close()

    def history_is_there(self) -> None:
        """Judge the demo's back-filled history, quietly and once, and screen it."""
        if self.demo is None:
            raise SetupError("only the demo back-fills a history of its own")
        if not self.demo.history_is_judged:
            self.road.live.recompute(start=self.demo.history_from, clock=self.clock)
            self.demo.judged()
            if self.road.hourly:
                self.road.hourly.make(self.demo.history_from)
        self.road.screenings.screen()

    def _embedded_broker(self) -> EmbeddedBroker:
        routing = self.road.pipeline.routing
        return EmbeddedBroker(
            self.settings.mqtt_host,
            self.settings.mqtt_port,
            keeper=self.settings.mqtt_client_id,
            is_kept=lambda topic: routing.of(topic) is not None,
        )

    def _prepare(self) -> None:
        if self.settings.database_url is None:
            # The data folder is locked, so whoever held a claim in its database is dead.
            self.books.outbox.expire_claims(now=wall_ms())
        routes = routes_of(self.settings.channels)
        if self.demo:
            routes += self.demo.routes
        apply_routes(self.books.routes, routes, CHANNELS)
        if self.demo:
            self.demo.prepare(self.books, now=self.clock())

    def _app(self, metrics: Metrics) -> Any:
        books = self.books
        return create_app(
            Services(
                series=self.series,
                registry=books.registry,
                dossiers=books.dossiers,
                alarms=books.alarms,
                focus=books.focus,
                screenings=books.screenings,
                workbook=workbook,
                accounts=books.accounts,
                audit=books.audit,
                dead_letters=books.dead_letters,
                routes=books.routes,
                states=books.states,
                filings=books.filings,
                orders=books.orders,
                responses=books.responses,
                presets=books.presets,
                filing_cap_hours=self.settings.filing_cap_hours,
                clock=self.clock,
                wall=wall_ms,
                readiness=self.road.readiness,
                redeliver=self.road.redelivery.replay,
                unjudged=KeptAnswer(self.road.live.unjudged, for_s=UNJUDGED_FOR_S),
                backtests=self.trials,
                backlog=lambda: self.series.waiting,
                metrics=metrics.text,
                screening=self.settings.screening.windows(),
                secure_cookies=self.settings.secure_cookies,
                demo=self.demo is not None,
                demo_accounts=tuple((name, password, role.value) for name, password, role, _, _ in ACCOUNTS)
                if self.demo
                else (),
            )
        )
