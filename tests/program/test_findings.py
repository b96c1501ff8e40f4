"""Findings on their way to the series store: in rounds, over outages and restarts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.alarm import State
from core.interval import MINUTE_MS
from core.records import Backlog, RecordedTransition
from nightwatt.delays import Delays
from nightwatt.findings import Findings
from nightwatt.metrics import Metrics
from stores.influx.faults import Refused
from stores.memory_findings import MemoryFindings
from stores.sql.alarms import SqlAlarmBook
from stores.sql.engine import open_database
from stores.sql.focus import SqlFocusBook
from stores.sql.transitions import SqlTransitionLog
from tests.cases import NOON, imbalance, transition


@dataclass
class Clock:
    at: int = NOON

    def __call__(self) -> int:
        return self.at


class Place:
    """A database, a store of findings and the cursor between them."""

    def __init__(self, folder: Path) -> None:
        self.database = open_database(f"sqlite:///{folder / 'nightwatt.db'}")
        self.alarms, self.log = SqlAlarmBook(self.database), SqlTransitionLog(self.database)
        self.store, self.cursor, self.clock = MemoryFindings(), folder / "findings", Clock()
        self.figures: dict[str, float] = {"readings_stored": 7}

    def findings(self) -> Findings:
        """As a start of the service makes it."""
        return Findings(
            self.store,
            alarms=self.alarms,
            cursor=self.cursor,
            figures=[lambda: self.figures, lambda: {"messages_waiting": 3}],
            clock=self.clock,
        )

    def happens(self, minute: int, state: State = State.ACTIVE) -> None:
        row = transition(at=NOON + minute * MINUTE_MS, since=NOON, state=state)
        assert self.log.record([row], snapshot=None, now=self.clock()) == 1

    def written(self) -> list[int]:
        return sorted(self.store.alarms)


@pytest.fixture
def place(tmp_path: Path):
    made = Place(tmp_path)
    yield made
    made.database.close()


def test_transitions_are_written_once_they_happened(place: Place) -> None:
    findings = place.findings()
    findings.round()
    assert place.written() == []
    place.happens(0)
    findings.round()
    place.happens(5, State.NORMAL)
    findings.round()
    assert [(row.state, row.at) for row in place.store.alarms.values()] == [
        (State.ACTIVE, NOON),
        (State.NORMAL, NOON + 5 * MINUTE_MS),
    ]


def test_many_transitions_are_written_in_one_round(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightwatt.findings.TRANSITIONS_AT_ONCE", 2)
    rows = [transition(at=NOON + i, since=NOON + i, subject=f"foundry-{i}") for i in range(5)]
    place.log.record(rows, snapshot=None, now=NOON)
    place.findings().round()
    assert len(place.written()) == 5


def test_after_a_restart_only_what_is_new_is_written(place: Place) -> None:
    place.happens(0)
    place.findings().round()
    place.store.alarms.clear()
    place.happens(5, State.NORMAL)
    place.findings().round()
    assert [row.state for row in place.store.alarms.values()] == [State.NORMAL]


@pytest.mark.parametrize("damage", ["", "no number", "99999", "-1", "ÿ"])
def test_a_cursor_that_does_not_fit_the_book_writes_all_again(place: Place, damage: str) -> None:
    place.happens(0)
    place.cursor.write_bytes(damage.encode("latin-1"))
    place.findings().round()
    assert len(place.written()) == 1
    assert int(place.cursor.read_text()) == place.alarms.last_transition()


def test_what_was_found_while_the_store_was_away_is_written_when_it_is_back(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    findings = place.findings()
    place.store.away = True
    place.happens(0)
    findings.screened([imbalance("foundry")], at=NOON)
    for minute in range(3):
        place.clock.at = NOON + minute * MINUTE_MS
        findings.round()
    assert findings.away
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "one word about an outage is enough"

    place.store.away = False
    findings.round()
    assert not findings.away
    assert len(place.written()) == 1
    assert list(place.store.screenings) == [(NOON, "foundry")]
    minutes = sorted({at for at, _ in place.store.figures})
    assert minutes == [NOON, NOON + MINUTE_MS, NOON + 2 * MINUTE_MS]


def test_figures_of_all_sources_are_noted_once_a_minute(place: Place) -> None:
    findings = place.findings()
    for seconds in (0, 10, 59, 60, 61):
        place.clock.at = NOON + seconds * 1000
        place.figures["readings_stored"] = 7 + seconds
        findings.round()
    assert place.store.figures == {
        (NOON, "readings_stored"): 7,
        (NOON, "messages_waiting"): 3,
        (NOON + MINUTE_MS, "readings_stored"): 67,
        (NOON + MINUTE_MS, "messages_waiting"): 3,
    }


class Choosy(MemoryFindings):
    """Takes everything but the first transition."""

    def transitions(self, rows: Sequence[RecordedTransition]) -> None:
        if any(row.state is State.ACTIVE for row in rows):
            raise Refused("InfluxDB refuses the data")
        super().transitions(rows)


def test_what_the_store_will_never_take_does_not_hold_up_the_rest(place: Place) -> None:
    place.store = Choosy()
    findings = place.findings()
    place.happens(0)
    findings.round()
    place.happens(5, State.NORMAL)
    findings.round()
    assert [row.state for row in place.store.alarms.values()] == [State.NORMAL]
    assert place.store.figures, "figures are written in spite of it"


def test_metrics_tell_counts_since_the_start_and_delays_since_they_were_last_asked(place: Place) -> None:
    spool = Backlog(rows=5, size=400, most_bytes=1_000)
    metrics = Metrics(alarms=place.alarms, focus=SqlFocusBook(place.database), spool=lambda: spool)
    metrics.stored(90, 100)
    metrics.hj212_connections(3)
    metrics.hj212_turned_away("password")
    metrics.hj212_turned_away("rate")
    metrics.dead(2)
    metrics.committed([0.01] * 98 + [3.0] * 2)
    first = metrics.figures()
    assert (first["readings_received"], first["readings_stored"], first["dead_letters"]) == (100, 90, 2)
    assert (first["hj212_connections"], first["hj212_turned_away"]) == (3, 2)
    assert (first["spool_readings"], first["spool_bytes"]) == (5, 400)
    assert first["commit_p50_s"] == pytest.approx(0.01, rel=0.1)
    assert first["commit_p99_s"] == pytest.approx(3.0, rel=0.1)
    metrics.stored(1, 1)
    second = metrics.figures()
    assert (second["readings_received"], second["readings_stored"], second["dead_letters"]) == (101, 91, 2)
    assert "commit_p99_s" not in second, "nothing was committed since"


@pytest.mark.parametrize(
    ("delays", "median"), [([0.0], 0.001), ([5_000.0], 1_000.0), ([0.02, 0.2, 2.0], 0.2), ([0.5] * 1_000_000, 0.5)]
)
def test_delays_of_any_size_are_counted(delays: list[float], median: float) -> None:
    counted = Delays()
    counted.add(delays)
    assert counted.take([0.5]) == [pytest.approx(median, rel=0.1)]
    assert counted.take([0.5]) == []
