"""Fixtures: a real SQLite file for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stores.sql.engine import Database, open_database
from stores.sql.registry import SqlRegistryBook
from tests.cases import NOON, city


@pytest.fixture
def url(tmp_path: Path) -> str:
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
