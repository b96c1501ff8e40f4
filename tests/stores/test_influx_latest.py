"""The newest readings are kept in memory: what is said from there is what the server would say."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings import Quality, readings
from stores.influx.store import InfluxSeries
from tests.cases import city

T0 = 1_763_740_800_000
CITY = city()

row = st.tuples(
    st.integers(0, 3), st.integers(0, 20), st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.CLOCK_SKEW])
)


def said(store, since):
    found = store.latest(T0 + since)
    return [column.tolist() for column in (found.meter, found.ts, found.p, found.quality, found.received_at)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(row, min_size=1, max_size=6), max_size=5), asked=st.lists(st.integers(0, 20), min_size=6)
)
def test_the_newest_readings_are_those_that_the_server_has(influx, batches, asked):
    address = influx.fresh()
    store = InfluxSeries(address, lambda: CITY)
    for i, batch in enumerate(batches):
        meter, ts, quality = zip(*batch, strict=True)
        power = np.arange(len(batch)) + 10.0 * i
        store.append(readings(meter, T0 + np.array(ts), p=power, received_at=i, quality=np.array(quality, dtype=int)))
        other = InfluxSeries(address, lambda: CITY)
        assert said(store, asked[i]) == said(other, asked[i])
        other.close()
    store.close()


def test_another_registry_is_asked_for_anew(influx):
    current = [replace(CITY, meters=CITY.meters[:2])]
    store = InfluxSeries(influx.fresh(), lambda: current[0])
    store.append(readings([0, 1], [T0, T0], p=[1.0, 2.0]))
    assert said(store, 0)[0] == [0, 1]
    current[0] = CITY
    store.append(readings([8], [T0 + 1], p=[3.0]))
    assert said(store, 0)[0] == [0, 1, 8]
    store.close()
