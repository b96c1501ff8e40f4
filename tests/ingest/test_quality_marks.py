"""When a reading is marked, and when it is not: each mark by itself."""

import numpy as np
import pytest

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.readings import Quality, Readings, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from ingest.quality import Circuits, Marks, circuits
from tests.cases import NOON
from tests.ingest.quality_cases import LOADED, circuit, marks_of, rows_marked, series

FROZEN, ZERO, JUMP = Quality.FROZEN, Quality.SPURIOUS_ZERO, Quality.REGISTER_JUMP


def constant(minutes: int, **row: float) -> Readings:
    return series([row] * minutes)


def registers(*ep: float, p: float = 60.0, step_ms: int = MINUTE_MS) -> Readings:
    return series([{"p": p, "ep": value} for value in ep], step_ms=step_ms)


# Frozen


def test_a_loaded_meter_that_repeats_itself_is_frozen_from_the_thirtieth_minute_on() -> None:
    assert rows_marked(constant(35, **LOADED), FROZEN) == [30, 31, 32, 33, 34]


def test_half_an_hour_is_not_enough_with_fewer_than_six_readings() -> None:
    assert rows_marked(series([LOADED] * 8, step_ms=15 * MINUTE_MS), FROZEN) == [5, 6, 7]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"p": 0.0, "ua": 230.1, "ub": 229.7, "ia": 0.0}, id="idle: no current flows"),
        pytest.param({"p": 0.0, "ep": 481.2}, id="idle: neither power nor register moves"),
        pytest.param({"p": 60.0}, id="power alone may be set to be constant"),
        pytest.param({"p": 60.0, "pf": 1.0, "f": 50.0}, id="power factor and frequency may stand still"),
        pytest.param({"p": -40.0, "ep": 481.2}, id="an import register rests while power is given back"),
        pytest.param({"p": 0.02, "ep": 481.2}, id="the register may need longer for its next step"),
    ],
)
def test_what_may_repeat_itself_is_good(row: dict[str, float]) -> None:
    assert set(marks_of(constant(120, **row))) == {Quality.GOOD}


def test_one_digit_that_moves_is_enough() -> None:
    rows = [LOADED | {"uc": 231.0 + 0.1 * (minute % 25 == 24)} for minute in range(90)]
    assert rows_marked(series(rows), FROZEN) == []


def test_a_quantity_that_comes_or_goes_is_a_change() -> None:
    rows = [LOADED | ({"q": 3.0} if minute >= 20 else {}) for minute in range(60)]
    assert rows_marked(series(rows), FROZEN) == list(range(50, 60))


def test_a_frozen_meter_is_good_again_with_its_first_new_value() -> None:
    rows = [LOADED] * 40 + [LOADED | {"p": 61.0}] * 2
    assert rows_marked(series(rows), FROZEN) == list(range(30, 40))


def test_a_register_that_stands_still_for_ten_of_its_steps_under_load_is_frozen() -> None:
    counting = [{"p": 60.0, "ep": 100.0 + minute} for minute in range(3)]
    stuck = [{"p": 60.0, "ep": 102.0}] * 60
    # 60 kW make a step of 1 kWh a minute: ten steps are missing long before the half hour is over.
    assert rows_marked(series(counting + stuck), FROZEN)[0] == 2 + 30
    # 12 kW need fifty minutes for ten steps.
    slow = [row | {"p": 12.0} for row in stuck]
    assert rows_marked(series(counting + slow), FROZEN)[0] == 3 + 50


# Zeros


@pytest.mark.parametrize(
    ("row", "spurious"),
    [
        pytest.param({}, True, id="a load by power factor"),
        pytest.param({"pf": -0.95}, True, id="the sign of a power factor is its maker's taste"),
        pytest.param({"pf": 0.0}, False, id="apparent but no active power"),
        pytest.param({"pf": 0.0, "q": 62.0}, False, id="a capacitor"),
        pytest.param({"pf": float("nan"), "q": 20.0}, True, id="more apparent than reactive"),
        pytest.param({"pf": float("nan"), "q": 63.0}, False, id="all reactive"),
        pytest.param({"pf": float("nan")}, False, id="nothing says how much of it is active"),
        pytest.param({"ia": 0.0, "ib": 0.0, "ic": 0.0}, False, id="no current"),
        pytest.param({"pf": 95.0, "ia": 0.5, "ib": 0.5, "ic": 0.5}, False, id="a power factor in per cent"),
        pytest.param({"ia": 0.5, "ib": 0.5, "ic": 0.5}, False, id="a standby current"),
        pytest.param({"ub": float("nan"), "uc": float("nan"), "ib": float("nan"), "ic": float("nan")}, True, id="one"),
        pytest.param({"p": 0.01}, False, id="not exactly zero"),
        pytest.param({"p": float("nan"), "ep": 1.0}, False, id="no power is no zero"),
    ],
)
def test_a_power_of_zero_is_spurious_where_the_other_quantities_say_load(row: dict[str, float], spurious: bool) -> None:
    assert rows_marked(series([LOADED | {"p": 0.0} | row]), ZERO) == ([0] if spurious else [])


def test_without_power_factor_half_the_rating_is_a_load_and_less_is_not() -> None:
    unknown = {name: value for name, value in LOADED.items() if name != "pf"} | {"p": 0.0}  # 63 kVA
    assert rows_marked(series([unknown]), ZERO, circuit(rated_kw=120)) == [0]
    assert rows_marked(series([unknown]), ZERO, circuit(rated_kw=130)) == []


def test_what_is_clear_depends_on_the_size_of_the_circuit() -> None:
    small = LOADED | {"p": 0.0, "ia": 4.0, "ib": 4.0, "ic": 4.0}  # 2.6 kW
    assert rows_marked(series([small]), ZERO, circuit(rated_kw=50)) == [0]
    assert rows_marked(series([small]), ZERO, circuit(rated_kw=60)) == []
    assert rows_marked(series([small]), ZERO, circuit(ratio=600)) == []


def test_a_register_that_falls_to_zero_for_one_reading_is_a_spurious_zero_and_nothing_after_it() -> None:
    assert marks_of(registers(100, 101, 0, 103, 104)) == [0, 0, ZERO, 0, 0]


def test_time_counts_from_the_register_that_stands_not_from_the_zero_after_it() -> None:
    rows = [{"p": 60.0, "ep": ep} for ep in (100.0, 101.0, 0.0, 150.0)]
    batch = series(rows)
    batch.ts[2:] += HOUR_MS
    assert marks_of(batch) == [0, 0, ZERO, 0]
    assert marks_of(batch, circuit(rated_kw=60)) == [0, 0, ZERO, 0]


def test_a_register_that_stays_at_zero_was_reset_and_counts_from_there() -> None:
    assert marks_of(registers(100, 101, 0, 0, 1, 2)) == [0, 0, ZERO, JUMP, 0, 0]
    assert marks_of(registers(100, 101, 0, 0.5, 1.5)) == [0, 0, ZERO, JUMP, 0]


def test_a_register_that_was_never_anything_but_zero_is_good() -> None:
    assert set(marks_of(registers(0, 0, 0, 0, 1, 2))) == {Quality.GOOD}


# Jumps


@pytest.mark.parametrize(
    ("ep", "marked"),
    [
        pytest.param((100, 101, 5000, 5001), [2], id="forwards"),
        pytest.param((5000, 5001, 100, 101), [2], id="backwards"),
        pytest.param((999_998.5, 999_999.5, 0.5, 1.5), [2], id="roll-over"),
        pytest.param((100, 101, 101, 101, 104), [], id="coarse steps"),
        pytest.param((900_000.06, 900_001, 900_000.95), [], id="the last digit of a 32-bit float"),
        pytest.param((100, 101, float("nan"), float("nan"), 104), [], id="absent values are no step"),
        pytest.param((100, 101, float("nan"), 5000), [3], id="a jump over absent values"),
        pytest.param((100, 104, 108), [], id="more than now, less than three times what the circuit is rated for"),
    ],
)
def test_a_register_jumps_where_it_moves_as_its_circuit_can_not(ep: tuple[float, ...], marked: list[int]) -> None:
    assert rows_marked(registers(*ep), JUMP, circuit(rated_kw=80)) == marked


@pytest.mark.parametrize(("hours", "marked"), [(10, []), (1, [2])])
def test_after_an_outage_the_circuit_may_have_run_at_full_load(hours: int, marked: list[int]) -> None:
    """The powers at both ends are those of an idle plant."""
    batch = registers(100, 100.01, 700.0, p=0.5)
    batch.ts[2:] += hours * HOUR_MS
    assert rows_marked(batch, JUMP, circuit(rated_kw=60)) == marked


@pytest.mark.parametrize(("kwh", "marked"), [(181.9, []), (182.1, [192])])
def test_the_most_that_was_seen_in_a_week_counts_where_no_rating_is_known(kwh: float, marked: list[int]) -> None:
    rows = [{"p": 60.0 if hour == 3 else 0.5, "ep": 100 + 0.5 * hour} for hour in range(8 * 24)]
    batch = series([*rows, {"p": 0.5, "ep": rows[-1]["ep"] + kwh}], step_ms=HOUR_MS)
    marks = Marks(circuit())
    one_by_one = [int(marks.mark(batch.take(slice(row, row + 1))).quality[0]) for row in range(len(batch))]
    assert [row for row, quality in enumerate(one_by_one) if quality == JUMP] == marked
    assert rows_marked(batch, JUMP) == marked


def test_a_circuit_of_which_little_is_known_may_surprise_but_not_without_bounds() -> None:
    """A burst of 200 kW between two readings of an idle quarter of an hour, and a leap of a million."""
    assert rows_marked(registers(100, 100.1, 150, p=0.5, step_ms=15 * MINUTE_MS), JUMP) == []
    assert rows_marked(registers(100, 100.1, 1_000_100, p=0.5, step_ms=15 * MINUTE_MS), JUMP) == [2]


def test_without_power_and_rating_only_a_step_back_is_a_jump() -> None:
    rows = [{"ep": value} for value in (100.0, 101.0, 1_000_000.0, 5.0)]
    assert rows_marked(series(rows), JUMP) == [3]


def test_a_coarse_register_behind_transformers_steps_without_jumping() -> None:
    """0.01 kWh behind 9,000: 300 kW make a step of 90 kWh every 18 minutes, the first one soon after the start."""
    drawn = 85 + 5.0 * np.arange(600)
    rows = [{"p": 300.0, "ep": 9000 + 90 * (kwh // 90)} for kwh in drawn]
    assert set(marks_of(series(rows), circuit(rated_kw=400, ratio=9000))) == {Quality.GOOD}
    assert set(marks_of(series(rows), circuit(rated_kw=400))) == {Quality.GOOD}


# The past


def test_late_readings_get_only_the_marks_that_need_no_past_and_are_no_past() -> None:
    batch = registers(100, 101, 102)
    late = series([LOADED | {"p": 0.0, "ep": 5.0}], start=NOON + 90_000)
    following = series([{"p": 60.0, "ep": 103.0}], start=NOON + 3 * MINUTE_MS)
    marks = Marks(circuit())
    assert not marks.mark(batch).quality.any()
    assert marks.mark(late).quality.tolist() == [ZERO]
    assert marks.mark(following).quality.tolist() == [Quality.GOOD]


@pytest.mark.parametrize("doubt", [Quality.INVALID, Quality.CLOCK_SKEW])
def test_what_its_message_calls_wrong_is_neither_judged_nor_a_past(doubt: Quality) -> None:
    batch = registers(100, 101, 5, 103)
    batch.quality[2] = doubt
    batch.ts[2] += DAY_MS if doubt is Quality.CLOCK_SKEW else 0
    assert marks_of(batch) == [0, 0, doubt, 0]


def test_the_same_instant_twice_is_judged_once() -> None:
    batch = registers(100, 101, 5, 102)
    batch.ts[2] = batch.ts[1]
    assert marks_of(batch) == [0, 0, 0, 0]


def test_a_restart_goes_on_from_the_newest_readings() -> None:
    marks = Marks(circuit())
    marks.seed(registers(100.0))
    after = series([{"p": 60.0, "ep": 50.0}], start=NOON + MINUTE_MS)
    assert marks.mark(after).quality.tolist() == [JUMP]


def test_a_restart_does_not_thaw_a_frozen_meter() -> None:
    before = Marks(circuit()).mark(constant(40, **LOADED))
    marks = Marks(circuit())
    marks.seed(before.take(slice(39, 40)))
    again = series([LOADED, LOADED | {"p": 61.0}], start=NOON + 40 * MINUTE_MS)
    assert marks.mark(again).quality.tolist() == [FROZEN, Quality.GOOD]


def test_an_absent_value_is_absent_however_the_store_writes_it() -> None:
    before = Marks(circuit()).mark(constant(40, **LOADED)).take(slice(39, 40))
    before.values.view(np.int64)[np.isnan(before.values)] |= 77
    marks = Marks(circuit())
    marks.seed(before)
    assert marks.mark(series([LOADED], start=NOON + 40 * MINUTE_MS)).quality.tolist() == [FROZEN]


def test_a_restart_upon_a_spurious_zero_does_not_take_it_for_the_register() -> None:
    before = Marks(circuit()).mark(registers(100, 101, 0))
    marks = Marks(circuit())
    marks.seed(before.take(slice(2, 3)))
    after = series([{"p": 60.0, "ep": 103.0}], start=NOON + 3 * MINUTE_MS)
    assert marks.mark(after).quality.tolist() == [Quality.GOOD]


def test_room_is_made_for_new_meters_and_a_newer_registry() -> None:
    marks = Marks()
    assert not marks.mark(readings([5, 900], [NOON, NOON], p=[1.0, 2.0], ep=[1.0, 2.0])).quality.any()
    marks.use(circuit(rated_kw=10.0, meters=1000))
    again = readings([900, 999, 2500], [NOON + MINUTE_MS] * 3, p=[1.0, 2.0, 3.0], ep=[1.0, 2.0, 3.0])
    assert marks.mark(again).quality.tolist() == [JUMP, 0, 0]
    marks.use(circuit(meters=3))
    assert marks.mark(readings([2500], [NOON + 2 * MINUTE_MS], ep=[1.0])).quality.tolist() == [JUMP]
    assert len(marks.mark(readings([], []))) == 0


def test_circuits_are_those_of_the_registry() -> None:
    registry = Registry(
        enterprises=(Enterprise("a", "A", "d"),),
        facilities=(Facility("P", "a", Kind.PRODUCTION, rated_kw=45.0), Facility("F", "a", Kind.FEEDER)),
        meters=(
            Meter("a-1", "P", ct=90, pt=100, values="secondary"),
            Meter("a-2", "F", ct=90, pt=100),
            Meter("a-3", "P"),
        ),
    )
    found: Circuits = circuits(registry)
    assert found.rated_kw.tolist() == pytest.approx([45.0, float("nan"), 45.0], nan_ok=True)
    assert found.ratio.tolist() == [9000.0, 1.0, 1.0]
    assert len(circuits(Registry())) == 0
