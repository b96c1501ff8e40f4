"""One contract for every store of findings."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from core.alarm import State
from core.errors import StoreAway
from core.imbalance import LoadClass
from core.ports import FindingStore
from core.records import RecordedTransition
from stores.influx.findings import InfluxFindings
from stores.memory_findings import MemoryFindings
from tests.cases import NOON, imbalance
from tests.influx import execute
from tests.mosquitto import free_port


@dataclass(frozen=True)
class Case:
    """A store, and how the test looks into it."""

    store: FindingStore
    alarms: Callable[[], list[tuple[int, str, str, str]]]  # (transition, subject, state, reason) in order of time
    screened: Callable[[], list[tuple[str, str, float]]]  # (enterprise, class, night kW)
    figures: Callable[[], dict[str, float]]
    go_away: Callable[[], FindingStore]


def in_memory(request: pytest.FixtureRequest) -> Case:
    store = MemoryFindings()

    def away() -> MemoryFindings:
        store.away = True
        return store

    return Case(
        store,
        lambda: [(t.id, t.subject, t.state.value, t.reason) for t in sorted(store.alarms.values(), key=lambda t: t.id)],
        lambda: [(row.enterprise, row.load_class.value, row.night_kw) for row in store.screenings.values()],
        lambda: {name: value for (_, name), value in store.figures.items()},
        away,
    )


def in_influx(request: pytest.FixtureRequest) -> Case:
    address = request.getfixturevalue("influx").fresh()

    def rows(query, *columns):
        return [row for found in execute(address, query) for row in zip(*(found[c] for c in columns), strict=True)]

    def figures():
        found = execute(address, "SELECT * FROM ingest")
        return {name: column[0] for name, column in found[0].items() if name not in ("tags", "time")} if found else {}

    return Case(
        InfluxFindings(address),
        lambda: rows(
            "SELECT transition, subject, state, reason FROM alarm", "transition", "subject", "state", "reason"
        ),
        lambda: rows(
            'SELECT enterprise, "class", night_kw, valid_days FROM screening', "enterprise", "class", "night_kw"
        ),
        figures,
        lambda: InfluxFindings(replace(address, url=f"http://127.0.0.1:{free_port()}")),
    )


CASES = {"memory": in_memory, "influx": in_influx}


@pytest.fixture(params=CASES)
def case(request):
    made = CASES[request.param](request)
    yield made
    made.store.close()


def recorded(id: int = 1, **others: object) -> RecordedTransition:
    row = RecordedTransition(
        id=id,
        alarm=7,
        at=NOON,
        since=NOON - 300_000,
        recorded_at=NOON + 400,
        rule="interlock",
        subject="foundry-L1",
        enterprise="foundry",
        severity=2,
        state=State.ACTIVE,
        reason="production runs, no dust filter does",
        processed_at=None,
        notify_outcome="",
    )
    return replace(row, **others)


def test_transitions_are_kept_with_what_they_say(case):
    rows = [recorded(1), recorded(2, state=State.NORMAL, at=NOON + 60_000, reason='"除尘"\\ back')]
    case.store.transitions(rows)
    assert case.alarms() == [
        (1, "foundry-L1", "active", "production runs, no dust filter does"),
        (2, "foundry-L1", "normal", '"除尘"\\ back'),
    ]


def test_writing_the_same_again_changes_nothing(case):
    for _ in range(2):
        case.store.transitions([recorded(1), recorded(2, state=State.NORMAL)])
        case.store.screening([imbalance(), imbalance("paint")], screened_at=NOON)
        case.store.health({"spool_bytes": 3.0}, at=NOON)
    assert len(case.alarms()) == 2
    assert sorted(case.screened()) == [("foundry", "night-heavy", 90.0), ("paint", "night-heavy", 90.0)]
    assert case.figures() == {"spool_bytes": 3.0}


def test_two_transitions_of_one_instant_and_subject_are_two(case):
    case.store.transitions([recorded(id, state=State.NORMAL, since=NOON - id) for id in (4, 5)])
    assert [row[0] for row in case.alarms()] == [4, 5]


def test_a_screening_without_a_ratio_is_kept(case):
    idle = imbalance(night_kw=math.nan, day_kw=math.nan, ratio=None, load_class=LoadClass.IDLE, flagged=False)
    case.store.screening([idle], screened_at=NOON)
    [(enterprise, load_class, night_kw)] = case.screened()
    assert (enterprise, load_class) == ("foundry", "idle")
    assert night_kw is None or math.isnan(night_kw)


def test_figures_that_are_no_number_are_left_out(case):
    case.store.health({"messages per s": 12.5, "age": math.nan, "rate": math.inf}, at=NOON)
    assert case.figures() == {"messages per s": 12.5}


def test_nothing_found_is_nothing_written(case):
    case.store.transitions([])
    case.store.screening([], screened_at=NOON)
    case.store.health({}, at=NOON)
    assert (case.alarms(), case.screened(), case.figures()) == ([], [], {})


@pytest.mark.parametrize("write", ["transitions", "screening", "health"])
def test_a_store_that_is_away_says_so(case, write):
    store = case.go_away()
    acts = {
        "transitions": lambda: store.transitions([recorded()]),
        "screening": lambda: store.screening([imbalance()], screened_at=NOON),
        "health": lambda: store.health({"a": 1.0}, at=NOON),
    }
    with pytest.raises(StoreAway):
        acts[write]()
    store.close()
