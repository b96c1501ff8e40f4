"""From samples to a batch: who it is, ratios once, and what is doubtful."""

from dataclasses import replace

import numpy as np
import pytest

from core.interval import DAY_MS
from core.readings import COLUMN, QUANTITIES, Quality, Readings, Source
from core.registry import Enterprise, Facility, Kind, Meter, Registry
from ingest.columns import ClockLimits, Columns, ratios
from ingest.decoders import Parcel, Sample
from ingest.zones import number_of
from tests.cases import NOON

REGISTRY = Registry(
    enterprises=(Enterprise("a", "A", "d"), Enterprise("b", "B", "d")),
    facilities=(Facility("a-P", "a", Kind.PRODUCTION), Facility("b-P", "b", Kind.PRODUCTION)),
    meters=(
        Meter("a-1", "a-P", address="SN1"),
        Meter("a-2", "a-P", ct=90, pt=100, values="secondary"),
        Meter("b-1", "b-P", ct=90, pt=100, values="primary"),
    ),
)
UNITS_OF_ONE = dict.fromkeys(QUANTITIES, 1.0)


AHEAD_MS, BEHIND_MS = ClockLimits().ahead_ms, ClockLimits().behind_ms


def batch_of(
    *parcels: tuple[int, list[Sample]], received_at: int = NOON, limits: ClockLimits | None = None
) -> Readings:
    columns = Columns(ratios(REGISTRY), limits=limits or ClockLimits())
    for number, samples in parcels:
        columns.add(number, Parcel("", "", samples), received_at=received_at)
    return columns.batch()


def test_secondary_values_are_multiplied_once_each_by_what_applies_to_it() -> None:
    batch = batch_of((1, [Sample(NOON, **UNITS_OF_ONE)]))
    by_name = dict(zip(QUANTITIES, batch.values[0].tolist(), strict=True))
    assert {by_name[name] for name in ("p", "ep", "q")} == {9000.0}
    assert {by_name[name] for name in ("ua", "ub", "uc")} == {100.0}
    assert {by_name[name] for name in ("ia", "ib", "ic")} == {90.0}
    assert {by_name[name] for name in ("pf", "f")} == {1.0}


@pytest.mark.parametrize("number", [0, 2])
def test_primary_values_are_left_alone_whatever_the_ratios(number: int) -> None:
    assert batch_of((number, [Sample(NOON, **UNITS_OF_ONE)])).values.tolist() == [[1.0] * len(QUANTITIES)]


def test_each_reading_of_a_mixed_batch_has_its_own_meters_ratio() -> None:
    batch = batch_of((2, [Sample(NOON, p=1.0)]), (1, [Sample(NOON, p=1.0), Sample(NOON + 1, p=2.0)]))
    assert batch.meter.tolist() == [2, 1, 1]
    assert batch.p.tolist() == [1.0, 9000.0, 18000.0]


def test_absent_values_stay_absent() -> None:
    batch = batch_of((1, [Sample(NOON, ep=0.0)]))
    assert np.isnan(batch.values[0, [c for name, c in COLUMN.items() if name != "ep"]]).all()
    assert batch.ep.tolist() == [0.0]


def test_a_value_too_large_for_its_ratio_is_absent_not_infinite() -> None:
    batch = batch_of((1, [Sample(NOON, p=1.7e308, ep=1.0)]))
    assert np.isnan(batch.p[0])
    assert batch.ep.tolist() == [9000.0]


@pytest.mark.parametrize(
    ("ts", "stamped", "quality"),
    [
        (NOON, NOON, Quality.GOOD),
        (NOON - 10**9, NOON - 10**9, Quality.GOOD),
        (None, NOON, Quality.ARRIVAL_TIME),
        (NOON + AHEAD_MS, NOON + AHEAD_MS, Quality.GOOD),
        (NOON + AHEAD_MS + 1, NOON + AHEAD_MS + 1, Quality.CLOCK_SKEW),
        (NOON - BEHIND_MS, NOON - BEHIND_MS, Quality.GOOD),
        (NOON - BEHIND_MS - 1, NOON - BEHIND_MS - 1, Quality.CLOCK_SKEW),
        (946_684_800_000, 946_684_800_000, Quality.CLOCK_SKEW),
    ],
)
def test_what_is_doubtful_about_a_time_is_marked(ts: int | None, stamped: int, quality: Quality) -> None:
    batch = batch_of((0, [Sample(ts, p=1.0)]))
    assert (batch.ts.tolist(), batch.quality.tolist()) == ([stamped], [int(quality)])
    assert batch.received_at.tolist() == [NOON]


def test_what_is_sent_later_may_be_of_any_age_but_not_of_the_future() -> None:
    ancient, ahead = Sample(0, p=1.0, src="backfill"), Sample(NOON + AHEAD_MS + 1, p=1.0, src="backfill")
    assert batch_of((0, [ancient, ahead])).quality.tolist() == [Quality.GOOD, Quality.CLOCK_SKEW]


def test_the_limits_of_clocks_can_be_set() -> None:
    samples = [Sample(NOON + shift, p=1.0) for shift in (-3, -2, 1, 2)]
    marks = batch_of((0, samples), limits=ClockLimits(ahead_ms=1, behind_ms=2)).quality
    assert marks.tolist() == [Quality.CLOCK_SKEW, Quality.GOOD, Quality.GOOD, Quality.CLOCK_SKEW]


def test_the_limits_are_ten_minutes_and_a_month() -> None:
    assert (AHEAD_MS, BEHIND_MS) == (600_000, 31 * DAY_MS)


def test_what_a_message_tells_of_its_readings_is_marked_on_each_of_them_and_on_no_other() -> None:
    columns = Columns(ratios(REGISTRY))
    columns.add(0, Parcel("", "", [Sample(NOON, p=1.0), Sample(None, p=2.0)], int(Quality.INVALID)), received_at=NOON)
    columns.add(2, Parcel("", "", [Sample(NOON, p=3.0)]), received_at=NOON + 1)
    batch = columns.batch()
    assert batch.quality.tolist() == [Quality.INVALID, Quality.INVALID | Quality.ARRIVAL_TIME, Quality.GOOD]
    assert batch.received_at.tolist() == [NOON, NOON, NOON + 1]


def test_each_reading_has_its_own_quantities_whichever_are_absent_in_others() -> None:
    samples = [Sample(NOON + i, **{name: float(i)}) for i, name in enumerate(QUANTITIES)]
    values = batch_of((0, samples)).values
    assert np.array_equal(np.isfinite(values), np.eye(len(QUANTITIES), dtype=bool))
    assert values.diagonal().tolist() == list(range(len(QUANTITIES)))


def test_source_and_running_number_are_kept() -> None:
    batch = batch_of((0, [Sample(NOON, p=1.0, seq=7, src="backfill"), Sample(NOON + 1, p=1.0)]))
    assert batch.source.tolist() == [Source.BACKFILL, Source.REALTIME]
    assert batch.seq.tolist() == [7, -1]


def test_nothing_makes_an_empty_batch() -> None:
    assert len(Columns(ratios(REGISTRY)).batch()) == 0
    assert ratios(replace(REGISTRY, meters=())).shape == (0, len(QUANTITIES))


@pytest.mark.parametrize(
    ("enterprise", "name", "number"),
    [
        ("a", "a-1", 0),
        ("a", "SN1", 0),
        ("", "a-1", 0),
        ("", "SN1", 0),
        ("b", "b-1", 2),
        ("b", "a-1", None),  # a meter speaks for its own enterprise only
        ("b", "SN1", None),
        ("nobody", "a-1", None),
        ("a", "unknown", None),
        ("", "", None),
    ],
)
def test_a_meter_is_known_by_id_or_address_within_its_enterprise(
    enterprise: str, name: str, number: int | None
) -> None:
    assert number_of(REGISTRY, enterprise, name) == number
