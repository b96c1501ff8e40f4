"""Fixtures: for every test a database of its own, a real SQLite file and once more a real PostgreSQL."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from tests.cases import NOON, city
from tests.postgres import MIGRATED, Postgres

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes the address of one more new database, already migrated where that saves time."""
    if request.param == "sqlite":
        count = itertools.count()
        yield lambda: f"sqlite:///{tmp_path / f'nightwatt-{next(count)}.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with ExitStack() as dropped_after:

        def new() -> str:
            url = server.new_database(template=MIGRATED)
            dropped_after.callback(server.drop, url)
            return url

        yield new


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'nightwatt.db'}"


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """Migrated, without a row."""
    database = open_database(url)
    yield database
    database.close()


@pytest.fixture
def db(empty: Database) -> Database:
    """With the small city imported."""
    SqlRegistryBook(empty).save(city(), by="test", now=NOON)
    return empty
