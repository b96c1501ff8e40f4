"""Opening the database, and the two ways to use it: `read()` and `write()`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import SetupError, StoreAway
from stores.sql import postgresql, sqlite
from stores.sql.schema import bring_up_to_date

WAIT_FOR_TURN_S = 30

MAKERS: dict[str, Callable[[URL], Engine]] = {
    "sqlite": sqlite.make_engine,
    "postgresql": postgresql.make_engine,
    "postgres": postgresql.make_engine,
}
READING: dict[str, dict[str, Any]] = {"sqlite": {}, "postgresql": postgresql.READING}

ADVICE = {
    "sqlite": "check that its folder exists and can be written, or name another database",
    "postgresql": "check that the server runs, and that the database, its user and the password are right",
}

# PostgreSQL names what SQLite calls operational in more ways: a missing table or right, a server that only reads.
AWAY = (OperationalError, InterfaceError, InternalError, ProgrammingError, PoolTimeout)


class Database:
    """One SQL database, shared by all threads. Both transactions raise StoreAway where it can't answer now."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(**READING[engine.dialect.name])
        self._writer = engine.execution_options(nightwatt_writes=True)
        # SQLite's own queue for writers is a poll that backs off; waiting here first is prompt and fair.
        # On PostgreSQL it keeps writers that must wait anyway from using up the connections.
        self._one_writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view for the length of the block."""
        with _saying_away(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: durable when the block ends, undone when it raises. Blocks must not nest."""
        if not self._one_writer.acquire(timeout=WAIT_FOR_TURN_S):
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
        engine = engine_of(make_url(url))
    except ArgumentError as error:
        raise SetupError(f"cannot use the database address {_shown(url)}: {_line(error)}") from error
    except OSError as error:
        raise cannot_open(url, error) from error
    database = Database(engine)
    try:
        bring_up_to_date(database.write)
    except (SQLAlchemyError, StoreAway) as error:
        database.close()
        raise cannot_open(url, error) from error
    except SetupError:
        database.close()
        raise
    return database


def engine_of(url: URL) -> Engine:
    """Nothing is connected yet; ArgumentError where it is no address of a database that can be used."""
    maker = MAKERS.get(url.get_backend_name())
    if maker is None:
        raise ArgumentError("it begins with sqlite:// or postgresql://")
    return maker(url)


@contextmanager
def _saying_away() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise StoreAway(f"the database did not answer: {_line(error)}") from error


def cannot_open(url: str, error: Exception) -> SetupError:
    """What went wrong in one line, without the password, and what to look at."""
    advice = ADVICE["sqlite" if url.startswith("sqlite") else "postgresql"]
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
