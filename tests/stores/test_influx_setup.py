"""What `nightwatt store setup` makes of an InfluxDB, and the hourly values that it keeps for ever."""

import json
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from core.errors import SetupError, StoreAway
from core.readings import readings
from nightwatt.commands.store import setup
from stores.influx.address import InfluxAddress
from stores.influx.hourly import HOUR_MS, Hourly
from stores.influx.setup import prepare
from stores.influx.store import InfluxSeries
from tests.cases import city
from tests.influx import execute
from tests.mosquitto import free_port
from tests.stores.http_peer import Asked, peer

MINUTE = 60_000
RECENT = (time.time_ns() // 1_000_000 // HOUR_MS - 48) * HOUR_MS
"""A full hour two days ago: within what a store that was set up keeps."""


@pytest.fixture
def absent(influx):
    """The address of a database that nobody has made yet."""
    address = influx.fresh()
    execute(address, f'DROP DATABASE "{address.database}"')
    return address


def policies(address):
    [found] = execute(address, f'SHOW RETENTION POLICIES ON "{address.database}"')
    rows = zip(found["name"], found["duration"], found["default"], strict=True)
    return {name: (duration, default) for name, duration, default in rows}


def test_a_new_database_keeps_readings_13_months_and_hourly_values_for_ever(absent):
    assert len(prepare(absent)) == 2
    assert policies(absent) == {"raw": ("9480h0m0s", True), "hourly": ("0s", False)}
    assert prepare(absent) == []


def test_an_empty_database_that_is_there_gets_what_it_lacks(influx):
    address = influx.fresh()
    assert len(prepare(address)) == 2
    assert policies(address)["raw"] == ("9480h0m0s", True)
    assert prepare(address) == []


def test_a_longer_retention_that_somebody_chose_is_left_alone(absent):
    prepare(absent)
    execute(absent, f'ALTER RETENTION POLICY raw ON "{absent.database}" DURATION 1000d')
    assert prepare(absent) == []
    assert policies(absent)["raw"] == ("24000h0m0s", True)


def test_data_under_another_policy_is_not_put_out_of_sight(influx):
    address = influx.fresh()
    store = InfluxSeries(address, city)
    store.append(readings([0], [RECENT], p=[1.0]))
    store.close()
    with pytest.raises(SetupError, match="autogen"):
        prepare(address)
    assert set(policies(address)) == {"autogen"}


def test_the_command_says_what_it_made(absent, capsys):
    assert setup(absent) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["database"] == absent.database
    assert len(said["made"]) == 2


def test_a_server_that_is_away_can_not_be_set_up():
    with pytest.raises(StoreAway):
        prepare(InfluxAddress(f"http://127.0.0.1:{free_port()}", version=1))


class Bureau:
    """As much of the InfluxDB 2 HTTP API as the setup speaks, with a memory."""

    def __init__(self):
        self.rows = {"/api/v2/orgs": [{"id": "o1", "name": "bureau"}], "/api/v2/buckets": [], "/api/v2/dbrps": []}

    def answer(self, asked: Asked):
        url = urlsplit(asked.path)
        if asked.headers.get("Authorization") != "Token t0ken":
            return 401, b'{"message":"unauthorized access"}'
        if url.path not in self.rows:
            return 404, b'{"message":"path not found"}'
        rows, key = self.rows[url.path], "content" if url.path.endswith("dbrps") else url.path.rpartition("/")[2]
        if asked.method == "POST":
            row = json.loads(asked.body) | {"id": f"{key}{len(rows)}"}
            rows.append(row)
            return 201, json.dumps(row).encode()
        query = parse_qs(url.query)
        [wanted] = query.get("name") or query.get("org") or [None]
        found = [row for row in rows if wanted is None or row["name"] == wanted]
        return 200, json.dumps({key: found}).encode()


def test_version_two_gets_two_buckets_and_their_names_in_influxql():
    bureau = Bureau()
    with peer(bureau.answer) as server:
        address = InfluxAddress(server.url, database="night", org="bureau", token="t0ken")
        assert len(prepare(address)) == 4
        assert prepare(address) == []
    assert [(b["name"], b["orgID"], b["retentionRules"]) for b in bureau.rows["/api/v2/buckets"]] == [
        ("night", "o1", [{"type": "expire", "everySeconds": 395 * 86_400}]),
        ("night_hourly", "o1", []),
    ]
    mapped = [
        (row["bucketID"], row["database"], row["retention_policy"], row["default"])
        for row in bureau.rows["/api/v2/dbrps"]
    ]
    assert mapped == [("buckets0", "night", "raw", True), ("buckets1", "night", "hourly", False)]


@pytest.mark.parametrize(
    ("change", "match"),
    [({"token": "wrong"}, "401.*unauthorized"), ({"org": "other"}, "no organisation 'other'")],
)
def test_version_two_says_what_it_was_refused(change, match):
    with peer(Bureau().answer) as server:
        address = InfluxAddress(server.url, database="night", org="bureau", token="t0ken")
        with pytest.raises(SetupError, match=match):
            prepare(replace(address, **change))


def test_a_server_without_that_api_is_set_up_by_its_own_tools():
    with peer(lambda asked: (404, b"not found")) as server, pytest.raises(SetupError, match="own tools"):
        prepare(InfluxAddress(server.url, org="bureau", token="t"))


def hours(address):
    found = execute(address, 'SELECT * FROM "hourly"."meter_hourly"')
    if not found:
        return []
    columns = ("meter", "time", "p_mean", "p_min", "p_max", "ep_last", "readings")
    return sorted(zip(*(found[0][name] for name in columns), strict=True))


def test_hours_are_rolled_up_and_again_with_what_came_late(absent):
    prepare(absent)
    store, hourly = InfluxSeries(absent, city), Hourly(absent)
    ts = RECENT + MINUTE * np.array([0, 30, 59, 60, 200])
    store.append(readings([0, 0, 0, 0, 1], ts, p=[1.0, 3.0, 8.0, 5.0, np.nan], ep=[10, 11, 12, 13, 99.5]))
    assert hourly.roll_up(RECENT + 1, RECENT + 4 * HOUR_MS) == 3
    first = [
        ("foundry-F-m", RECENT, 4.0, 1, 8, 12, 3),
        ("foundry-F-m", RECENT + HOUR_MS, 5.0, 5, 5, 13, 1),
        ("foundry-P1-m", RECENT + 3 * HOUR_MS, None, None, None, 99.5, 1),
    ]
    assert hours(absent) == first
    store.append(readings([0], [RECENT + MINUTE], p=[-4.0]))
    assert hourly.roll_up(RECENT, RECENT + 1) == 1
    assert hours(absent) == [("foundry-F-m", RECENT, 2.0, -4, 8, 12, 4), *first[1:]]
    assert hourly.roll_up(RECENT - 90 * HOUR_MS, RECENT) == 0
    store.close()
    hourly.close()
