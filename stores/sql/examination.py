"""A look at a database that changes nothing: is it there, what is it, does its schema fit?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from stores.sql.engine import Database, cannot_open, engine_of
from stores.sql.schema import current_revision


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found. `revision` is None for a database without tables.

    database  open, without having been brought up to date; None where an SQLite file is yet to be made
    clock_at  ms UTC by the database server's clock; None where it has none of its own
    cautions  how the server is set up to lose or mangle something
    """

    server: str
    revision: str | None
    newest: str
    known: frozenset[str]
    database: Database | None = None
    clock_at: int | None = None
    cautions: tuple[str, ...] = ()


@contextmanager
def examined(url: str) -> Iterator[Examination]:
    """The database stays open for the length of the block. SetupError where it can't be reached."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
            yield _with_steps(server="SQLite", revision=None)
            return
        database = Database(engine_of(parsed))
    except (ArgumentError, OSError) as error:
        raise cannot_open(url, error) from error
    try:
        yield _look(database, url)
    finally:
        database.close()


def _look(database: Database, url: str) -> Examination:
    try:
        with database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
                found = _with_steps(f"SQLite {version}", current_revision(connection), database=database)
            else:
                found = _postgresql(connection, database)
    except SQLAlchemyError as error:
        raise cannot_open(url, error) from error
    return found


def _postgresql(connection: Connection, database: Database) -> Examination:
    def ask(question: str) -> str:
        return str(connection.exec_driver_sql(question).scalar_one())

    revision = current_revision(connection)
    found = _with_steps(f"PostgreSQL {ask('SHOW server_version')}", revision)
    wrong = {
        "it only reads: it is a standby": ask("SELECT pg_is_in_recovery()") == "True",
        "synchronous_commit is off: a power cut loses alarms": ask("SHOW synchronous_commit") == "off",
        "fsync is off: a power cut may destroy it": ask("SHOW fsync") == "off",
        "its encoding is not UTF8": ask("SHOW server_encoding") != "UTF8",
        "the user may not make tables in it": revision != found.newest
        and ask("SELECT has_schema_privilege(current_schema(), 'CREATE')") != "True",
    }
    return _with_steps(
        found.server,
        revision,
        database=database,
        clock_at=int(ask("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")),
        cautions=tuple(caution for caution, holds in wrong.items() if holds),
    )


def _with_steps(
    server: str,
    revision: str | None,
    *,
    database: Database | None = None,
    clock_at: int | None = None,
    cautions: tuple[str, ...] = (),
) -> Examination:
    config = Config()
    config.set_main_option("script_location", "stores.sql:migrations")
    script = ScriptDirectory.from_config(config)
    known = frozenset(step.revision for step in script.walk_revisions())
    newest = script.get_current_head() or ""
    return Examination(server, revision, newest, known, database=database, clock_at=clock_at, cautions=cautions)
