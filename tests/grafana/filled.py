"""The simulated city in a real InfluxDB: readings, hourly values, what the rules and the screening found, figures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analytics.engine import Engine
from analytics.replay import replay
from analytics.screening.imbalance import screen
from core.interval import DAY_MS, MINUTE_MS
from core.readings import COLUMN, QUANTITIES, Quality, Readings, concatenate, readings
from core.records import Backlog
from nightwatt.findings import Findings
from nightwatt.metrics import Metrics
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.schedule import day_of, start_of
from stores.influx.address import InfluxAddress
from stores.influx.findings import InfluxFindings
from stores.influx.hourly import Hourly
from stores.influx.setup import prepare
from stores.influx.store import InfluxSeries
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.focus import SqlFocusBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.transitions import SqlTransitionLog

FEEDER_DAYS, SUBMETER_DAYS = 5, 0.8
LIVED_MS = 50 * MINUTE_MS
"""The city's age at the end: what it plants comes about its start."""

SHOWN = "ZZ-001"
"""Switches its treatment off about the city's start, and has a meter on each of its facilities."""

ROUNDS = 90
"""Minutes for which the service's figures are there."""

_MARKS = [int(mark) for mark in Quality if mark]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the dashboards ought to show, by those who found it."""

    enterprises: int
    meters: int
    open_alarms: int
    flagged: int
    apart: int
    steepest: float


def fill(address: InfluxAddress, folder: Path, *, end: int) -> Truth:
    """All of it, up to `end` (ms UTC)."""
    prepare(address)
    city = build_city(start_at=end - LIVED_MS)
    series, hourly = InfluxSeries(address, lambda: city.registry), Hourly(address)
    for batch in _batches(city, end):
        assert series.append(batch) == len(batch)
    hourly.roll_up(end - FEEDER_DAYS * DAY_MS, end)
    truth = _find(city, series, InfluxFindings(address), folder, end=end)
    hourly.close()
    series.close()
    return truth


def _batches(city: City, end: int) -> Iterator[Readings]:
    meters = range(len(city.registry.meters))
    for first in range(0, len(meters), 20):
        yield concatenate([_of_meter(city, meter, end) for meter in meters[first : first + 20]])


def _of_meter(city: City, meter: int, end: int) -> Readings:
    """Readings as they came; some with a mark, and every seventh meter's clock is a minute slow."""
    days = FEEDER_DAYS if city.is_feeder(meter) else SUBMETER_DAYS
    stretch = city.readings(meter, end - int(days * DAY_MS), end)
    n = len(stretch)
    values = np.column_stack([_electric(city, meter, stretch.ts, name) for name in QUANTITIES])
    values[:, COLUMN["p"]], values[:, COLUMN["ep"]] = stretch.p, stretch.ep
    quality = np.zeros(n, dtype=np.int64)
    quality[-1 - meter % 50 :: -17] = _MARKS[meter % len(_MARKS)] if meter % 5 == 0 else 0
    batch = readings(np.full(n, meter), stretch.ts, values=values, quality=quality, seq=np.arange(n, dtype=np.int64))
    return replace(batch, received_at=batch.ts + 900 + meter % 400 + (MINUTE_MS if meter % 7 == 0 else 0))


def _electric(city: City, meter: int, ts: np.ndarray, name: str) -> np.ndarray:
    if name in ("p", "ep"):
        return np.full(len(ts), np.nan)
    minute = (ts - 1) // MINUTE_MS
    found = np.empty(len(ts))
    for day in range(day_of(int(ts[0]) - 1), day_of(int(ts[-1]) - 1) + 1):
        row = minute - start_of(day) // MINUTE_MS
        within = (row >= 0) & (row < 1440)
        found[within] = getattr(city.electric(meter, day), name)[row[within]]
    return found


def _find(city: City, series: InfluxSeries, store: InfluxFindings, folder: Path, *, end: int) -> Truth:
    """Judge the last hours, screen the last days, and let the service's figures be written minute by minute."""
    database = open_database(f"sqlite:///{folder / 'nightwatt.db'}")
    SqlRegistryBook(database).save(city.registry, by="test", now=end)
    log, alarms = SqlTransitionLog(database), SqlAlarmBook(database)
    for found in replay(Engine(city.registry), series, start=end - int(SUBMETER_DAYS * DAY_MS), end=end + 1, now=end):
        log.record(found, snapshot=None, now=end)
    focus = SqlFocusBook(database)
    metrics = Metrics(alarms=alarms, focus=focus, spool=lambda: Backlog(rows=0, size=0, most_bytes=1_000))
    clock = _Minutes(end - ROUNDS * MINUTE_MS)
    findings = Findings(
        store,
        alarms=alarms,
        cursor=folder / "findings",
        figures=[metrics.figures, lambda: {"messages_waiting": 12}],
        clock=clock,
    )
    for days in (0.2, 0.1, 0):
        at = end - int(days * DAY_MS)
        results = screen(city.registry, series, from_at=end - FEEDER_DAYS * DAY_MS, to_at=at)
        findings.screened(results, at=at)
    focus.save(results, now=end)
    while clock.at < end:
        _minute(metrics, clock.at // MINUTE_MS)
        findings.round()
        clock.at += MINUTE_MS
    assert findings.away == ""
    truth = Truth(
        enterprises=len(city.registry.enterprises),
        meters=len(city.registry.meters),
        open_alarms=sum(alarms.active().values()),
        flagged=focus.flagged(),
        apart=sum(row.flagged and bool(row.remark) for row in results),
        steepest=max(row.ratio for row in results if row.ratio is not None),
    )
    findings.close()
    database.close()
    return truth


class _Minutes:
    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def _minute(metrics: Metrics, minute: int) -> None:
    """What a minute of ingest leaves behind."""
    new = 170 + minute % 40
    metrics.stored(new, new + 3)
    metrics.dead(minute % 11 == 0)
    metrics.committed([0.02 + minute % 5 / 100] * new)
    metrics.hj212_connections(3)
    if minute % 20 == 0:
        metrics.hj212_turned_away("password")
