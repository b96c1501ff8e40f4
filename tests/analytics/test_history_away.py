"""While history can't be read alarms go on; what it would have changed is made good once it is back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics import snapshot
from analytics.live import LATENESS_MS, Live
from core.alarm import State, Transition
from core.errors import StoreAway
from core.interval import MINUTE_MS
from core.readings import IntArray, Readings, readings
from core.registry import Registry
from stores.memory import MemorySeries
from stores.sql.engine import open_database
from stores.sql.registry import SqlRegistryBook
from tests.analytics.test_live import ALARM, PRE_WARNING, T1, Works
from tests.analytics.test_out_of_order import LIMIT, episodes, says
from tests.cases import NOON, city


class History(MemorySeries):
    """The memory store, whose past can't be read while it is `closed`; `scans` are those that gave something."""

    def __init__(self) -> None:
        super().__init__()
        self.closed, self.scans = False, 0

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        if self.closed:
            raise StoreAway("readings wait in the spool")
        self.scans += 1
        return super().scan(start, end, meters=meters, quantities=quantities)


def works_with(folder: Path, registry: Registry) -> Works:
    database = open_database(f"sqlite:///{folder / 'nightwatt.db'}")
    SqlRegistryBook(database).save(registry, by="test", now=NOON)
    made = Works(database)
    made.registry, made.series = registry, History()
    made.restart(now=NOON)
    return made


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = works_with(tmp_path, city())
    yield made
    made.db.close()


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Works]:
    made = works_with(tmp_path, replace(city(), thresholds=(LIMIT,)))
    yield made
    made.db.close()


def test_readings_in_order_are_judged_as_ever(works):
    works.series.closed = True
    works.minutes(0, 20)
    assert works.told() == [PRE_WARNING, ALARM]
    assert works.live.owed_since is None


def test_a_late_crossing_is_owed_and_found_once_history_is_back(limited):
    says(limited, 0, 50, now=0)
    says(limited, 3, 50, now=3)
    limited.series.closed = True
    says(limited, 1, 150, now=3)
    says(limited, 4, 150, now=4)
    says(limited, 5, 50, now=5)
    assert episodes(limited) == [(4, 5)]
    assert limited.live.owed_since == NOON + MINUTE_MS
    limited.series.closed = False
    says(limited, 6, 50, now=6)
    assert [since for since, _ in episodes(limited)] == [1, 4]
    assert limited.live.owed_since is None


def test_history_that_is_away_is_asked_once_a_second(limited):
    asked = []
    real = limited.series.scan
    limited.series.scan = lambda *a, **k: asked.append(a) or real(*a, **k)
    says(limited, 5, 50, now=5)
    limited.series.closed = True
    for n in range(40):
        limited.take(readings([T1], [NOON + n], p=[50.0]), now=NOON + 5 * MINUTE_MS + n * 100)
    assert len(asked) == 4


def test_what_is_owed_is_paid_though_no_reading_comes(limited):
    says(limited, 3, 50, now=3)
    limited.series.closed = True
    says(limited, 1, 150, now=3)
    limited.series.closed = False
    limited.live.catch_up(now=NOON + 4 * MINUTE_MS)
    assert [since for since, _ in episodes(limited)] == [1]


def test_what_is_owed_outlives_the_reach_of_late_readings(limited):
    """An outage of an hour: the state from before the late reading is kept all the while."""
    for minute in range(20):
        says(limited, minute, 50, now=minute)
    limited.series.closed = True
    says(limited, 9.5, 150, now=20)
    for minute in range(20, 80):
        says(limited, minute, 50, now=minute)
    limited.series.closed = False
    says(limited, 80, 50, now=80)
    assert [since for since, _ in episodes(limited)] == [9.5]


def test_what_is_owed_since_before_the_first_state_outlives_more_than_a_day(limited):
    limited.series.closed = True
    says(limited, 2, 50, now=2)
    says(limited, 1, 150, now=2)
    limited.series.closed = False
    two_days = 2 * 24 * 60
    says(limited, two_days, 50, now=two_days)
    assert [since for since, _ in episodes(limited)] == [1]


def test_after_a_long_debt_the_next_late_reading_goes_back_a_short_way(limited):
    limited.series.closed = True
    says(limited, 1, 50, now=1)
    says(limited, 0, 50, now=1)
    for minute in range(2, 80):
        says(limited, minute, 50, now=minute)
    limited.series.closed = False
    says(limited, 80, 50, now=80)
    starts, real = [], limited.series.scan
    limited.series.scan = lambda start, end, **k: starts.append(start) or real(start, end, **k)
    says(limited, 79.5, 150, now=81)
    assert min(starts) > NOON + 81 * MINUTE_MS - 3 * LATENESS_MS
    assert [since for since, _ in episodes(limited)] == [79.5]


def test_readings_that_came_too_late_are_not_judged_with_what_is_owed(limited):
    for minute in range(30):
        limited.take(arriving(minute, at=minute), now=NOON + minute * MINUTE_MS)
    limited.series.closed = True
    limited.take(arriving(28.5, at=30, p=150.0), now=NOON + 30 * MINUTE_MS)
    limited.take(arriving(10.5, at=30, p=150.0), now=NOON + 30 * MINUTE_MS)
    limited.series.closed = False
    limited.take(arriving(31, at=31), now=NOON + 31 * MINUTE_MS)
    assert [since for since, _ in episodes(limited)] == [28.5]


def arriving(minute: float, *, at: float, p: float = 50.0) -> Readings:
    return readings([T1], [NOON + int(minute * MINUTE_MS)], p=[p], received_at=NOON + int(at * MINUTE_MS))


@pytest.mark.parametrize("crash_after", range(0, 20, 3))
def test_a_restart_without_history_goes_on_from_the_newest_state(works, crash_after):
    works.minutes(0, crash_after)
    works.live.close(now=NOON + crash_after * MINUTE_MS)
    works.series.closed = True
    works.restart(now=NOON + (crash_after + 1) * MINUTE_MS)
    works.minutes(crash_after + 1, 20)
    assert works.told() == [PRE_WARNING, ALARM]
    works.series.closed = False
    works.minutes(21, 22)
    assert works.told() == [PRE_WARNING, ALARM]
    assert works.live.owed_since is None


def test_an_alarm_that_stands_is_not_raised_again_by_a_restart_without_history(limited):
    for minute in range(16):
        says(limited, minute, 50, now=minute)
    says(limited, 15.1, 150, now=15.1)
    limited.series.closed = True
    limited.restart(now=NOON + 16 * MINUTE_MS)
    says(limited, 16, 150, now=16)
    assert episodes(limited) == [(15.1, None)]
    says(limited, 17, 50, now=17)
    limited.series.closed = False
    says(limited, 18, 50, now=18)
    assert episodes(limited) == [(15.1, 17)]


def test_a_restart_with_history_revises_what_late_readings_disproved_before_it(limited):
    """The alarm was raised while history was away; the reading that moves it was only stored, then all died."""
    says(limited, 0, 50, now=0)
    says(limited, 3, 150, now=3)
    limited.series.closed = True
    says(limited, 2, 150, now=3)
    limited.series.closed = False
    limited.restart(now=NOON + 4 * MINUTE_MS)
    assert episodes(limited) == [(2, None)]


def test_another_registry_meanwhile_does_not_lose_what_is_owed(limited):
    says(limited, 0, 50, now=0)
    says(limited, 3, 50, now=3)
    limited.series.closed = True
    says(limited, 1, 150, now=3)
    limited.live.reload(replace(limited.registry, version=limited.registry.version + 1))
    limited.series.closed = False
    says(limited, 6, 50, now=6)
    assert [since for since, _ in episodes(limited)] == [1]


def test_messages_delivered_again_make_nobody_read_history(limited):
    for minute in range(10):
        says(limited, minute, 50, now=minute)
    limited.series.scans = 0
    for minute in (3, 9, 0, 5):
        says(limited, minute, 50, now=10)
    assert limited.series.scans == 0
    says(limited, 4.5, 150, now=10)
    says(limited, 4.5, 150, now=10)
    assert limited.series.scans == 1
    assert [since for since, _ in episodes(limited)] == [4.5]


def test_what_was_judged_before_a_restart_is_known_after_it(limited):
    for minute in range(10):
        says(limited, minute, 50, now=minute)
    limited.restart(now=NOON + 10 * MINUTE_MS)
    limited.series.scans = 0
    says(limited, 5, 50, now=10)
    assert limited.series.scans == 0


OTHER = city().meter_number["foundry-T1-m"]

STEPS = st.one_of(
    st.tuples(st.just("toggle")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("reading"), st.integers(0, 30), st.sampled_from([0, 0, 0, 1, 3, 8]), st.booleans()),
)

BEFORE_THE_FIRST = [
    *[("reading", 0, 0, False), ("toggle",), ("restart",), ("toggle",), ("toggle",), ("reading", 26, 0, False)],
    *[("restart",), ("toggle",), ("restart",), ("toggle",), ("toggle",), ("reading", 0, 8, False)],
]
"""A state from before the first reading is gone back to."""


class Log:
    """Keeps the last state and all that was found."""

    def __init__(self) -> None:
        self.state: bytes | None = None
        self.found: list[Transition] = []

    def record(self, transitions: Sequence[Transition], *, snapshot: bytes | None, now: int) -> int:
        self.found += transitions
        self.state = snapshot
        return len(transitions)

    def snapshot(self) -> bytes | None:
        return self.state


class Run:
    """A service over a log, which can be started again."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.series, self.log = registry, History(), Log()
        self.start(NOON)

    def start(self, now: int) -> None:
        parts = {"log": self.log, "history": self.series, "stopwatch": lambda: 0.0}
        self.live = Live(self.registry, on_commit=lambda: None, **parts)
        self.live.start(now=now)

    def take(self, batch: Readings, now: int) -> None:
        self.series.append(batch)
        self.live.evaluate(batch, now=now)

    def standing(self) -> set[tuple[str, int]]:
        return {(alarm.subject, alarm.since) for alarm in self.live._engine.standing()}

    def open(self) -> set[tuple[str, int]]:
        """What was written as raised and not as ended, the last word counting."""
        last: dict[tuple[str, int], State] = {}
        for t in self.log.found:
            if t.revises is not None:  # the same alarm under another beginning
                last.pop((t.subject, t.revises), None)
            last[t.subject, t.since] = t.state
        return {key for key, state in last.items() if state is State.ACTIVE}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=5, max_size=60))
@example(BEFORE_THE_FIRST)
@example([("reading", 0, 0, True)] * 3 + [("reading", 0, 0, False), ("reading", 26, 0, False), ("reading", 0, 3, True)])
def test_in_the_end_it_is_as_if_history_had_never_been_away(steps):
    limits = (LIMIT, replace(LIMIT, meter="foundry-T1-m", on_delay_s=120, off_delay_s=60))
    registry = replace(city(), thresholds=limits)
    steady, flaky, minute = Run(registry), Run(registry), 0
    for step in steps:
        if step[0] == "toggle":
            flaky.series.closed = not flaky.series.closed
        elif step[0] == "restart":
            flaky.start(NOON + minute * MINUTE_MS)
        else:
            _, gap, late, crossing = step
            minute += gap if gap > 25 else 1
            batch = two_meters(minute, late, 150.0 if crossing else 50.0)
            for run in (steady, flaky):
                run.take(batch, NOON + minute * MINUTE_MS)
    flaky.series.closed = False
    for run in (steady, flaky):
        run.live.catch_up(now=NOON + minute * MINUTE_MS + 6_000)
        run.live.close(now=NOON + minute * MINUTE_MS + 6_000)
    assert flaky.standing() == steady.standing() == flaky.open() == steady.open()
    assert same_state(flaky, steady)


def two_meters(minute: int, late: int, power: float) -> Readings:
    ts = NOON + (minute - late) * MINUTE_MS + (500 if late else 0)
    return readings([T1, OTHER], [ts, ts], p=[power, power], received_at=NOON + minute * MINUTE_MS)


def same_state(one: Run, other: Run) -> bool:
    first, second = one.live._engine, other.live._engine
    alike = np.array_equal(first.plant.last_ts, second.plant.last_ts)
    for mine, theirs in zip(first.rules, second.rules, strict=True):
        for name in ("pending_since", "clearing_since", "active", "level", "episode"):
            alike &= np.array_equal(getattr(mine.timers, name), getattr(theirs.timers, name))
    return alike and snapshot.save(first) == snapshot.save(second)
