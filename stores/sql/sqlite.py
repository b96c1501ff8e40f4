"""SQLite: one file, WAL, nothing lost at a power cut."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from stores.sql.columns import to_json

BUSY_FOR_S = 10


def make_engine(url: URL) -> Engine:
    """ArgumentError where the URL names no file, OSError where the file can't be made."""
    if not url.database or url.database == ":memory:":
        raise ArgumentError("SQLite needs a file, as in sqlite:////var/lib/nightwatt/nightwatt.db")
    # It holds password hashes and the addresses of channels: nobody else's to read.
    if not Path(url.database).exists():
        Path(url.database).touch(mode=0o600)
    engine = create_engine(
        url,
        json_serializer=to_json,
        pool_size=10,
        max_overflow=40,
        connect_args={"check_same_thread": False, "timeout": BUSY_FOR_S},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(dbapi_connection: Any, _record: object) -> None:
    # The driver's own handling of transactions is switched off: _begin says when and how one starts.
    dbapi_connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait its turn in SQLite; one that starts as a writer can.
    writes = connection.get_execution_options().get("nightwatt_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
