"""PostgreSQL by psycopg 3: used by several processes at once, and away now and then.

Writers take turns here as they do in SQLite, by a lock of the transaction that every nightwatt on the database
takes first. So what a transaction has read (is an alarm open? whose claim is this?) still holds when it writes,
whichever process is next. Readers wait for nobody.
"""

from typing import Any

from psycopg.types.string import StrDumper
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from stores.sql.columns import to_json

DRIVER = "postgresql+psycopg"
WRITERS_LOCK = int.from_bytes(b"nightwat")
"""The number of the advisory lock: advisory locks belong to one database, other programs' numbers differ."""

CONNECT_WITHIN_S = 5
WAIT_FOR_LOCK_S = 30
UNANSWERED_FOR_S = 15
"""A server that vanishes without a word is given up after so long, instead of after the two hours of TCP."""

READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Options of a connection for reading: one consistent view, also over several statements."""

_SERVER = {
    "lock_timeout": f"{WAIT_FOR_LOCK_S}s",
    # A process that hangs in the middle of a change must not hold up the others for ever.
    "idle_in_transaction_session_timeout": "60s",
}
_CONNECTION = {
    "application_name": "nightwatt",
    "connect_timeout": CONNECT_WITHIN_S,
    "keepalives_idle": UNANSWERED_FOR_S,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": UNANSWERED_FOR_S * 1000,
    "options": " ".join(f"-c {name}={value}" for name, value in _SERVER.items()),
}


def make_engine(url: URL) -> Engine:
    """Nothing is connected yet. What the URL's query says goes before our own choices."""
    engine = create_engine(
        url.set(drivername=DRIVER),
        json_serializer=to_json,
        pool_size=10,
        max_overflow=20,
        pool_timeout=WAIT_FOR_LOCK_S,
        pool_pre_ping=True,
        connect_args={name: value for name, value in _CONNECTION.items() if name not in url.query},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.adapters.register_dumper(str, _Text)


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("nightwatt_writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


class _Text(StrDumper):
    """Text as SQLite takes it: PostgreSQL knows no NUL, and a name that holds one must not stop a request."""

    oid = 0

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\x00", "\ufffd"))
