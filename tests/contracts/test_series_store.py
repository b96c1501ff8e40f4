"""One contract for every series store."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings import concatenate, readings
from stores.duckdb import DuckSeries
from stores.memory import MemorySeries

T0 = 1_763_740_800_000
MINUTE = 60_000


@pytest.fixture(params=["memory", "duckdb"])
def store(request, tmp_path):
    made = MemorySeries() if request.param == "memory" else DuckSeries(tmp_path / "readings.duckdb")
    yield made
    made.close()


def everything(store, **wanted):
    return concatenate(list(store.scan(0, 1 << 42, **wanted)))


def test_what_was_appended_is_scanned_in_order_of_time_then_meter(store):
    assert store.append(readings([2, 0, 1], [T0 + MINUTE, T0, T0], p=[1.0, 2.0, 3.0], ep=[10, 20, 30])) == 3
    found = everything(store)
    assert found.meter.tolist() == [0, 1, 2]
    assert found.ts.tolist() == [T0, T0, T0 + MINUTE]
    assert found.p.tolist() == [2.0, 3.0, 1.0]


def test_the_same_reading_twice_is_one_reading_and_the_first_stays(store):
    assert store.append(readings([0, 0], [T0, T0], p=[1.0, 9.0])) == 1
    assert store.append(readings([0, 0], [T0, T0 + MINUTE], p=[5.0, 6.0])) == 1
    assert everything(store).p.tolist() == [1.0, 6.0]
    assert store.count() == 2


def test_late_readings_are_stored_between_those_that_are_there(store):
    store.append(readings([0, 0], [T0, T0 + 5 * MINUTE], p=[0.0, 5.0]))
    assert store.append(readings([0, 0, 0], [T0 + 2 * MINUTE, T0 + MINUTE, T0], p=[2.0, 1.0, 7.0])) == 2
    assert everything(store).p.tolist() == [0.0, 1.0, 2.0, 5.0]


def test_absent_values_come_back_absent_and_nothing_else_is_lost(store):
    batch = readings(
        [3],
        [T0 + 7],
        received_at=T0 + 99,
        quality=np.array([2]),
        source=np.array([1]),
        seq=np.array([12]),
        ep=[48211.74],
    )
    store.append(batch)
    found = everything(store, quantities=("p", "ep", "f"))
    assert np.isnan(found.p[0])
    assert found.ep[0] == 48211.74
    assert (found.received_at[0], found.quality[0], found.source[0], found.seq[0]) == (T0 + 99, 2, 1, 12)


def test_a_span_is_half_open_and_meters_are_chosen(store):
    store.append(readings([0, 1, 0], [T0, T0, T0 + MINUTE], p=[1.0, 2.0, 3.0]))
    chosen = concatenate(list(store.scan(T0, T0 + MINUTE, meters=np.array([0]))))
    assert chosen.p.tolist() == [1.0]


def test_quantities_that_were_not_asked_for_are_absent(store):
    store.append(readings([0], [T0], p=[1.0], ep=[2.0]))
    assert np.isnan(everything(store, quantities=("p",)).ep[0])


def test_buckets_aggregate_one_meter_and_leave_empty_ones_out(store):
    store.append(readings([0] * 4 + [1], [T0, T0 + 1, T0 + MINUTE, T0 + 3 * MINUTE, T0], p=[1, 3, 7, np.nan, 50]))
    at, mean, low, high = store.buckets(0, T0, T0 + 10 * MINUTE, MINUTE)
    assert at.tolist() == [T0, T0 + MINUTE]
    assert mean.tolist() == [2.0, 7.0]
    assert (low.tolist(), high.tolist()) == ([1.0, 7.0], [3.0, 7.0])


def test_latest_gives_the_newest_of_each_meter_seen_since(store):
    store.append(readings([0, 0, 1, 2], [T0, T0 + MINUTE, T0 + MINUTE, T0 - MINUTE], p=[1, 2, 3, 4]))
    found = store.latest(T0)
    assert dict(zip(found.meter.tolist(), found.p.tolist(), strict=True)) == {0: 2.0, 1: 3.0}


def test_an_empty_store_answers_with_nothing(store):
    assert store.count() == 0
    assert len(everything(store)) == 0
    assert len(store.latest(0)) == 0
    assert len(store.buckets(0, T0, T0 + MINUTE, 1000)[0]) == 0
    assert store.append(readings([], [])) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=12), max_size=6))
def test_any_order_and_any_repeats_store_each_key_once(tmp_path_factory, batches):
    store = DuckSeries(tmp_path_factory.mktemp("series") / "r.duckdb")
    seen: set[tuple[int, int]] = set()
    for batch in batches:
        new = set(batch) - seen
        assert store.append(readings([m for m, _ in batch], [T0 + t for _, t in batch], p=[1.0] * len(batch))) == len(
            new
        )
        seen |= new
    found = everything(store)
    assert sorted(zip(found.meter.tolist(), (found.ts - T0).tolist(), strict=True)) == sorted(seen)
    store.close()


def test_a_reopened_file_still_knows_what_it_has(tmp_path):
    path = tmp_path / "readings.duckdb"
    first = DuckSeries(path)
    first.append(readings([5], [T0], p=[1.0]))
    first.close()
    again = DuckSeries(path)
    assert again.append(readings([5, 5], [T0, T0 + 1], p=[1.0, 2.0])) == 1
    assert again.count(meter=5) == 2
    again.close()
