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


@pytest.mark.parametrize("took_s", [0.1, 10.0])
def test_a_fifth_of_real_time_at_most_goes_into_judging_again(watch, took_s):
    debt = Debt(watch)

    def judge(since: int) -> None:
        watch.seconds += took_s

    debt.owe(1)
    debt.pay(judge, now=1_000)
    debt.owe(2)
    a_year_later = 1_000 + 365 * 86_400_000  # the city's clock may race
    watch.seconds += took_s * PAUSE_PER_COST * 0.99
    assert not debt.is_due(a_year_later)
    watch.seconds += took_s * PAUSE_PER_COST * 0.02
    assert debt.is_due(a_year_later)


def test_however_quick_it_was_there_are_seconds_between(watch):
    debt = Debt(watch)
    debt.owe(1)
    debt.pay(lambda since: None, now=1_000)
    debt.owe(2)
    assert [debt.is_due(1_000 + after) for after in (0, PAY_EVERY_MS - 1, PAY_EVERY_MS)] == [False, False, True]


def test_before_a_stop_it_is_due_at_once(watch):
    debt = Debt(watch)

    def judge(since: int) -> None:
        watch.seconds += 10

    debt.owe(1)
    debt.pay(judge, now=1_000)
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
