"""Rules judge only what is sound: a marked reading is neither good nor a violation."""

from collections.abc import Iterable

import numpy as np
import pytest

from analytics import snapshot
from analytics.engine import Engine
from analytics.states import OFF, ON, UNKNOWN
from core.alarm import State, Transition
from core.readings import QUANTITIES, Quality, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry, Threshold

START = 1_773_979_200_000
MINUTE = 60_000
MADE, TREATED = 0, 1
FROZEN, ZERO, INVALID, SKEW = Quality.FROZEN, Quality.SPURIOUS_ZERO, Quality.INVALID, Quality.CLOCK_SKEW

REGISTRY = Registry(
    enterprises=(Enterprise("a", "A", "d"),),
    facilities=(Facility("P1", "a", Kind.PRODUCTION, on_kw=10), Facility("T1", "a", Kind.TREATMENT, on_kw=5)),
    meters=(Meter("P1-m", "P1"), Meter("T1-m", "T1")),
    thresholds=(Threshold("T1-m", "p", "below", 3.0, on_delay_s=300, off_delay_s=60),),
)


def minute(number: int, *, made: float, treated: float, marks: tuple[int, int] = (0, 0)) -> Readings:
    """Both meters at one minute after the start."""
    values = np.full((2, len(QUANTITIES)), np.nan)
    values[:, 0] = made, treated
    return readings([MADE, TREATED], [START + number * MINUTE] * 2, values=values, quality=np.array(marks))


def told(engine: Engine, batches: Iterable[Readings], rule: str = "interlock") -> list[Transition]:
    return [found for batch in batches for found in engine.step(batch, now=1 << 50) if found.rule == rule]


def raised(found: list[Transition]) -> list[tuple[float, int, State]]:
    return [((t.at - START) / MINUTE, t.severity, State(t.state)) for t in found]


def test_a_frozen_production_meter_proves_no_violation() -> None:
    """Treatment stops while the production's meter has repeated itself for half an hour."""
    running = [minute(i, made=30, treated=20) for i in range(30)]
    stopped = [minute(i, made=30, treated=0, marks=(FROZEN, 0)) for i in range(30, 120)]
    engine = Engine(REGISTRY)
    assert told(engine, running + stopped) == []
    assert engine.plant.state.tolist() == [UNKNOWN, OFF]


def test_a_frozen_production_meter_does_not_end_an_alarm_either() -> None:
    running = [minute(i, made=30, treated=0) for i in range(10)]
    frozen = [minute(i, made=0, treated=0, marks=(FROZEN, 0)) for i in range(10, 60)]
    engine = Engine(REGISTRY)
    assert raised(told(engine, running + frozen)) == [(5, 1, State.ACTIVE)]
    back = [minute(i, made=30, treated=20) for i in range(60, 70)]
    assert raised(told(engine, back)) == [(62, 1, State.NORMAL)]


def test_a_frozen_treatment_meter_neither_meets_its_stage_nor_breaks_it() -> None:
    frozen = [minute(i, made=30, treated=20, marks=(0, FROZEN)) for i in range(60)]
    engine = Engine(REGISTRY)
    assert told(engine, frozen) == []
    assert engine.plant.state.tolist() == [ON, UNKNOWN]


def test_what_was_frozen_proves_itself_anew_and_its_delay_counts_from_there() -> None:
    frozen = [minute(i, made=30, treated=0, marks=(FROZEN, 0)) for i in range(40)]
    thawed = [minute(i, made=31, treated=0) for i in range(40, 50)]
    assert raised(told(Engine(REGISTRY), frozen + thawed)) == [(45, 1, State.ACTIVE)]


def test_a_frozen_meter_of_several_makes_their_facility_unknown() -> None:
    registry = Registry(
        enterprises=REGISTRY.enterprises,
        facilities=REGISTRY.facilities,
        meters=(Meter("P1-m", "P1"), Meter("P1-n", "P1"), Meter("T1-m", "T1")),
    )
    engine = Engine(registry)
    for i in range(40):
        marks = np.array([FROZEN if i >= 30 else 0, 0, 0])
        engine.step(readings([0, 1, 2], [START + i * MINUTE] * 3, p=[20.0, 20.0, 20.0], quality=marks), now=1 << 50)
    assert engine.plant.state.tolist() == [UNKNOWN, ON]


@pytest.mark.parametrize("mark", [ZERO, INVALID])
def test_a_treatment_that_reads_zero_by_mistake_is_not_taken_for_stopped(mark: Quality) -> None:
    batches = [minute(i, made=30, treated=20) for i in range(10)]
    batches += [minute(i, made=30, treated=0, marks=(0, mark)) for i in range(10, 22)]
    engine = Engine(REGISTRY)
    assert told(engine, batches) == []
    assert engine.plant.state.tolist() == [ON, ON]


@pytest.mark.parametrize("mark", [ZERO, INVALID, FROZEN])
def test_a_limit_is_silent_on_what_is_not_sound(mark: Quality) -> None:
    marked = [minute(i, made=30, treated=0, marks=(0, mark)) for i in range(20)]
    engine = Engine(REGISTRY)
    assert told(engine, marked, "threshold") == []
    plain = [minute(i, made=30, treated=0) for i in range(20, 26)]
    assert raised(told(engine, plain, "threshold")) == [(25, 1, State.ACTIVE)]


def test_a_limit_in_alarm_stays_so_while_nothing_sound_is_heard() -> None:
    engine = Engine(REGISTRY)
    low = [minute(i, made=0, treated=0) for i in range(6)]
    assert raised(told(engine, low, "threshold")) == [(5, 1, State.ACTIVE)]
    frozen = [minute(i, made=0, treated=50, marks=(0, FROZEN)) for i in range(6, 60)]
    assert told(engine, frozen, "threshold") == []
    assert [(s.rule, s.subject) for s in engine.standing()] == [("threshold", "T1-m/p/below")]


def test_a_reading_of_a_clock_that_is_not_believed_hides_none_that_comes_after_it() -> None:
    batches = [minute(i, made=30, treated=0) for i in range(4)]
    ahead = minute(90, made=0, treated=50, marks=(SKEW, SKEW))
    after = [minute(i, made=30, treated=0) for i in range(4, 8)]
    assert raised(told(Engine(REGISTRY), [*batches, ahead, *after])) == [(5, 1, State.ACTIVE)]


@pytest.mark.parametrize("mark", [Quality.ARRIVAL_TIME, Quality.REGISTER_JUMP])
def test_marks_that_do_not_touch_power_change_no_judgement(mark: Quality) -> None:
    batches = [minute(i, made=30, treated=0, marks=(mark, mark)) for i in range(8)]
    assert raised(told(Engine(REGISTRY), batches)) == [(5, 1, State.ACTIVE)]


def test_marked_readings_are_judged_alike_in_one_batch_and_over_a_restart() -> None:
    batches = [
        minute(i, made=30, treated=20 if i < 20 else 0, marks=(FROZEN if 25 <= i < 60 else 0, ZERO if i == 70 else 0))
        for i in range(90)
    ]
    whole = raised(told(Engine(REGISTRY), [concatenate(batches)]))
    assert whole == [(65, 1, State.ACTIVE), (75, 2, State.ACTIVE)]
    engine, pieces = Engine(REGISTRY), []
    for batch in batches:
        saved = snapshot.save(engine)
        engine = Engine(REGISTRY)
        assert snapshot.restore(engine, saved)
        pieces += told(engine, [batch])
    assert raised(pieces) == whole
