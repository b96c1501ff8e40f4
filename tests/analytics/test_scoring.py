"""Events against episodes: what is found, missed, false, repeated or spared."""

import pytest

from analytics.scoring import Episode, Episodes, Event, Nearby, Score, Trap, score
from core.alarm import State, Transition
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS

NIGHT = 1_700_000_000_000


def at(minutes: float) -> int:
    return NIGHT + round(minutes * MINUTE_MS)


def event(
    from_: float, to: float, *, rule: str = "interlock", subjects: tuple[str, ...] = ("L1/dust",), **how
) -> Event:
    return Event(rule, "E1", subjects, at(from_), at(to), **how)


def episode(
    since: float, first: float, *, subject: str = "L1/dust", enterprise: str = "E1", severity: int = 1
) -> Episode:
    return Episode("interlock", subject, enterprise, at(since), at(first), severity)


def scored(events: list[Event], episodes: list[Episode], traps: tuple[Trap, ...] = ()) -> Score:
    return score("interlock", events, episodes, near=Nearby(events, traps))


HOUR = event(0, 60, due_at=at(5), severity=2)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([episode(0, 5)], (1, 0, 0), id="within"),
        pytest.param([episode(-1, 5)], (1, 0, 0), id="dated back a little, raised within"),
        pytest.param([episode(55, 95)], (1, 0, 0), id="raised late but begun within"),
        pytest.param([episode(90, 96)], (1, 0, 0), id="half an hour after"),
        pytest.param([episode(91, 96)], (0, 1, 1), id="later than half an hour after"),
        pytest.param([episode(-20, -10)], (0, 1, 1), id="before"),
        pytest.param([episode(0, 5, subject="L2/dust")], (0, 1, 1), id="another line"),
        pytest.param([episode(0, 5, enterprise="E2")], (0, 1, 1), id="another enterprise"),
        pytest.param([], (0, 1, 0), id="nothing"),
    ],
)
def test_an_episode_is_an_event_where_its_since_or_its_first_alarm_lies_in_it(
    found: list[Episode], expected: tuple[int, int, int]
) -> None:
    score = scored([HOUR], found)
    assert (score.found, score.missed, score.false) == expected


def test_an_event_that_names_nobody_is_anybodys_of_the_enterprise() -> None:
    assert scored([event(0, 60, subjects=())], [episode(0, 5, subject="L9/x")]).found == 1


def test_further_episodes_of_an_event_are_repeats_and_not_false() -> None:
    score = scored([HOUR], [episode(0, 5), episode(30, 36), episode(50, 56)])
    assert (score.found, score.repeats, score.false) == (1, 2, 0)


def test_two_events_so_near_that_both_would_fit_get_an_episode_each() -> None:
    events = [event(0, 30), event(40, 70)]
    assert scored(events, [episode(0, 5), episode(41, 46)]).found == 2


def test_what_need_not_be_seen_is_neither_found_nor_missed_nor_false() -> None:
    spared = event(0, 60, required=False)
    assert scored([spared], []).missed == 0
    score = scored([spared], [episode(0, 5)])
    assert (score.events, score.found, score.false, score.spared) == (0, 0, 0, 1)


def test_an_alarm_at_a_trap_is_false_and_its_fault_names_the_trap() -> None:
    trap = Trap("interlock", "E1", at(0), at(4), "treatment off for 4 min")
    score = scored([], [episode(0, 5)], (trap,))
    assert score.false == 1
    assert score.faults[0].nearby == ("trap for interlock: treatment off for 4 min",)
    assert (score.faults[0].kind, score.faults[0].subject) == ("false", "L1/dust")


def test_a_miss_tells_what_else_the_truth_had_there() -> None:
    other = event(70, 90, rule="silent", subjects=("M1",), note="silent for 20 min")
    far = event(600, 690, rule="silent", subjects=("M1",), note="another time")
    (fault,) = scored([HOUR, other, far], []).faults
    assert fault.kind == "miss"
    assert [words.split()[0] for words in fault.nearby] == ["interlock", "silent"]


def test_numbers_of_a_rule() -> None:
    events = [HOUR, event(200, 260, due_at=at(205)), event(400, 460, due_at=at(405))]
    found = [episode(0, 7, severity=1), episode(200, 206), episode(700, 706)]
    score = scored(events, found)
    assert score.precision == pytest.approx(2 / 3)
    assert score.recall == pytest.approx(2 / 3)
    assert score.median_delay_ms == 1.5 * MINUTE_MS
    assert score.low == 1
    assert score.false_a_month(enterprises=10, span_ms=3 * DAY_MS) == pytest.approx(1.0)


def test_without_events_and_alarms_there_is_nothing_to_say() -> None:
    score = scored([], [])
    assert (score.precision, score.recall, score.median_delay_ms) == (None, None, None)


def transition(state: State, minute: float, *, severity: int = 1, since: float = 0) -> Transition:
    return Transition(
        at(minute), "interlock", "L1/dust", "E1", severity=severity, state=state, since=at(since), reason="because"
    )


def test_an_episode_is_dated_by_its_first_alarm_and_keeps_its_highest_severity() -> None:
    episodes = Episodes()
    episodes.add([transition(State.ACTIVE, 5), transition(State.ACTIVE, 15, severity=2)])
    episodes.add([transition(State.NORMAL, 60, severity=2), transition(State.ACTIVE, 106, since=100)])
    first, second = episodes.of("interlock")
    assert (first.at, first.severity) == (at(5), 2)
    assert second.since == at(100)


def test_what_a_filing_suppressed_is_no_episode_until_it_is_active() -> None:
    episodes = Episodes()
    episodes.add([transition(State.SUPPRESSED, 5), transition(State.NORMAL, 60)])
    assert episodes.of("interlock") == []
    episodes.add([transition(State.SUPPRESSED, 205, since=200), transition(State.ACTIVE, 300, since=200)])
    (late,) = episodes.of("interlock")
    assert (late.since, late.at) == (at(200), at(300))
    assert late.at - late.since > HOUR_MS
