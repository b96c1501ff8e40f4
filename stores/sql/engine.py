"""Opening the database, and the two ways to use it: `read()` and `write()`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import SetupError, StoreAway
from stores.sql.columns import to_json
from stores.sql.schema import bring_up_to_date

BUSY_FOR_S = 10


class Database:
    """One SQL database, shared by all threads. Both transactions raise StoreAway where it can't answer now."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(nightwatt_writes=True)
        # SQLite's own queue for writers is a poll that backs off; waiting here first is prompt and fair.
        self._one_writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view for the length of the block."""
        with _saying_away(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: durable when the block ends, undone when it raises. Blocks must not nest."""
        if not self._one_writer.acquire(timeout=3 * BUSY_FOR_S):
            raise StoreAway("the database is busy: another change has not ended")
        try:
            with _saying_away(), self._writer.begin() as connection:
                yield connection
        finally:
            self._one_writer.release()

    def close(self) -> None:
        """Give up all connections; for SQLite this also folds the write-ahead log into the file."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open the database of an SQLAlchemy URL and bring its schema up to date.

    SetupError where the URL is no good, the database can't be reached or written, or a newer nightwatt made it.
    """
    try:
        parsed = make_url(url)
        engine = _engine(parsed)
    except (ArgumentError, ImportError) as error:
        raise SetupError(f"cannot use the database address {_shown(url)}: {_line(error)}") from error
    except OSError as error:
        raise _cannot_open(url, error) from error
    database = Database(engine)
    try:
        bring_up_to_date(database.write)
    except (SQLAlchemyError, StoreAway) as error:
        database.close()
        raise _cannot_open(url, error) from error
    except SetupError:
        database.close()
        raise
    return database


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, json_serializer=to_json, pool_pre_ping=True)
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


@contextmanager
def _saying_away() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreAway(f"the database did not answer: {_line(error)}") from error


def _cannot_open(url: str, error: Exception) -> SetupError:
    advice = "check that its folder exists and can be written, or name another database"
    return SetupError(f"cannot open the database {_shown(url)}: {_line(error)}; {advice}")


def _shown(url: str) -> str:
    """The address without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(unreadable)"


def _line(error: BaseException) -> str:
    """The first line of an error; statements and parameters are left out."""
    cause = getattr(error, "orig", None) or error
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
