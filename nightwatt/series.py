"""The series store of the settings: a DuckDB file in the data folder, or an InfluxDB by its address."""

from collections.abc import Callable

from core.errors import SetupError
from core.ports import FindingStore, SeriesStore
from core.registry import Registry
from nightwatt.settings import Settings
from stores.duckdb import DuckSeries
from stores.influx.address import InfluxAddress
from stores.influx.findings import InfluxFindings
from stores.influx.hourly import Hourly
from stores.influx.store import InfluxSeries

Opens = Callable[[Settings, Callable[[], Registry]], SeriesStore]


def open_series(settings: Settings, registry: Callable[[], Registry]) -> SeriesStore:
    """Open the store; `registry` gives the registry in force whenever it is asked. SetupError where it can't be."""
    return STORES[_kind(settings)](settings, registry)


def open_findings(settings: Settings) -> FindingStore | None:
    """Where alarms and screenings are written beside the readings; None where the store has no place for them."""
    return InfluxFindings(influx_address(settings)) if _kind(settings) == "influx" else None


def open_hourly(settings: Settings) -> Hourly | None:
    """What makes hourly values inside the store; None where the store keeps readings for ever by itself."""
    return Hourly(influx_address(settings)) if _kind(settings) == "influx" else None


def influx_address(settings: Settings) -> InfluxAddress:
    """SetupError where the settings name no InfluxDB, or not well."""
    if settings.series_url is None:
        raise SetupError("no InfluxDB is set: NIGHTWATT_SERIES_URL names it, as influx://host:8086/nightwatt?version=1")
    return InfluxAddress.parse(
        settings.series_url.get_secret_value(),
        token=settings.series_token.get_secret_value() if settings.series_token else "",
        password=settings.series_password.get_secret_value() if settings.series_password else "",
        ca=settings.series_ca,
    )


def _kind(settings: Settings) -> str:
    return "duckdb" if settings.series_url is None else "influx"


def _duckdb(settings: Settings, _registry: Callable[[], Registry]) -> SeriesStore:
    return DuckSeries(settings.data / "readings.duckdb")


def _influx(settings: Settings, registry: Callable[[], Registry]) -> SeriesStore:
    return InfluxSeries(influx_address(settings), registry)


STORES: dict[str, Opens] = {"duckdb": _duckdb, "influx": _influx}
"""One line a store."""
