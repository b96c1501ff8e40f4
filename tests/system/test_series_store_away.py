"""An outage of the series store from end to end: alarms go out on time, and in the end nothing is missing or twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.live import Live
from core.interval import MINUTE_MS
from core.readings import Readings, concatenate, readings
from core.records import AlarmFilter
from core.registry import Threshold
from ingest.spool import Spool
from ingest.spooled import SpooledSeries
from stores.memory import MemorySeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import CITY, NOON, city

LIMIT = Threshold("print-T1-m", "p", "above", 100.0, on_delay_s=0, off_delay_s=0)
REGISTRY = replace(city(), thresholds=(LIMIT, replace(LIMIT, meter="paint-T1-m")))
NEAR, FAR = city().meter_number["print-T1-m"], city().meter_number["paint-T1-m"]


class Service:
    """The series store, its spool and the engine, over files that outlive it."""

    def __init__(self, folder: Path, db: Database, store: MemorySeries) -> None:
        self.spooled = SpooledSeries(store, Spool(folder / "spool"), clock=lambda: NOON)
        self.live = Live(REGISTRY, log=SqlTransitionLog(db), history=self.spooled, on_commit=lambda: None)

    def take(self, batch: Readings, *, now: int) -> None:
        """As the pipeline does."""
        self.spooled.append(batch)
        self.live.evaluate(batch, now=now)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    SqlRegistryBook(database).save(REGISTRY, by="test", now=NOON)
    yield database
    database.close()


def said(meter: int, minute: float, power: float) -> Readings:
    return readings([meter], [NOON + int(minute * MINUTE_MS)], p=[power], seq=np.array([int(minute * 2)]))


def alarms(db: Database) -> list[tuple[str, float, float | None]]:
    rows = [row.alarm for row in SqlAlarmBook(db).alarms(CITY, AlarmFilter(), limit=100).rows]
    return sorted((a.subject, minute(a.since), None if a.cleared_at is None else minute(a.cleared_at)) for a in rows)


def minute(ms: int) -> float:
    return (ms - NOON) / MINUTE_MS


@pytest.mark.parametrize("restart_at", [None, 5, 15, 22, 30, 40, 42, 50])
def test_an_outage_of_half_an_hour_loses_nothing_and_delays_no_alarm(tmp_path, db, restart_at):
    store = MemorySeries()
    service = Service(tmp_path, db, store)
    service.live.start(now=NOON)
    sent = []
    for at in range(60):
        now = NOON + at * MINUTE_MS
        store.away = 10 <= at < 40
        if at == restart_at:
            service.spooled.close()
            service = Service(tmp_path, db, store)
            service.live.start(now=now)
        # The near meter crosses its limit from 20 to 24; the far one's gateway sends the same minutes ten minutes late.
        batches = [said(NEAR, at, 150 if 20 <= at < 25 else 50)]
        batches += [said(FAR, at, 50)] if not 20 <= at < 25 else []
        batches += [said(FAR, at - 10, 150)] if 30 <= at < 35 else []
        for batch in batches:
            service.take(batch, now=now)
            sent.append(batch)
        if at == 20:
            assert alarms(db) == [("print-T1-m/p/above", 20, None)]  # at once, though the store is away
        if at >= 41 and service.spooled.waiting.rows:
            service.spooled.drain()
    assert service.live.owed_since is None
    assert alarms(db) == [("paint-T1-m/p/above", 20, 25), ("print-T1-m/p/above", 20, 25)]
    wanted = concatenate(sent)
    found = concatenate(list(store.scan(0, 1 << 50)))
    assert sorted(zip(found.meter, found.ts, found.p, strict=True)) == sorted(
        zip(wanted.meter, wanted.ts, wanted.p, strict=True)
    )
    service.spooled.close()
