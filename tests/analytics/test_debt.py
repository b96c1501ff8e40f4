"""When history is judged again."""

import pytest

from analytics.debt import PAUSE_PER_COST, PAY_EVERY_MS, Debt
from core.errors import StoreAway


class Watch:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_the_oldest_instant_is_what_is_owed(watch):
    debt, judged = Debt(watch), []
    debt.owe(30)
    debt.owe(10)
    debt.owe(20)
    debt.pay(judged.append, now=0)
    assert (judged, debt.since) == ([10], None)


@pytest.mark.parametrize(("took_s", "pause_ms"), [(0.1, PAY_EVERY_MS), (10, 10_000 * PAUSE_PER_COST)])
def test_the_pause_grows_with_what_judging_again_costs(watch, took_s, pause_ms):
    debt = Debt(watch)

    def judge(since: int) -> None:
        watch.seconds += took_s

    debt.owe(1)
    debt.pay(judge, now=1_000)
    debt.owe(2)
    assert not debt.is_due(1_000 + pause_ms - 1)
    assert debt.is_due(1_000 + pause_ms)


def test_before_a_stop_it_is_due_at_once(watch):
    debt = Debt(watch)
    debt.owe(1)
    debt.pay(lambda since: None, now=1_000)
    debt.owe(2)
    debt.hurry()
    assert debt.is_due(1_000)


def test_what_could_not_be_judged_is_still_owed(watch):
    debt = Debt(watch)

    def away(since: int) -> None:
        raise StoreAway("away")

    debt.owe(7)
    with pytest.raises(StoreAway):
        debt.pay(away, now=0)
    assert debt.since == 7


def test_a_history_that_is_away_is_asked_once_a_second(watch):
    debt = Debt(watch)
    debt.owe(7)
    debt.refused(500)
    assert [debt.is_due(now) for now in (500, 1_499, 1_500)] == [False, False, True]


def test_nothing_is_due_without_a_debt(watch):
    assert not Debt(watch).is_due(0)
