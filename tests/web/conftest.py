"""A service for each test that changes something, and one for all that only look."""

from pathlib import Path

import pytest

from tests.api.place import Place, build


@pytest.fixture(scope="package")
def still(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One that no test may change."""
    return build(tmp_path_factory.mktemp("still"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return build(tmp_path)
