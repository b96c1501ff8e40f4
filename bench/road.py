"""The whole road over a folder, as the service wires it, with clocks around its stages."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.live import Live
from bench.stages import Stages, WatchedIntake, WatchedMarks, watch
from bench.works import registry
from core.jurisdiction import CITY
from core.ports import SeriesStore
from core.records import AlarmFilter
from core.registry import Registry
from ingest.joining import Joiner
from ingest.mqtt import Broker, Subscriber
from ingest.pipeline import Pipeline
from ingest.quality import circuits
from ingest.spool import Spool
from ingest.spooled import SpooledSeries
from nightwatt.metrics import Metrics
from stores.duckdb import DuckSeries
from stores.influx.address import InfluxAddress
from stores.influx.store import InfluxSeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.dead_letters import SqlDeadLetters
from stores.sql.engine import Database, open_database
from stores.sql.focus import SqlFocusBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class MeasuredRoad:
    subscriber: Subscriber
    intake: WatchedIntake
    series: SpooledSeries
    marks: WatchedMarks
    stages: Stages
    database: Database

    def alarms(self) -> int:
        return len(SqlAlarmBook(self.database).alarms(CITY, AlarmFilter(), limit=500).rows)

    def dead(self) -> int:
        return len(SqlDeadLetters(self.database).letters(limit=100).rows)


def open_road(port: int, folder: Path, *, done: Callable[[int], None], influx: str = "") -> MeasuredRoad:
    """Not started yet; `done` hears how many messages each acknowledged batch had. Without an InfluxDB: DuckDB."""
    stages, database = Stages(), open_database(f"sqlite:///{folder / 'nightwatt.db'}")
    book = SqlRegistryBook(database)
    book.save(registry(), by="bench", now=wall_ms())
    known = book.load()
    series = SpooledSeries(_store(folder, known, influx=influx), Spool(folder / "spool"), clock=wall_ms)
    log = SqlTransitionLog(database)
    metrics = Metrics(alarms=SqlAlarmBook(database), focus=SqlFocusBook(database))
    log.record = stages.around("commit", log.record)  # type: ignore[method-assign]
    metrics.committed = stages.around("metrics", metrics.committed)  # type: ignore[method-assign]
    live = Live(known, log=log, history=series, on_commit=lambda: None)
    live.start(now=wall_ms())
    live.evaluate = stages.around("engine", live.evaluate)  # type: ignore[method-assign]
    stages.cpu_s["commit"] = 0.0
    marks = WatchedMarks(circuits(known))
    marks.mark = stages.around("mark", marks.mark)  # type: ignore[method-assign]
    series.start()
    pipeline = Pipeline(
        known,
        series=series,
        evaluator=live,
        dead_letters=SqlDeadLetters(database),
        marking=marks,
        clock=wall_ms,
        observer=metrics,
        stopping=threading.Event(),
    )
    watch(pipeline, stages)
    intake = WatchedIntake(pipeline, joiner=Joiner(pipeline.routing.of), stages=stages, done=done)
    subscriber = Subscriber(
        Broker("127.0.0.1", port),
        client_id="bench-full",
        topics=["nightwatt/v1/+/+/telemetry"],
        intake=intake,
        clock=wall_ms,
    )
    run = pipeline.run

    def run_and_mark(messages: list) -> None:  # type: ignore[type-arg]
        run(messages)
        intake.finished(messages)

    pipeline.run = run_and_mark  # type: ignore[method-assign, assignment]
    return MeasuredRoad(subscriber, intake, series, marks, stages, database)


def _store(folder: Path, known: Registry, *, influx: str) -> SeriesStore:
    if influx:
        return InfluxSeries(InfluxAddress.parse(influx), lambda: known)
    return DuckSeries(folder / "readings.duckdb")
