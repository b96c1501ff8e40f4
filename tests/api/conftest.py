"""One service for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.place import DATABASE, Place, build


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database to copy, so that each test need not migrate its own."""
    folder = tmp_path_factory.mktemp("filled")
    build(folder).db.close()
    return folder / DATABASE


@pytest.fixture
def place(filled: Path, tmp_path: Path) -> Iterator[Place]:
    shutil.copy(filled, tmp_path)
    built = build(tmp_path)
    yield built
    built.db.close()
