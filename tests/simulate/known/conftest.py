"""One small city for all tests of this folder: reading it changes nothing."""

import os
from pathlib import Path

import pytest

from nightwatt.simulate.truth.city import KnownCity

SEED, DAYS, ENTERPRISES = 41, 21, 14


@pytest.fixture(scope="session")
def city() -> KnownCity:
    return KnownCity(seed=SEED, days=DAYS, enterprises=ENTERPRISES)


@pytest.fixture(scope="session")
def steel_year() -> Path:
    """A steel plant's measured year; it lies beside the project and is not part of it."""
    path = Path(__file__).parents[4] / "shared" / "data" / "load" / "steel_2018_15min.csv.gz"
    if not path.is_file():
        reason = f"no measured year at {path}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
