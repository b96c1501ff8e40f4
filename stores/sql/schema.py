"""The schema is brought up to date when the database is opened; nobody runs migrations by hand."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import SetupError

# Alembic hands the connection to env.py through a module of its own: one database at a time.
_ONE_AT_A_TIME = threading.Lock()


def bring_up_to_date(write: Callable[[], AbstractContextManager[Connection]]) -> None:
    """Run what is missing in one transaction, so that a second process waits and then finds nothing to do."""
    config = Config()
    config.set_main_option("script_location", "stores.sql:migrations")
    script = ScriptDirectory.from_config(config)
    with _ONE_AT_A_TIME, write() as connection:
        revision = current_revision(connection)
        if revision == script.get_current_head():
            return
        _refuse_newer(script, revision)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """The revision that a database says it is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(script: ScriptDirectory, revision: str | None) -> None:
    known = {step.revision for step in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise SetupError(
            f"the database was made by a newer nightwatt (schema {revision}, this program knows "
            f"{script.get_current_head()}): install that version, or restore a backup made by this one"
        )
