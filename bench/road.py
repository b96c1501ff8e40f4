"""The whole road over a folder, as the service wires it, with clocks around its stages."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analytics.live import Live
from bench.stages import Stages, WatchedIntake, watch
from bench.works import registry
from core.jurisdiction import CITY
from core.records import AlarmFilter
from ingest.mqtt import Broker, Subscriber
from ingest.pipeline import Pipeline
from nightwatt.metrics import Metrics
from stores.duckdb import DuckSeries
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
    series: DuckSeries
    stages: Stages
    database: Database

    def alarms(self) -> int:
        return len(SqlAlarmBook(self.database).alarms(CITY, AlarmFilter(), limit=500).rows)

    def dead(self) -> int:
        return len(SqlDeadLetters(self.database).letters(limit=100).rows)


def open_road(port: int, folder: Path, *, done: Callable[[int], None]) -> MeasuredRoad:
    """Not started yet; `done` hears how many messages each acknowledged batch had."""
    stages, database = Stages(), open_database(f"sqlite:///{folder / 'nightwatt.db'}")
    book = SqlRegistryBook(database)
    book.save(registry(), by="bench", now=wall_ms())
    series, log = DuckSeries(folder / "readings.duckdb"), SqlTransitionLog(database)
    metrics = Metrics(alarms=SqlAlarmBook(database), focus=SqlFocusBook(database))
    log.record = stages.around("commit", log.record)  # type: ignore[method-assign]
    metrics.committed = stages.around("metrics", metrics.committed)  # type: ignore[method-assign]
    known = book.load()
    live = Live(known, log=log, history=series, on_commit=lambda: None)
    live.start(now=wall_ms())
    live.evaluate = stages.around("engine", live.evaluate)  # type: ignore[method-assign]
    stages.cpu_s["commit"] = 0.0
    pipeline = Pipeline(
        known,
        series=series,
        evaluator=live,
        dead_letters=SqlDeadLetters(database),
        clock=wall_ms,
        observer=metrics,
        stopping=threading.Event(),
    )
    watch(pipeline, stages)
    intake = WatchedIntake(pipeline, stages=stages, done=done)
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
    return MeasuredRoad(subscriber, intake, series, stages, database)
