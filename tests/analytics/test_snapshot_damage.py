"""A damaged snapshot must not keep the service from starting: the engine starts fresh and catches up."""

import pytest

from analytics import snapshot
from analytics.engine import Engine
from analytics.states import NEVER
from tests.cases import city


def intact() -> bytes:
    return snapshot.save(Engine(city()))


@pytest.mark.parametrize(
    "damaged",
    [b"", b"nonsense", intact()[:100], intact()[:-40], b"PK\x03\x04" + bytes(200)],
    ids=["empty", "nonsense", "its beginning", "its end missing", "zeros"],
)
def test_a_damaged_snapshot_leaves_the_engine_fresh(damaged):
    engine = Engine(city())
    assert snapshot.restore(engine, damaged) is False
    assert engine.newest == NEVER


def test_an_intact_one_is_taken():
    assert snapshot.restore(Engine(city()), intact()) is True
