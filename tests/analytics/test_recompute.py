"""An alarm that was recorded is judged again from stored readings, months later, to the same transition."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.live import Live
from analytics.recompute import recompute
from core.alarm import State, Transition
from core.interval import DAY_MS, MINUTE_MS
from core.readings import IntArray, Readings, readings
from core.registry import Registry
from stores.duckdb import DuckSeries
from tests.cases import NOON, city


def plant() -> Registry:
    """The small city without filings, as version 7 of its registry."""
    return replace(city(), filings=(), orders=(), version=7)


def minutes(first: int, count: int, *, late_by: int = 0) -> Iterator[Readings]:
    """All meters, minute by minute; the foundry's treatment stands for seventy minutes of the second hour on."""
    names = [row.id for row in city().meters]
    for i in range(first, first + count):
        power = [0.2 if name == "foundry-T1-m" and 60 <= i < 130 else 20.0 + i % 3 for name in names]
        at = NOON + i * MINUTE_MS
        yield readings(np.arange(len(names)), np.full(len(names), at), received_at=at + 2000 + late_by, p=power)


class Kept:
    """What a live engine wrote."""

    def __init__(self) -> None:
        self.rows: list[Transition] = []

    def record(self, transitions: Sequence[Transition], *, snapshot: bytes | None, now: int) -> int:
        self.rows += transitions
        return len(transitions)

    def snapshot(self) -> bytes | None:
        return None


@pytest.fixture
def series(tmp_path: Path) -> Iterator[DuckSeries]:
    made = DuckSeries(tmp_path / "readings.duckdb")
    yield made
    made.close()


@pytest.fixture
def recorded(series: DuckSeries) -> list[Transition]:
    """The alarms of the foundry's interlock as the road recorded them."""
    log = Kept()
    live = Live(plant(), log=log, history=series, on_commit=lambda: None)  # type: ignore[arg-type]
    for batch in minutes(0, 200):
        series.append(batch)
        live.evaluate(batch, now=int(batch.received_at[0]))
    live.close(now=NOON + DAY_MS)
    return [row for row in log.rows if (row.rule, row.enterprise) == ("interlock", "foundry")]


def test_every_transition_comes_out_again(series: DuckSeries, recorded: list[Transition]):
    assert [(row.severity, row.state) for row in recorded] == [
        (1, State.ACTIVE),
        (2, State.ACTIVE),
        (3, State.ACTIVE),
        (3, State.NORMAL),
    ]
    for row in recorded:
        again = recompute(row, plant(), series)
        assert again.differences == ()
        assert again.found is not None
        assert (again.found.at, again.found.since, again.found.reason) == (row.at, row.since, row.reason)


def test_months_later_with_a_newer_registry_and_more_readings_the_old_one_still_gives_it(
    series: DuckSeries, recorded: list[Transition]
):
    for batch in minutes(90 * 1440, 60):
        series.append(batch)
    newer = replace(
        plant(),
        version=12,
        facilities=tuple(replace(f, on_kw=0.1, off_kw=0.05) if f.id == "foundry-T1" else f for f in city().facilities),
    )
    assert all(recompute(row, plant(), series).is_same for row in recorded)
    changed = recompute(recorded[0], newer, series)
    assert changed.found is None
    assert changed.differences == ("nothing of the kind is found",)


def test_a_record_that_was_altered_is_found_out(series: DuckSeries, recorded: list[Transition]):
    altered = replace(recorded[1], severity=1, since=recorded[1].since - MINUTE_MS)
    found = recompute(altered, plant(), series)
    assert not found.is_same
    assert any(text.startswith("since was") for text in found.differences)
    inputs = dict(recorded[0].evidence) | {"delays_s": {"1": 1}}
    (difference,) = recompute(replace(recorded[0], evidence=inputs), plant(), series).differences
    assert difference.startswith("evidence delays_s was")


def test_what_came_late_had_no_part_in_it(tmp_path: Path, recorded: list[Transition]):
    """Readings that say that treatment ran came an hour after the alarm, and leave the judgement as it was."""
    other = DuckSeries(tmp_path / "other.duckdb")
    number = city().meter_number["foundry-T1-m"]
    for batch in minutes(0, 200):
        other.append(batch)
    half = NOON + np.arange(60, 120) * MINUTE_MS + 30_000
    late = readings(np.full(60, number), half, received_at=half + 3_600_000, p=np.full(60, 20.0))
    other.append(late)
    assert recompute(recorded[0], plant(), other).is_same
    other.close()


def test_the_meters_asked_for_are_the_enterprises(recorded: list[Transition], series: DuckSeries):
    asked: list[list[int]] = []

    class Noting:
        def scan(
            self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ()
        ) -> Iterator[Readings]:
            asked.append([] if meters is None else meters.tolist())
            return series.scan(start, end, meters=meters, quantities=quantities)

    assert recompute(recorded[0], plant(), Noting()).is_same
    assert asked == [[city().meter_number[f"foundry-{name}-m"] for name in ("F", "P1", "T1")]]
