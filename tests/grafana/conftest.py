"""One filled InfluxDB for all tests of this folder."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.interval import MINUTE_MS
from stores.influx.address import InfluxAddress
from tests.grafana.filled import Truth, fill
from tests.influx import running_influx


@dataclass(frozen=True, slots=True)
class FilledCity:
    address: InfluxAddress
    now: int
    truth: Truth


@pytest.fixture(scope="session")
def filled_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledCity]:
    """The simulated city up to the last full minute."""
    folder = tmp_path_factory.mktemp("grafana")
    now = time.time_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS
    with running_influx(folder) as server:
        address = server.address("nightwatt")
        yield FilledCity(address, now, fill(address, folder, end=now))
