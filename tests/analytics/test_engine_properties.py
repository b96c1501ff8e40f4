"""What must hold of the engine whatever the plant does and however its readings arrive."""

import json

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics import snapshot
from analytics.engine import Engine
from analytics.waves import WAVE_MS, waves
from core.alarm import State, Transition
from core.readings import Readings, concatenate, readings
from tests.analytics.stories import MINUTE, REGISTRY, START, instant, judge, regrouped, stories

FEW = settings(max_examples=60, deadline=None)
CUTS = st.sets(st.integers(0, 150))
EVENTFUL = [instant([0, 1, 2, 3, 4, 5], START + i * MINUTE, [30.0, 0.0, 0.0, 0.0, 30.0, 0.0]) for i in range(60)]
"""Both enterprises produce untreated for an hour; their filings begin and end."""
VANISHED = [instant([0, 1, 2, 3, 4, 5], START, [0.0] * 6)]
VANISHED += [instant([4, 5], START + i * MINUTE, [0.0, 0.0]) for i in range(1, 22)]
"""All meters of one enterprise fall silent at once, while the other goes on."""


def shown(found: list[Transition]) -> list[str]:
    return [json.dumps([t.at, t.rule, t.subject, t.severity, t.state, t.since, t.reason, t.evidence]) for t in found]


@FEW
@given(story=stories(), cuts=CUTS)
def test_however_readings_are_cut_into_batches_the_transitions_are_the_same(
    story: list[Readings], cuts: set[int]
) -> None:
    assert shown(judge(regrouped(story, cuts))) == shown(judge(story))


@FEW
@given(story=stories(), saves=CUTS | st.just(set(range(150))))
@example(story=EVENTFUL, saves=set(range(150)))
def test_a_restart_from_a_snapshot_at_any_point_changes_nothing(story: list[Readings], saves: set[int]) -> None:
    engine, found = Engine(REGISTRY), []
    for number, batch in enumerate(story):
        found += engine.step(batch, now=1 << 50)
        if number in saves:
            saved = snapshot.save(engine)
            engine = Engine(REGISTRY)
            assert snapshot.restore(engine, saved)
    assert shown(found) == shown(judge(story))


@FEW
@given(story=stories(), data=st.data())
def test_what_is_delivered_again_changes_nothing(story: list[Readings], data: st.DataObject) -> None:
    delivered = []
    for number, batch in enumerate(story):
        again = data.draw(st.integers(0, number))
        delivered += [batch, story[again], concatenate(story[again : number + 1])]
    assert shown(judge(delivered)) == shown(judge(story))


@FEW
@given(story=stories(), cuts=CUTS)
@example(story=VANISHED, cuts={13})
@example(story=VANISHED, cuts=set())
def test_of_two_readings_of_one_instant_in_a_batch_the_first_counts(story: list[Readings], cuts: set[int]) -> None:
    def contradicted(batch: Readings) -> Readings:
        other = readings(batch.meter, batch.ts, values=np.where(batch.values > 5, 0.0, 30.0))
        return concatenate([batch, other])

    batches = regrouped(story, cuts)
    assert shown(judge([contradicted(batch) for batch in batches])) == shown(judge(story))


@FEW
@given(story=stories(), cuts=CUTS, order=st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(story: list[Readings], cuts: set[int], order: object) -> None:
    def shuffled(batch: Readings) -> Readings:
        rows = list(range(len(batch)))
        order.shuffle(rows)  # type: ignore[attr-defined]
        return batch.take(np.array(rows))

    assert shown(judge([shuffled(batch) for batch in regrouped(story, cuts)])) == shown(judge(story))


@FEW
@given(story=stories())
def test_every_episode_begins_once_rises_only_and_ends_before_the_next(story: list[Readings]) -> None:
    open_episodes: dict[tuple[str, str], Transition] = {}
    for told in judge(story):
        key, before = (told.rule, told.subject), open_episodes.get((told.rule, told.subject))
        assert told.since <= told.at
        if before is None:
            assert told.state is not State.NORMAL
        else:
            assert told.since == before.since
            assert told.at >= before.at
            assert (told.severity, told.state) != (before.severity, before.state)
            assert told.severity >= before.severity
        open_episodes.pop(key, None) if told.state is State.NORMAL else open_episodes.update({key: told})


@FEW
@given(story=stories(), cuts=CUTS)
def test_readings_older_than_asked_for_are_not_judged(story: list[Readings], cuts: set[int]) -> None:
    in_time = [batch for number, batch in enumerate(story) if number not in cuts]
    late = [batch for number, batch in enumerate(story) if number in cuts]
    engine = Engine(REGISTRY)
    told = judge(in_time, engine)
    oldest = START + 200 * MINUTE
    assert [found for batch in late for found in engine.step(batch, now=1 << 50, oldest=oldest)] == []
    assert shown(told) == shown(judge(in_time))


@given(rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5 * MINUTE)), max_size=60))
def test_waves_keep_every_reading_in_order_and_no_meter_twice(rows: list[tuple[int, int]]) -> None:
    batch = readings([m for m, _ in rows], [START + at for _, at in rows], p=[float(i) for i in range(len(rows))])
    cut = list(waves(batch))
    whole = concatenate(cut)
    assert sorted(whole.p.tolist()) == sorted(batch.p.tolist())
    assert whole.ts.tolist() == sorted(batch.ts.tolist())
    for wave in cut:
        assert len(wave) == len(set(wave.meter.tolist())) > 0
        assert wave.ts[-1] - wave.ts[0] < WAVE_MS


@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_waves_leave_readings_of_one_instant_in_the_order_they_came(rows: list[tuple[int, int]]) -> None:
    batch = readings([m for m, _ in rows], [START + at for _, at in rows], p=[float(i) for i in range(len(rows))])
    whole = concatenate(list(waves(batch)))
    assert whole.p.tolist() == [float(i) for i in sorted(range(len(rows)), key=lambda i: rows[i][1])]


def test_full_waves_are_not_cut_smaller_than_needed() -> None:
    batch = readings([0, 1, 2] * 2, [START] * 3 + [START + MINUTE] * 3, p=[1.0] * 6)
    assert [len(wave) for wave in waves(batch)] == [3, 3]


def test_an_empty_batch_tells_nothing() -> None:
    assert Engine(REGISTRY).step(readings([], []), now=START) == []


def test_a_reading_far_in_the_future_is_not_believed_and_holds_up_nobody() -> None:
    engine = Engine(REGISTRY)
    engine.step(instant([5], START + 11 * MINUTE, [0.0]), now=START)
    assert engine.step(instant([5], START, [0.0]), now=START)[0].at == START


def test_a_reading_a_little_ahead_is_believed() -> None:
    engine = Engine(REGISTRY)
    assert engine.step(instant([5], START + 10 * MINUTE, [0.0]), now=START)[0].at == START + 10 * MINUTE


def test_a_snapshot_of_another_format_is_left_alone(monkeypatch) -> None:
    engine = Engine(REGISTRY)
    engine.step(instant([5], START, [0.0]), now=START)
    monkeypatch.setattr(snapshot, "FORMAT", snapshot.FORMAT + 1)
    saved = snapshot.save(engine)
    monkeypatch.undo()
    fresh = Engine(REGISTRY)
    assert not snapshot.restore(fresh, saved)
    assert fresh.plant.last_ts.tolist() == Engine(REGISTRY).plant.last_ts.tolist()


def test_stories_do_tell_of_alarms() -> None:
    """The properties above would hold of silence too."""
    told = judge(EVENTFUL)
    assert {(t.rule, t.state) for t in told} >= {
        ("interlock", State.ACTIVE),
        ("interlock", State.SUPPRESSED),
        ("threshold", State.ACTIVE),
        ("threshold", State.SUPPRESSED),
    }
