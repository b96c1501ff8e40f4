"""The record beside what comes out with late readings: a table of what is to be put right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.late import FOUND, concerned, put_right
from core.alarm import GOES_ON, TAKEN_BACK, Alarm, AlarmState
from core.late import Found, Recorded

KEY = ("interlock", "L1")
START, END = 10, 100


def known(since: int, cleared_at: int | None, *, gone: bool = False, severity: int = 2) -> Recorded:
    state = AlarmState.ACTIVE_UNACKNOWLEDGED if cleared_at is None else AlarmState.NORMAL
    alarm = Alarm(since, *KEY, "e", severity, state, since, since, cleared_at)
    return Recorded(alarm, taken_back=gone, revised=gone)


def found(since: int, cleared_at: int | None, severity: int = 2) -> Found:
    return Found(*KEY, "e", since, cleared_at, severity)


def compared(recorded, episodes):
    return put_right(recorded, episodes, start=START, end=END, about=frozenset({KEY}))


def told(recorded, episodes):
    """(recorded since, found (since, end)) of each correction."""
    return {
        (row.recorded and row.recorded.since, row.found and (row.found.since, row.found.cleared_at))
        for row in compared(recorded, episodes).corrections
    }


@pytest.mark.parametrize(
    ("recorded", "episodes", "expected"),
    [
        ([], [], set()),
        ([known(20, 30)], [found(20, 30)], set()),
        ([], [found(20, 30)], {(None, (20, 30))}),
        ([known(20, 30)], [], {(20, None)}),
        ([known(20, 30)], [found(20, 40)], {(20, (20, 40))}),
        ([known(20, 30)], [found(15, 25)], {(20, (15, 25))}),
        ([known(20, 30)], [found(20, 30, 3)], {(20, (20, 30))}),
        ([known(20, 30)], [found(50, 60)], {(20, None), (None, (50, 60))}),
        ([known(20, 60)], [found(20, 30), found(50, 60)], {(20, (20, 30)), (None, (50, 60))}),
        ([known(20, 30), known(50, 60)], [found(20, 60)], {(20, (20, 60)), (50, None)}),
        ([known(20, 30, gone=True)], [], set()),
        ([known(20, 30, gone=True)], [found(20, 30)], {(20, (20, 30))}),
        ([known(20, 30, gone=True)], [found(21, 30)], {(None, (21, 30))}),
        ([known(5, 30)], [found(7, 30)], set()),
        ([known(5, 30)], [found(7, 40)], {(5, (5, 40))}),
    ],
)
def test_what_is_over_is_recorded_taken_back_or_moved(recorded, episodes, expected):
    assert told(recorded, episodes) == expected
    assert compared(recorded, episodes).settled


@pytest.mark.parametrize(
    ("recorded", "episodes", "begun"),
    [
        ([known(20, None)], [found(20, None)], {}),
        ([known(20, None)], [found(15, None)], {(*KEY, 20): 15}),
        ([known(5, None)], [found(7, None)], {}),
        ([known(20, None)], [found(20, 30), found(50, None)], {(*KEY, 20): 50}),
    ],
)
def test_of_what_stands_the_beginning_is_put_right(recorded, episodes, begun):
    result = compared(recorded, episodes)
    assert (result.begun, result.settled) == (begun, True)
    assert [row.revises for row in result.standing] == [since for _, _, since in begun]


def test_where_an_earlier_episode_has_the_name_it_is_the_one_that_goes_on():
    result = compared([known(20, 30), known(50, None)], [found(20, None)])
    assert [(row.since, row.reason) for row in result.standing] == [(50, TAKEN_BACK), (20, GOES_ON)]
    assert (result.begun, result.corrections) == ({(*KEY, 50): 20}, ())


@pytest.mark.parametrize(
    ("recorded", "episodes"),
    [
        ([known(20, None)], []),
        ([], [found(20, None)]),
        ([known(20, END + 5)], [found(20, 40)]),
        ([known(20, END + 5)], [found(15, None)]),
    ],
)
def test_what_stands_by_one_account_only_is_left_until_it_is_over(recorded, episodes):
    result = compared(recorded, episodes)
    assert (result.corrections, result.standing, result.settled) == ((), (), False)


def test_what_late_readings_do_not_change_is_left_alone_unless_they_did_before():
    same = [found(20, 30)]
    assert concerned(same, same, [known(20, 35)]) == frozenset()
    assert concerned(same, [found(20, 31)], []) == concerned(same, same, [known(20, 30, gone=True)]) == {KEY}
    assert put_right([known(20, 35)], same, start=START, end=END, about=frozenset()).corrections == ()


spans = st.lists(st.integers(START, END), unique=True, max_size=10).map(
    lambda cuts: [(a, b) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)]
)


@given(spans, st.sets(st.integers(START, END), max_size=3), spans)
def test_once_put_right_the_record_is_what_was_found_and_nothing_is_left_to_do(before, gone, after):
    recorded = [known(a, b) for a, b in before]
    recorded += [known(a, a, gone=True) for a in gone if a not in {since for since, _ in before}]
    episodes = [found(a, b) for a, b in after]
    rows = {row.alarm.since: (row.alarm.since, row.alarm.cleared_at) for row in recorded if not row.taken_back}
    for row in compared(recorded, episodes).corrections:
        if row.recorded:
            rows.pop(row.recorded.since, None)
    names = set(rows)
    for row in compared(recorded, episodes).corrections:
        if row.found:
            assert row.found.since not in names
            rows[row.found.since] = (row.found.since, row.found.cleared_at)
            assert row.reason == FOUND or row.recorded is not None
    assert sorted(rows.values()) == after
    assert told([known(a, b) for a, b in rows.values()], episodes) == set()
