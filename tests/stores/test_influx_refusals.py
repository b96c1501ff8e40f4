"""The series store against a real InfluxDB that refuses: the user, the database, or the data itself."""

import logging
import time
from dataclasses import replace

import numpy as np
import pytest

from core.errors import StoreAway
from core.readings import concatenate, readings
from core.registry import Meter
from stores.influx.faults import Refused
from tests.cases import city
from tests.influx import execute, running_influx
from tests.stores.http_peer import peer
from tests.stores.influx_cases import address, open_store

__all__ = ["address", "open_store"]

MINUTE = 60_000
T0 = 1_763_740_800_000
CITY = city()


def batch(start: int, n: int = 10, *, meter: int = 0):
    return readings([meter] * n, T0 + MINUTE * np.arange(start, start + n), p=np.arange(start, start + n) * 1.5)


def everything(store):
    return concatenate(list(store.scan(0, 1 << 42)))


def test_a_wrong_password_is_named_and_not_repeated(tmp_path, open_store):
    with running_influx(tmp_path, auth=True) as server:
        admin = replace(server.address(), username="root", password="right-password")
        execute(admin, "CREATE USER root WITH PASSWORD 'right-password' WITH ALL PRIVILEGES")
        execute(admin, "CREATE DATABASE nightwatt")
        wrong = open_store(replace(admin, password="wrong-password"))
        for ask in (lambda: wrong.append(batch(0)), wrong.count):
            with pytest.raises(StoreAway, match="user or token") as refused:
                ask()
            assert "wrong-password" not in str(refused.value)
        assert open_store(admin).append(batch(0)) == 10


def test_a_secret_that_a_server_repeats_is_struck_out(address, open_store):
    with peer(lambda asked: (500, asked.headers["Authorization"].encode())) as odd:
        store = open_store(replace(address, url=odd.url, token="s3cr3t-token"))
        with pytest.raises(StoreAway) as refused:
            store.count()
        assert "s3cr3t" not in str(refused.value)
        assert "***" in str(refused.value)


def test_a_database_that_is_not_there_is_away_and_says_what_makes_it(influx, open_store):
    store = open_store(influx.address("nowhere"))
    with pytest.raises(StoreAway, match=r"database|nightwatt store setup"):
        store.append(batch(0))


def test_what_the_server_refuses_is_found_and_everything_else_is_stored(address, open_store, caplog):
    caplog.set_level(logging.CRITICAL)
    ts = T0 + MINUTE * np.arange(50)
    ts[[7, 31]] = 9_300_000_000_000, 9_300_000_000_001  # beyond what nanoseconds can say
    store = open_store(address)
    with pytest.raises(Refused, match=r"2 reading\(s\)"):
        store.append(readings([0] * 50, ts, p=np.arange(50.0)))
    assert everything(store).p.tolist() == [p for p in range(50) if p not in (7, 31)]
    assert store.append(readings([0], [int(ts[8])], p=[1.0])) == 0


def test_a_meter_whose_id_no_tag_can_hold_is_refused_alone(address, open_store, caplog):
    caplog.set_level(logging.CRITICAL)
    odd = replace(CITY, meters=(*CITY.meters, Meter("two\nlines", CITY.facilities[0].id)))
    store = open_store(address, lambda: odd)
    with pytest.raises(Refused, match="two"):
        store.append(readings([0, len(CITY.meters), 1], [T0] * 3, p=[1.0, 2.0, 3.0]))
    assert everything(store).p.tolist() == [1.0, 3.0]


def test_what_is_older_than_the_server_keeps_is_left_out_and_not_counted(address, open_store, caplog):
    caplog.set_level(logging.CRITICAL)
    execute(address, f'ALTER RETENTION POLICY autogen ON "{address.database}" DURATION 30d')
    now = time.time_ns() // 1_000_000
    old = now - 40 * 24 * 60 * MINUTE
    store = open_store(address)
    assert store.append(readings([0, 0, 1], [old, now, old], p=[1.0, 2.0, 3.0])) == 1
    assert store.append(readings([0, 0, 1], [old, now, old], p=[1.0, 2.0, 3.0])) == 0
    assert everything(store).p.tolist() == [2.0]


def test_long_batches_are_written_and_read_in_parts(address, open_store, monkeypatch):
    monkeypatch.setattr("stores.influx.slabs.ROWS", 700)
    monkeypatch.setattr("stores.influx.store.ROWS_A_WRITE", 999)
    n = 4_000
    ts = T0 + np.r_[np.arange(n - 100) * 500, T0 + np.arange(100) * 3_600_000 * 30 - T0]
    rows = readings(np.arange(n) % 9, ts, p=np.arange(n) * 0.1)
    store = open_store(address)
    assert store.append(rows) == len({*zip(rows.meter.tolist(), ts.tolist(), strict=True)})
    batches = list(store.scan(0, 1 << 42))
    found = concatenate(batches)
    order = np.lexsort((found.meter, found.ts))
    assert (order == np.arange(len(found))).all()
    assert len(found) == store.count()
    assert max(map(len, batches)) <= 1_400
    assert store.append(rows) == 0
