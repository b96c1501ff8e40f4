"""Writes through /api/v2/write, taken by a real VictoriaMetrics, and what goes over the wire with them."""

from base64 import b64decode

import numpy as np
import pytest

from core.errors import StoreAway
from core.readings import QUANTITIES, readings
from stores.influx.address import InfluxAddress
from stores.influx.client import Influx
from stores.influx.findings import InfluxFindings
from stores.influx.store import InfluxSeries
from tests.cases import NOON, city, imbalance
from tests.stores.http_peer import peer
from tests.victoria import running_victoria

MINUTE = 60_000
T0 = 1_763_740_800_000


@pytest.fixture(scope="module")
def victoria(tmp_path_factory):
    with running_victoria(tmp_path_factory.mktemp("victoria")) as server:
        yield server


def test_readings_arrive_with_their_tags(victoria):
    values = np.full((3, len(QUANTITIES)), np.nan)
    values[:, 0] = [12.5, 0.333, -7.25]
    values[2, 10] = 49.98
    store = InfluxSeries(InfluxAddress(victoria.url, org="bureau", token="t"), city)
    batch = readings([0, 0, 1], [T0, T0 + MINUTE, T0], values=values, received_at=T0 + 9, seq=np.array([5, 6, 7]))
    assert store.append(batch) == 3
    assert store.append(batch.take(slice(1, 2))) <= 1  # it can't be asked what it has; the same again is harmless
    store.close()
    found = {(s["metric"]["meter"], s["metric"]["__name__"]): s for s in victoria.export()}
    power = found["foundry-F-m", "meter_p"]
    assert power["metric"].items() >= {"enterprise": "foundry", "facility": "foundry-F", "kind": "feeder"}.items()
    assert dict(zip(power["timestamps"], power["values"], strict=True)) == {T0: 12.5, T0 + MINUTE: 0.333}
    assert found["foundry-P1-m", "meter_f"]["values"] == [49.98]
    assert ("foundry-F-m", "meter_ep") not in found
    assert {name for _, name in found} == {
        "meter_p", "meter_f", "meter_quality", "meter_source", "meter_seq", "meter_received_at",
    }  # fmt: skip


def test_findings_arrive(victoria):
    findings = InfluxFindings(InfluxAddress(victoria.url, org="bureau", token="t"))
    findings.screening([imbalance()], screened_at=NOON)
    findings.close()
    [ratio] = victoria.export('{__name__="screening_ratio"}')
    assert (ratio["metric"]["class"], ratio["values"], ratio["timestamps"]) == ("night-heavy", [3.0], [NOON])


def test_a_write_names_bucket_organisation_and_precision_and_carries_the_token():
    with peer(lambda asked: (204, b"") if "write" in asked.path else (200, b'{"results":[]}')) as server:
        store = InfluxSeries(InfluxAddress(server.url, database="night", org="bureau", token="t0ken"), city)
        assert store.append(readings([0], [T0], p=[1.5])) == 1
        store.close()
    queries = [asked for asked in server.asked if asked.path == "/query"]
    [write] = [asked for asked in server.asked if asked.path.startswith("/api/v2/write")]
    assert set(write.path.partition("?")[2].split("&")) == {"bucket=night", "org=bureau", "precision=ms"}
    assert {asked.headers["Authorization"] for asked in (write, *queries)} == {"Token t0ken"}
    assert write.body.endswith(b" p=1.5,quality=0i,source=0i,seq=-1i,received_at=0i %d\n" % T0)


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_refused_write_is_away_without_the_token_in_its_text(status):
    def answer(asked):
        return (status, b'{"message":"token t0ken-secret"}') if "write" in asked.path else (200, b'{"results":[]}')

    with peer(answer) as server:
        store = InfluxSeries(InfluxAddress(server.url, org="bureau", token="t0ken-secret"), city)
        with pytest.raises(StoreAway) as refused:
            store.append(readings([0], [T0], p=[1.5]))
        assert "secret" not in str(refused.value)
        store.close()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>please sign in</html>"),
        (200, b'{"error":"partial write: timeout"}'),
        (202, b'{"results":[]}'),
        (503, b"\xff\xfe"),
        (302, b""),
    ],
)
def test_a_write_is_done_only_where_a_series_store_says_so(version, answer):
    with peer(lambda asked: answer if "write" in asked.path else (200, b'{"results":[]}')) as server:
        store = InfluxSeries(InfluxAddress(server.url, version=version), city)
        with pytest.raises(StoreAway):
            store.append(readings([0], [T0], p=[1.5]))
        store.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_success_without_words_is_one_whatever_its_number(version):
    with peer(lambda asked: (200, b"" if "write" in asked.path else b'{"results":[]}')) as server:
        store = InfluxSeries(InfluxAddress(server.url, version=version), city)
        assert store.append(readings([0], [T0], p=[1.5])) == 1
        store.close()


def test_a_password_of_any_characters_is_sent():
    with peer(lambda asked: (204, b"")) as server:
        influx = Influx(InfluxAddress(server.url, version=1, username="u", password="夜电 ü"))
        influx.write(b"m p=1 1\n")
        influx.close()
    scheme, told = server.asked[0].headers["Authorization"].split()
    assert (scheme, b64decode(told).decode()) == ("Basic", "u:夜电 ü")


def test_a_connection_cut_in_the_middle_of_a_write_is_away():
    with peer(lambda asked: None if "write" in asked.path else (200, b'{"results":[]}')) as server:
        store = InfluxSeries(InfluxAddress(server.url, org="bureau", token="t"), city)
        with pytest.raises(StoreAway):
            store.append(readings([0], [T0], p=[1.5]))
        store.close()
