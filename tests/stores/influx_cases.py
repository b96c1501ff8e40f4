"""Fixtures of the tests of the series store in InfluxDB."""

import pytest

from stores.influx.store import InfluxSeries
from tests.cases import city

CITY = city()


@pytest.fixture
def address(influx):
    return influx.fresh()


@pytest.fixture
def open_store():
    """Opens stores and closes them at the end."""
    opened = []

    def open_(address, registry=lambda: CITY):
        opened.append(InfluxSeries(address, registry))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()
