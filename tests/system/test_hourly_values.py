"""A service on InfluxDB makes the hours that are over, and says so where it can't."""

import json
import time
from pathlib import Path

import pytest

from core.interval import HOUR_MS
from core.readings import readings
from registry.read import read_registry
from stores.influx.address import InfluxAddress
from stores.influx.setup import prepare
from stores.influx.store import InfluxSeries
from tests.influx import RunningInflux, execute
from tests.system.service import RunningService, environment, nightwatt, running_service
from tests.system.stranger import write_registry

DEADLINE_S = 60


def state(service: RunningService) -> tuple[int, str]:
    status, body = service.get("/readyz")
    return status, json.loads(body)["hourly values"]


def hours(address: InfluxAddress) -> list[tuple[object, ...]]:
    found = execute(address, 'SELECT p_mean, "readings" FROM "hourly"."meter_hourly"')
    return [row for series in found for row in zip(series["p_mean"], series["readings"], strict=True)]


@pytest.mark.system
def test_a_service_makes_the_hours_that_are_over(tmp_path: Path, influx: RunningInflux) -> None:
    address = influx.address("a service makes hours")
    prepare(address)
    folder = write_registry(tmp_path / "registry")
    registry = read_registry(folder)
    assert nightwatt("import", folder, env=environment(tmp_path / "data"), cwd=tmp_path).returncode == 0
    begun = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS - 3 * HOUR_MS
    series = InfluxSeries(address, lambda: registry)
    series.append(readings([0, 0, 0], [begun, begun + 60_000, begun + HOUR_MS], p=[1.0, 3.0, 8.0]))
    series.close()
    url = f"influx://127.0.0.1:{influx.port}/a%20service%20makes%20hours?version=1"
    with running_service(tmp_path, env={"NIGHTWATT_SERIES_URL": url}) as service:
        deadline = time.monotonic() + DEADLINE_S
        while len(hours(address)) < 2:
            assert time.monotonic() < deadline, (state(service), service.output())
            time.sleep(0.1)
        assert hours(address) == [(2.0, 2), (8.0, 1)]
        assert state(service) == (200, "ok")
        done = service.command("store", "roll-up", "--from", "2026-03-01", "--to", "2026-02-01")
        assert (done.returncode, done.stdout) == (2, "")
        assert "no hour is over" in done.stderr
