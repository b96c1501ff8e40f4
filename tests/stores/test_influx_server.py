"""The series store against a real InfluxDB that is away, is killed, refuses, or keeps nothing so old."""

import re
import time
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from core.errors import StoreAway
from core.readings import concatenate, readings
from core.registry import Facility, Kind, Meter, Registry
from stores.influx import influxql
from tests.cases import city
from tests.influx import execute, running_influx
from tests.mosquitto import free_port
from tests.stores.http_peer import Asked, peer
from tests.stores.influx_cases import address, open_store

__all__ = ["address", "open_store"]

MINUTE = 60_000
T0 = 1_763_740_800_000
CITY = city()


def batch(start: int, n: int = 10, *, meter: int = 0):
    return readings([meter] * n, T0 + MINUTE * np.arange(start, start + n), p=np.arange(start, start + n) * 1.5)


def everything(store):
    return concatenate(list(store.scan(0, 1 << 42)))


def test_a_store_opened_again_knows_what_the_server_has(address, open_store):
    open_store(address).append(batch(0))
    again = open_store(address)
    assert again.append(batch(5)) == 5
    assert again.append(batch(2)) == 0
    assert everything(again).p.tolist() == (np.arange(15) * 1.5).tolist()


def test_readings_lie_under_the_ids_of_the_registry(address, open_store):
    open_store(address).append(batch(0, 1))
    [found] = execute(address, "SELECT * FROM meter")
    assert {name: found[name][0] for name in ("enterprise", "facility", "kind", "meter", "p", "quality", "seq")} == {
        "enterprise": "foundry",
        "facility": "foundry-F",
        "kind": "feeder",
        "meter": "foundry-F-m",
        "p": 0,
        "quality": 0,
        "seq": -1,
    }
    text = str(execute(address, "SHOW TAG KEYS")) + str(execute(address, "SHOW FIELD KEYS")) + str(found)
    assert "王工" not in text


def test_a_meter_that_moves_to_another_facility_keeps_its_readings_once(address, open_store):
    facilities = (Facility("F1", "E", Kind.FEEDER), Facility("F2", "E", Kind.PRODUCTION))
    enterprise = CITY.enterprises[:1]
    rows = [
        Registry(
            enterprises=enterprise,
            facilities=tuple(replace(f, enterprise=enterprise[0].id) for f in facilities),
            meters=(Meter("M", facility),),
        )
        for facility in ("F1", "F2")
    ]
    current = [rows[0]]
    store = open_store(address, lambda: current[0])
    store.append(batch(0, 3))
    current[0] = rows[1]
    assert store.append(batch(0, 6)) == 3
    assert store.append(batch(0, 6)) == 0
    assert everything(store).p.tolist() == (np.arange(6) * 1.5).tolist()
    assert store.latest(0).p.tolist() == [7.5]
    assert open_store(address, lambda: rows[1]).append(batch(0, 7)) == 1


def test_a_meter_that_the_registry_does_not_know_yet_waits(address, open_store):
    current = [Registry()]
    store = open_store(address, lambda: current[0])
    with pytest.raises(StoreAway, match="not in the registry yet"):
        store.append(batch(0, meter=2))
    current[0] = CITY
    assert store.append(batch(0, meter=2)) == 10


def test_readings_of_meters_that_the_registry_does_not_know_are_not_read(address, open_store):
    open_store(address).append(batch(0, meter=8))
    small = replace(CITY, meters=CITY.meters[:3])
    store = open_store(address, lambda: small)
    assert len(everything(store)) == len(store.latest(0)) == store.count(meter=8) == 0


def test_a_killed_server_has_what_it_acknowledged_and_takes_the_rest_when_it_is_back(tmp_path, open_store):
    with running_influx(tmp_path) as server:
        address = server.fresh()
        store = open_store(address)
        assert store.append(batch(0)) == 10
        server.kill()
        with pytest.raises(StoreAway, match="does not answer"):
            store.append(batch(5))
        for ask in (store.count, store.ping, lambda: store.latest(0), lambda: everything(store)):
            with pytest.raises(StoreAway):
                ask()
        unopened = open_store(address)
        with pytest.raises(StoreAway):
            unopened.append(batch(5))
        server.start()
        assert store.append(batch(5)) == 5
        assert unopened.append(batch(10)) == 5
        assert everything(store).p.tolist() == (np.arange(20) * 1.5).tolist()
        store.ping()


def test_a_write_whose_answer_is_lost_is_counted_once_when_it_is_repeated(address, open_store):
    cut = [True]

    def forward(asked: Asked) -> tuple[int, bytes] | None:
        request = urllib.request.Request(address.url + asked.path, asked.body or None, asked.headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = answer.status, answer.read()
        return None if asked.path.startswith("/write") and cut[0] else said

    with peer(forward) as between:
        store = open_store(replace(address, url=between.url))
        assert len(store.latest(0)) == 0
        with pytest.raises(StoreAway):
            store.append(batch(0))
        cut[0] = False
        assert store.latest(0).p.tolist() == [13.5]
        other = readings([0], [T0], p=[99.0])
        assert store.append(other) == 0
        assert store.append(batch(0, 12)) == 2
    assert everything(open_store(address)).p.tolist() == (np.arange(12) * 1.5).tolist()


def test_a_server_that_does_not_answer_in_time_is_away(address, open_store):
    def dawdle(asked: Asked) -> None:
        time.sleep(1)

    with peer(dawdle) as slow:
        store = open_store(replace(address, url=slow.url, timeout_s=0.1))
        with pytest.raises(StoreAway, match="not in time"):
            store.append(batch(0))


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>captive portal</html>"),
        (200, b'{"results":[{"error":"out of memory"}]}'),
        (200, b'{"results":[{"series":[{"name":"meter","columns":["time"],"values":[[1]'),
        (302, b""),
        (404, b"404 page not found"),
        (429, b"slow down"),
        (500, b""),
        (503, b"\xff\xfe"),
    ],
)
def test_a_server_that_answers_something_else_is_away(address, open_store, answer):
    with peer(lambda asked: answer) as odd:
        store = open_store(replace(address, url=odd.url))
        for ask in (lambda: store.append(batch(0)), store.count, lambda: everything(store)):
            with pytest.raises(StoreAway):
                ask()


def test_of_very_many_meters_everything_is_read_in_order_of_time_then_meter(address, open_store):
    number = 1_250
    many = replace(CITY, meters=tuple(Meter(f"E{n:05}", CITY.facilities[0].id) for n in range(number)))
    store = open_store(address, lambda: many)
    at = T0 + MINUTE * np.arange(3).repeat(number)
    store.append(readings(np.tile(np.arange(number), 3), at, p=np.arange(3.0 * number)))
    wanted = np.arange(1, number)
    found = concatenate(list(store.scan(T0, T0 + 3 * MINUTE, meters=wanted)))
    assert found.meter.tolist() == wanted.tolist() * 3
    assert (np.diff(found.ts) >= 0).all()
    assert store.append(readings(wanted, [T0 + MINUTE] * len(wanted), p=np.zeros(len(wanted)))) == 0


def test_no_query_names_many_meters():
    """InfluxDB takes a second for a condition of a thousand, and no longer answers in time for ten thousand."""
    tags = [f"m{n}" for n in range(10_001)]
    parts = influxql.parts(tags)
    assert max(part.count(" = ") for part in parts) == influxql.METERS_AT_ONCE
    assert [f"m{n}" for part in parts for n in re.findall(r"'m(\d+)'", part)] == tags
    assert influxql.parts(None) == [""]
    assert len(influxql.parts([])) == 1


def test_nobody_listening_is_away_at_once(open_store, influx):
    store = open_store(replace(influx.address(), url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(StoreAway, match="does not answer"):
        store.append(batch(0))
