"""Marks of any stream: the same however it is cut, as a slow reading of the rules has them, values untouched."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.interval import MINUTE_MS
from core.readings import COLUMN, QUANTITIES, Quality, Readings, readings
from ingest.quality import Circuits, Marks
from tests.cases import NOON
from tests.ingest.quality_cases import OneByOne

NAN = float("nan")
METERS = 3
RATED_KW, RATIO = (NAN, 50.0, 4.0), (1.0, 1.0, 9000.0)
CIRCUITS = Circuits(np.array(RATED_KW), np.array(RATIO))

_QUANTITIES = {
    "p": st.sampled_from([NAN, 0.0, 0.5, 30.0, -30.0, 800.0]),
    "q": st.sampled_from([NAN, 0.0, 8.0]),
    "pf": st.sampled_from([NAN, 0.0, 0.9, -1.0]),
    "ua": st.sampled_from([NAN, 230.0]),
    "ia": st.sampled_from([NAN, 0.0, 0.4, 40.0]),
}
_STEP_KWH = st.sampled_from([0.0, 0.0, 0.25, 1.0, 40.0, 600.0, 50_000.0, -1e-9, -3.0, -5000.0])
_GAP_MIN = st.sampled_from([1, 1, 1, 15, 60, 900, 9 * 1440])
_TOLD = st.sampled_from([*[Quality.GOOD] * 8, Quality.ARRIVAL_TIME, Quality.INVALID, Quality.CLOCK_SKEW])
_CIRCUIT = st.sampled_from(range(METERS))


@st.composite
def streams(draw: st.DrawFn) -> Readings:
    """Runs of equal or changing readings of three meters, their registers moving, resting, falling and absent."""
    meters, instants, rows, told = [], [], [], []
    at, ep = dict.fromkeys(range(METERS), NOON), dict.fromkeys(range(METERS), 6000.0)
    for _ in range(draw(st.integers(1, 12))):
        meter, repeats = draw(_CIRCUIT), draw(st.sampled_from([1, 1, 2, 7, 34]))
        values = [draw(_QUANTITIES[name]) if name in _QUANTITIES else NAN for name in QUANTITIES]
        step, gap, quality = draw(_STEP_KWH), draw(_GAP_MIN), draw(_TOLD)
        shown = draw(st.sampled_from(["as it is", "as it is", "zero", "absent"]))
        for _ in range(repeats):
            at[meter] += gap * MINUTE_MS
            ep[meter] = max(0.0, ep[meter] + step)
            values[COLUMN["ep"]] = {"as it is": ep[meter], "zero": 0.0, "absent": NAN}[shown]
            meters.append(meter)
            instants.append(at[meter])
            rows.append(tuple(values))
            told.append(int(quality))
    return readings(meters, instants, values=np.array(rows), quality=np.array(told), seq=np.arange(len(rows)))


def marked(parts: list[Readings]) -> list[int]:
    marks = Marks(CIRCUITS)
    return [quality for part in parts for quality in marks.mark(part).quality.tolist()]


def cut(batch: Readings, places: list[int]) -> list[Readings]:
    edges = [0, *sorted(place % (len(batch) + 1) for place in places), len(batch)]
    return [batch.take(slice(first, last)) for first, last in pairwise(edges)]


@settings(deadline=None, max_examples=150)
@given(batch=streams(), places=st.lists(st.integers(0, 400), max_size=12))
def test_marking_batch_by_batch_is_marking_all_at_once(batch: Readings, places: list[int]) -> None:
    assert marked(cut(batch, places)) == marked([batch])


@settings(deadline=None, max_examples=150)
@given(batch=streams())
def test_marks_are_those_of_a_slow_reading_of_the_rules(batch: Readings) -> None:
    meters = [OneByOne(rated_kw, ratio) for rated_kw, ratio in zip(RATED_KW, RATIO, strict=True)]
    expected = [
        int(meters[meter].mark(ts, tuple(values), Quality(told)))
        for meter, ts, values, told in zip(
            batch.meter.tolist(), batch.ts.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True
        )
    ]
    assert marked([batch]) == expected


@settings(deadline=None, max_examples=60)
@given(batch=streams(), rnd=st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(batch: Readings, rnd: object) -> None:
    order = list(range(len(batch)))
    rnd.shuffle(order)  # type: ignore[attr-defined]
    assert [marked([batch])[row] for row in order] == marked([batch.take(np.array(order))])


@settings(deadline=None, max_examples=60)
@given(batch=streams())
def test_marks_are_added_and_nothing_else_changes(batch: Readings) -> None:
    values, quality = batch.values.copy(), batch.quality.copy()
    found = Marks(CIRCUITS).mark(batch)
    for name in ("meter", "ts", "received_at", "source", "seq"):
        assert getattr(found, name) is getattr(batch, name)
    assert found.values.tobytes() == values.tobytes()
    assert batch.quality.tolist() == quality.tolist()
    assert (found.quality & batch.quality).tolist() == batch.quality.tolist()


@settings(deadline=None, max_examples=60)
@given(batch=streams())
def test_a_second_delivery_moves_nothing(batch: Readings) -> None:
    marks, plain = Marks(CIRCUITS), Marks(CIRCUITS)
    marks.mark(batch)
    plain.mark(batch)
    marks.mark(batch)
    after = batch.take(slice(0, 1))
    after.ts[:] = batch.ts.max() + MINUTE_MS
    assert marks.mark(after).quality.tolist() == plain.mark(after).quality.tolist()
