"""What the metrics say of readings that wait for their store."""

from pathlib import Path

from core.records import Backlog
from nightwatt.metrics import Metrics
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.focus import SqlFocusBook


def test_what_waits_is_measured(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    now = [Backlog(7, 650, 1_000, away="gone", set_aside=9)]
    metrics = Metrics(alarms=SqlAlarmBook(database), focus=SqlFocusBook(database), spool=lambda: now[0])
    lines = metrics.text().splitlines()
    assert {
        "nightwatt_spool_readings 7.0",
        "nightwatt_spool_bytes 650.0",
        "nightwatt_spool_most_bytes 1000.0",
        "nightwatt_spool_full 0.0",
        "nightwatt_spooled_readings_total 9.0",
    } <= set(lines)
    now[0] = Backlog(7, 990, 1_000, full="the spool is full")
    assert "nightwatt_spool_full 1.0" in metrics.text()
    database.close()
