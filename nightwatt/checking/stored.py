"""The stores, and what lies in them: the database, the registry, the people, the series."""

import socket
import time

from core.errors import NightwattError, SetupError
from core.registry import Registry
from nightwatt.books import database_address
from nightwatt.checking.finding import Finding, Findings, caution, ok, wrong
from nightwatt.series import open_series
from nightwatt.settings import Settings, UplinkSettings
from nightwatt.uplink import platform_of
from stores.sql.accounts import SqlAccounts
from stores.sql.engine import Database
from stores.sql.examination import Examination, examined
from stores.sql.registry import SqlRegistryBook

MOST_APART_MS = 5_000
MOST_NAMED = 5
REACHED_WITHIN_S = 5.0


def stored(settings: Settings, *, running: bool) -> Findings:
    """The database, then what it holds, then the series store under that registry.

    running  the service has the series store open, and says itself how it is
    """
    registry = Registry()
    try:
        with examined(database_address(settings)) as found:
            yield _schema(found)
            if found.clock_at is not None:
                yield _apart(found.clock_at - time.time_ns() // 1_000_000)
            if found.database and found.revision == found.newest:
                registry = SqlRegistryBook(found.database).load()
                yield _registry(registry)
                yield _people(found.database)
    except NightwattError as error:
        yield wrong("database", str(error), "mend NIGHTWATT_DATABASE_URL (or its _FILE), or start the server")
    if settings.uplink is not None:
        yield _uplink(settings.uplink, registry)
    if not running:
        yield _series(settings, registry)


def _schema(found: Examination) -> Finding:
    if found.revision is not None and found.revision not in found.known:
        advice = "install that version, or restore a backup made by this one"
        return wrong("database", f"{found.server}, made by a newer nightwatt (schema {found.revision})", advice)
    if found.cautions:
        return wrong("database", f"{found.server}: {'; '.join(found.cautions)}", "mend the server's settings")
    if found.revision is None:
        return ok("database", f"{found.server}, empty: its tables are made at the first start")
    if found.revision != found.newest:
        advice = "make a backup before the next start"
        state = f"schema {found.revision}, brought to {found.newest} at the next start"
        return caution("database", f"{found.server}, {state}", advice)
    return ok("database", f"{found.server}, schema {found.revision}")


def _apart(ms: int) -> Finding:
    if abs(ms) <= MOST_APART_MS:
        return ok("database clock", "agrees with this machine's")
    return caution("database clock", f"{ms / 1000:+.1f} s from this machine's", "let both be kept right by NTP")


def _registry(registry: Registry) -> Finding:
    counts = f"{len(registry.enterprises)} enterprises, {len(registry.meters)} meters"
    if not registry.enterprises:
        return caution("registry", "empty: nothing is supervised", "bring one in with nightwatt import")
    with_meters = set(registry.enterprise_of_meter.tolist())
    bare = [row.id for number, row in enumerate(registry.enterprises) if number not in with_meters]
    if bare:
        return caution("registry", f"{counts}; without a meter: {_some(bare)}", "add their meters to the registry")
    return ok("registry", counts)


def _some(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _people(database: Database) -> Finding:
    users = SqlAccounts(database).users()
    if not users:
        return caution("accounts", "nobody may sign in", "nightwatt user add NAME --role city-monitor")
    return ok("accounts", f"{len(users)} may sign in")


def _uplink(wanted: UplinkSettings, registry: Registry) -> Finding:
    """Nothing is said to the platform."""
    where = f"{wanted.host}:{wanted.port}"
    try:
        platform_of(wanted, registry)
        socket.create_connection((wanted.host, wanted.port), timeout=REACHED_WITHIN_S).close()
    except SetupError as error:
        return wrong("uplink", str(error), "mend [uplink]; docs/settings.md explains it")
    except OSError as error:
        advice = "readings wait until it can be reached; is the address right?"
        return caution("uplink", f"{where} can't be reached: {error.strerror or error}", advice)
    return ok("uplink", f"{where} can be reached; {len(wanted.meters)} meters are sent to it")


def _series(settings: Settings, registry: Registry) -> Finding:
    if settings.series_url is None and not (settings.data / "readings.duckdb").exists():
        return ok("series store", "DuckDB, made at the first start")
    advice = "start it, mend its address and token, or stop what else uses it"
    store = None
    try:
        store = open_series(settings, lambda: registry)
        found = f"{store.count()} readings"
    except NightwattError as error:
        return wrong("series store", str(error), advice)
    finally:
        if store:
            store.close()
    return ok("series store", found)
