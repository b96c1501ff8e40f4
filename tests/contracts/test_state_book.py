"""What stations say of their facilities: changes kept once, whatever the order."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facility_state import FacilityState, ReportedRun, Running
from core.jurisdiction import Scope
from stores.sql.engine import Database
from stores.sql.facility_states import SqlStateBook
from stores.sql.registry import SqlRegistryBook
from stores.sql.state_runs import Run, put
from tests.cases import CITY, IN_LUSONG, IN_TIANYUAN, LUSONG, NOON, NOWHERE, TIANYUAN, city

STATION = "SN-foundry-T1"
MINUTE = 60_000
ON, OFF, ALARM = Running.ON, Running.OFF, Running.ALARM


def said(story: str, *, station: str = STATION, facility: str = "SB1", begin: int = 0) -> list[FacilityState]:
    """One sample a minute: 1 on, 0 off, 4 alarm; a blank says nothing."""
    return [
        FacilityState(station, facility, Running(int(word)), NOON + (begin + i) * MINUTE)
        for i, word in enumerate(story)
        if word != " "
    ]


def newest(db: Database, scope: Scope = CITY, enterprise: str = "foundry") -> list[tuple[str, int, int, int]]:
    """(facility, state, since, seen at) in minutes after noon."""
    return [
        (run.facility, int(run.state), (run.since - NOON) // MINUTE, (run.seen_at - NOON) // MINUTE)
        for run in SqlStateBook(db).states(scope, enterprise)
    ]


def rows(db: Database) -> list[tuple[object, ...]]:
    with db.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT station, facility, state, since, seen_at FROM facility_states ORDER BY 1, 2, 4"
        )
        return [tuple(row) for row in found]


def test_only_changes_are_rows_and_the_newest_time_seen_is_kept(db: Database) -> None:
    book = SqlStateBook(db)
    assert book.record(said("111001"), now=NOON) == 3
    assert newest(db) == [("SB1", 1, 5, 5)]
    assert book.record(said("1111", begin=6), now=NOON) == 0
    assert newest(db) == [("SB1", 1, 5, 9)]
    assert len(rows(db)) == 3


def test_recording_again_changes_nothing(db: Database) -> None:
    book, story = SqlStateBook(db), said("1110014") + said("01", facility="SB2")
    book.record(story, now=NOON)
    before = rows(db)
    assert [book.record(part, now=NOON + 1) for part in (story, story[2:4], story[:1], [])] == [0] * 4
    assert rows(db) == before


def test_the_first_of_two_states_at_one_instant_stays(db: Database) -> None:
    book = SqlStateBook(db)
    assert book.record(said("1") + said("0"), now=NOON) == 1
    assert book.record(said("4"), now=NOON) == 0
    assert newest(db) == [("SB1", 1, 0, 0)]


@pytest.mark.parametrize(
    ("first", "then", "runs"),
    [
        ("   1", "0", "0→0 3→3"),
        ("   1", "1", "0→3"),
        ("11  00", "  1", "0→2 4→5"),
        ("11  00", "   0", "0→1 3→5"),
        ("11  11", "  0", "0→0 2→2 5→5"),
        ("11  00  11", "  4", "0→1 2→2 4→5 8→9"),
    ],
)
def test_a_late_sample_finds_its_place(db: Database, first: str, then: str, runs: str) -> None:
    book = SqlStateBook(db)
    book.record(said(first), now=NOON)
    book.record(said(then), now=NOON)
    spans = [((int(str(row[3])) - NOON) // MINUTE, (int(str(row[4])) - NOON) // MINUTE) for row in rows(db)]
    assert " ".join(f"{since}→{seen}" for since, seen in spans) == runs


def test_stations_and_facilities_do_not_mix(db: Database) -> None:
    book = SqlStateBook(db)
    states = said("10") + said("1", facility="SB2") + said("04", station="elsewhere")
    assert book.record(states, now=NOON) == 5
    assert newest(db) == [("SB1", 0, 1, 1), ("SB2", 1, 0, 0)]


def test_a_scope_sees_its_own_enterprises_only(db: Database) -> None:
    SqlStateBook(db).record(said("1") + said("1", station="SN-paint-T1"), now=NOON)
    seen = {
        name: (bool(newest(db, scope, "foundry")), bool(newest(db, scope, "paint")))
        for name, scope in {"city": CITY, TIANYUAN: IN_TIANYUAN, LUSONG: IN_LUSONG, "nowhere": NOWHERE}.items()
    }
    assert seen == {
        "city": (True, True),
        TIANYUAN: (True, False),
        LUSONG: (False, True),
        "nowhere": (False, False),
    }
    assert newest(db, CITY, "no such enterprise") == []


@pytest.mark.parametrize(
    ("station", "address"), [("MN1", "MN1/100000"), ("MN1", "MN1"), ("MN1", "MN1/d2-05"), ("foundry-F-m", None)]
)
def test_a_station_is_named_by_a_meters_address_or_id(empty: Database, station: str, address: str | None) -> None:
    meters = (replace(city().meters[0], address=address), *city().meters[1:])
    SqlRegistryBook(empty).save(replace(city(), meters=meters), by="test", now=NOON)
    SqlStateBook(empty).record(said("1", station=station) + said("1", station="MN11"), now=NOON)
    assert SqlStateBook(empty).states(CITY, "foundry") == [ReportedRun(station, "SB1", ON, NOON, NOON)]


def test_names_that_a_database_can_not_take_stop_nobody(db: Database) -> None:
    states = [FacilityState("a\0b", "SB1", ON, NOON), FacilityState("\ud800", "'; DROP TABLE x", OFF, NOON)]
    assert SqlStateBook(db).record([*states, *said("1")], now=NOON) == 3
    assert SqlStateBook(db).record(states, now=NOON) == 0
    assert newest(db) == [("SB1", 1, 0, 0)]


def test_a_thousand_stations_go_in_one_call(db: Database) -> None:
    everybody = [state for i in range(1000) for state in said("10", station=f"S{i:04}")]
    assert SqlStateBook(db).record(everybody, now=NOON) == 2000
    assert SqlStateBook(db).record(everybody, now=NOON) == 0


def test_the_oldest_runs_are_pushed_out(db: Database) -> None:
    book = SqlStateBook(db, keep=3)
    for i, word in enumerate("101010"):
        book.record(said(word, begin=i), now=NOON)
    assert [row[3] for row in rows(db)] == [NOON + i * MINUTE for i in (3, 4, 5)]


def encoded(samples: Iterable[tuple[int, Running]]) -> list[tuple[Running, int, int]]:
    """Run lengths of samples in order of time."""
    runs: list[tuple[Running, int, int]] = []
    for at, state in sorted(samples):
        if runs and runs[-1][0] is state:
            runs[-1] = (state, runs[-1][1], at)
        else:
            runs.append((state, at, at))
    return runs


@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from([ON, OFF, ALARM])).flatmap(
        lambda d: st.permutations(list(d.items()))
    )
)
def test_samples_of_any_order_that_come_twice_give_the_runs_of_the_ordered_ones(
    samples: list[tuple[int, Running]],
) -> None:
    runs: list[Run] = []
    for at, state in samples * 2:
        put(runs, state, at)
    assert [(run.state, run.since, run.seen_at) for run in runs] == encoded(samples)
