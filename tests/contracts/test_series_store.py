"""One contract for every series store."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings import QUANTITIES, Quality, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from stores.duckdb import DuckSeries
from stores.influx.store import InfluxSeries
from stores.memory import MemorySeries

T0 = 1_763_740_800_000
MINUTE = 60_000


# Ids that people do give, and that a store which keeps readings under them must keep apart.
METERS = ("M-0", "M 1", "M,2", "M=3", '炉号"四"', "it's\\5", "ends\\", "m{}[]:7", "M%8;é")
PLANT = Registry(
    enterprises=(Enterprise("E, 1", "铸造", "天元区"),),
    facilities=(Facility("E=1 F\\", "E, 1", Kind.FEEDER),),
    meters=tuple(Meter(id, "E=1 F\\") for id in METERS),
)

STORES = {
    "memory": lambda request: MemorySeries(),
    "duckdb": lambda request: DuckSeries(request.getfixturevalue("tmp_path_factory").mktemp("duck") / "r.duckdb"),
    "influx": lambda request: InfluxSeries(request.getfixturevalue("influx").fresh(), lambda: PLANT),
}


@pytest.fixture(params=STORES)
def store(request):
    made = STORES[request.param](request)
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


def test_latest_passes_over_readings_whose_time_is_not_believed(store):
    skewed = int(Quality.CLOCK_SKEW | Quality.FROZEN)
    quality = np.array([0, int(Quality.FROZEN), skewed, skewed])
    ts = [T0, T0 + MINUTE, T0 + 2 * MINUTE, T0]
    store.append(readings([0, 0, 0, 1], ts, p=[1.0, 2.0, 3.0, 4.0], quality=quality))
    found = store.latest(T0)
    assert (found.meter.tolist(), found.p.tolist(), found.quality.tolist()) == ([0], [2.0], [int(Quality.FROZEN)])
    assert len(store.latest(T0 + 2 * MINUTE)) == 0
    assert store.count() == 4


def test_every_meter_keeps_its_own_readings_whatever_it_is_called(store):
    numbers = range(len(METERS))
    store.append(readings(list(numbers), [T0] * len(METERS), p=[float(n) for n in numbers]))
    assert everything(store).p.tolist() == list(numbers)
    assert store.latest(T0).meter.tolist() == list(numbers)
    for n in numbers:
        assert store.count(meter=n) == 1
        assert concatenate(list(store.scan(T0, T0 + 1, meters=np.array([n])))).meter.tolist() == [n]
        assert store.buckets(n, T0, T0 + 1, 1)[1].tolist() == [n]
        assert store.append(readings([n], [T0], p=[99.0])) == 0


def test_readings_of_no_meters_are_none(store):
    store.append(readings([0], [T0], p=[1.0]))
    assert list(store.scan(T0, T0 + 1, meters=np.array([], dtype=np.int64))) == []
    assert list(store.scan(T0, T0 + 1, meters=np.array([7]))) == []


def test_values_come_back_to_the_last_bit(store):
    odd = [0.1 + 0.2, -1.5, 1e-300, -1.7976931348623157e308, 99_999_999.9999, 100_000_000.0001, 1 / 3, 5e-324, 12.0]
    integers = dict.fromkeys(("received_at", "seq"), np.array([2**53 + 1, 0, -1, 10**16, 1, 2, 3, 4, 2**62]))
    integers["received_at"] = np.abs(integers["received_at"]) % 10**13
    store.append(readings([0] * len(odd), T0 + np.arange(len(odd)), p=odd, f=odd[::-1], **integers))
    found = everything(store, quantities=QUANTITIES)
    assert found.p.tobytes() == np.array(odd).tobytes()
    assert found.values[:, -1].tobytes() == np.array(odd[::-1]).tobytes()
    assert found.seq.tolist() == integers["seq"].tolist()
    assert found.received_at.tolist() == integers["received_at"].tolist()
    assert np.isnan(found.ep).all()


def test_a_reading_without_any_value_is_a_reading(store):
    assert store.append(readings([0], [T0])) == 1
    assert store.append(readings([0], [T0], p=[1.0])) == 0
    found = everything(store, quantities=QUANTITIES)
    assert found.ts.tolist() == [T0]
    assert np.isnan(found.values).all()


def test_batches_of_a_scan_follow_each_other_in_time_over_years_and_gaps(store):
    day = 24 * 60 * MINUTE
    ts = T0 + np.array([0, 1, 90, 91, 92, 700]) * day
    meter = np.arange(len(ts)) % 3
    store.append(readings(meter[::-1].copy(), ts[::-1].copy(), p=np.arange(6.0)))
    assert everything(store).ts.tolist() == ts.tolist()
    batches = [batch.ts for batch in store.scan(T0, T0 + 92 * day)]
    assert np.concatenate(batches).tolist() == ts[:4].tolist()


def test_buckets_begin_at_the_start_that_was_asked_for(store):
    store.append(readings([0] * 3, [T0 - 7, T0 - 1, T0 + 3], p=[1.0, 3.0, 5.0]))
    at, mean, _, _ = store.buckets(0, T0 - 7, T0 + 4, 10)
    assert (at.tolist(), mean.tolist()) == ([T0 - 7, T0 + 3], [2.0, 5.0])


@pytest.mark.parametrize("quantity", ["power", 'p" FROM meter; DROP DATABASE x --', "p), max(p"])
def test_what_is_no_quantity_never_becomes_part_of_a_query(store, quantity):
    store.append(readings([0], [T0], p=[1.0]))
    with pytest.raises((ValueError, KeyError)):
        store.buckets(0, T0, T0 + MINUTE, 1000, quantity)
    assert store.count() == 1


def test_an_empty_store_answers_with_nothing(store):
    assert store.count() == 0
    assert len(everything(store)) == 0
    assert len(store.latest(0)) == 0
    assert len(store.buckets(0, T0, T0 + MINUTE, 1000)[0]) == 0
    assert store.append(readings([], [])) == 0


@pytest.mark.parametrize("kind", STORES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=12), max_size=6))
def test_any_order_and_any_repeats_store_each_key_once(kind, request, batches):
    store = STORES[kind](request)
    seen: set[tuple[int, int]] = set()
    for batch in batches:
        new = set(batch) - seen
        assert store.append(readings([m for m, _ in batch], [T0 + t for _, t in batch], p=[1.0] * len(batch))) == len(
            new
        )
        seen |= new
    found = everything(store)
    assert list(zip((found.ts - T0).tolist(), found.meter.tolist(), strict=True)) == sorted((t, m) for m, t in seen)
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
