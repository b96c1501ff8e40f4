"""One city for all tests of this folder: building and reading it changes nothing."""

import pytest

from core.interval import to_ms
from nightwatt.simulate.city import City, build_city
from tests.simulate.truth import START


@pytest.fixture(scope="session")
def city() -> City:
    return build_city(start_at=to_ms(START))
