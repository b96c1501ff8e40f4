"""History is judged by what was in force in it, and by the ratios that were right."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.corrected import Corrected, corrected
from analytics.spans import NO_LONGER, replay_versions
from core import parameters
from core.alarm import State, Transition
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.readings import Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry, Threshold
from stores.memory import MemorySeries
from stores.sql.engine import open_database
from stores.sql.registry import SqlRegistryBook
from tests.analytics.loads import Columns
from tests.cases import NOON

MARCH_31, APRIL_1 = NOON, NOON + DAY_MS
NOW = NOON + 40 * DAY_MS

PLANT = Registry(
    enterprises=(Enterprise("E", "Plant", "Shifeng"),),
    facilities=(Facility("F", "E", Kind.PRODUCTION),),
    meters=(Meter("M", "F", ct=100, values="secondary"),),
    thresholds=(Threshold("M", "p", "above", 50.0, on_delay_s=60, off_delay_s=60),),
)


@pytest.fixture
def book(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'nightwatt.db'}")
    made = SqlRegistryBook(database)
    made.save(PLANT, by="test", now=NOON - 90 * DAY_MS)
    yield made
    database.close()


def hour_at(start: int, kw: float, *, received_at: int | None = None) -> Readings:
    """An hour of minute readings, then half an hour at rest."""
    ts = start + np.arange(90) * MINUTE_MS
    p = np.where(np.arange(90) < 60, kw, 0.0)
    return readings(np.zeros(90, dtype=np.int64), ts, p=p, ep=p, ia=p, ua=p, pf=p, received_at=received_at or ts)


def judged(book: SqlRegistryBook, *held: Readings) -> list[tuple[int, State]]:
    history = Corrected(Columns(concatenate(held)), book.ratios())
    start, end = NOON - DAY_MS, NOON + 3 * DAY_MS
    return [(row.at, row.state) for row in told(book, history, start=start, end=end)]


def told(book: SqlRegistryBook, history: Corrected, *, start: int, end: int) -> list[Transition]:
    batches = replay_versions(book.load, book.changes(start, end), history, start=start, end=end, now=NOW)
    return [row for batch in batches for row in batch if row.rule == "threshold"]


def set_limit(book: SqlRegistryBook, value: float, *, effective_at: int) -> None:
    change = parameters.limit(replace(PLANT.thresholds[0], value=value))
    book.set_parameters([change], by="a", reason="b", effective_at=effective_at, now=NOW)


def test_a_threshold_raised_on_the_first_of_april_judges_march_by_its_own_value(book):
    march, april = hour_at(MARCH_31, 70.0), hour_at(APRIL_1 + HOUR_MS, 70.0)
    raised = {at - at % DAY_MS for at, state in judged(book, march, april) if state is State.ACTIVE}
    assert len(raised) == 2
    set_limit(book, 80.0, effective_at=APRIL_1)
    found = judged(book, march, april)
    assert [(at // DAY_MS, state) for at, state in found] == [
        (MARCH_31 // DAY_MS, State.ACTIVE),
        (MARCH_31 // DAY_MS, State.NORMAL),
    ]


def test_a_limit_lowered_while_it_runs_begins_its_delay_at_the_change(book):
    change = MARCH_31 + 30 * MINUTE_MS
    set_limit(book, 20.0, effective_at=change)
    ((at, state), *_) = judged(book, hour_at(MARCH_31, 30.0))
    assert (at, state) == (change + MINUTE_MS, State.ACTIVE)


def test_an_alarm_goes_on_over_a_change_that_does_not_concern_it(book):
    other = parameters.running_thresholds("F", on_kw=1, off_kw=0.5)
    plain = judged(book, hour_at(MARCH_31, 70.0))
    book.set_parameters([other], by="a", reason="b", effective_at=MARCH_31 + 30 * MINUTE_MS, now=NOW)
    assert judged(book, hour_at(MARCH_31, 70.0)) == plain


def test_an_alarm_ends_with_the_limit_that_is_withdrawn(book):
    change = MARCH_31 + 30 * MINUTE_MS
    book.set_parameters([parameters.no_limit(PLANT.thresholds[0])], by="a", reason="b", effective_at=change, now=NOW)
    history = Corrected(Columns(hour_at(MARCH_31, 70.0)), ())
    raised, ended = told(book, history, start=NOON - DAY_MS, end=NOON + DAY_MS)
    assert (raised.state, ended.state, ended.at, ended.reason) == (State.ACTIVE, State.NORMAL, change, NO_LONGER)
    assert ended.since == raised.since


def test_a_ratio_corrected_later_scales_the_readings_in_between_and_leaves_the_store_as_it_is(book):
    store = MemorySeries()
    store.append(concatenate([hour_at(MARCH_31, 70.0), hour_at(APRIL_1, 70.0)]))
    before = concatenate(list(store.scan(0, NOW)))
    wrong = [parameters.ratio("M", ct=60)]
    book.set_parameters(wrong, by="a", reason="the plate says 60", effective_at=APRIL_1, now=APRIL_1 + DAY_MS)
    history = Corrected(store, book.ratios())
    found = told(book, history, start=NOON - DAY_MS, end=NOON + 3 * DAY_MS)
    assert {row.at // DAY_MS for row in found} == {MARCH_31 // DAY_MS}  # 70 kW was 42 kW from April on
    after = concatenate(list(store.scan(0, NOW)))
    assert np.array_equal(before.values, after.values, equal_nan=True)


def test_power_energy_and_current_go_by_the_current_ratio_and_the_others_do_not(book):
    book.set_parameters([parameters.ratio("M", ct=50, pt=3)], by="a", reason="b", effective_at=MARCH_31, now=APRIL_1)
    batch = corrected(hour_at(MARCH_31, 10.0).take(slice(0, 1)), book.ratios())
    p, ep, q, pf, ua, _, _, ia, *_ = batch.values[0].tolist()
    assert (p, ep, ua, ia, pf) == (15, 15, 30, 5, 10)
    assert np.isnan(q)


def test_readings_decoded_with_the_right_ratio_are_the_very_same(book):
    book.set_parameters([parameters.ratio("M", ct=50)], by="a", reason="b", effective_at=MARCH_31, now=MARCH_31)
    right = hour_at(APRIL_1, 10.0)
    assert corrected(right, book.ratios()) is right


def test_a_back_fill_that_came_after_a_change_is_put_back_to_the_ratio_of_its_time(book):
    book.set_parameters([parameters.ratio("M", ct=50)], by="a", reason="b", effective_at=APRIL_1, now=APRIL_1)
    late = hour_at(MARCH_31, 10.0, received_at=APRIL_1 + HOUR_MS)
    assert corrected(late, book.ratios()).p[0] == 20
