"""Readings kept as rows of bytes say the same as those read value by value."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.readings import QUANTITIES, Source
from ingest.columns import Columns
from ingest.decoders import Parcel, Sample
from ingest.decoders.own import _carefully
from ingest.decoders.packed import LAYOUT, WIDTH, PackedSamples, Row, packed
from ingest.decoders.payload import MAX_READINGS

TS = 1_763_741_100_000
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(1 << 60), 1 << 60)
READINGS = st.fixed_dictionaries(
    {"ts": st.integers(946_684_800_000, 4_102_444_799_999), "p": st.floats(-1e12, 1e12)},
    optional={name: NUMBERS for name in QUANTITIES if name not in ("p", "ep")}
    | {
        "ep": st.floats(0, 1e12),
        "seq": st.integers(0, (1 << 53) - 1),
        "src": st.sampled_from(["realtime", "backfill"]),
    },
)


@settings(max_examples=300, deadline=None)
@given(st.lists(READINGS, min_size=1, max_size=8) | READINGS)
def test_packed_readings_are_those_of_the_careful_way(told: Any) -> None:
    payload = json.dumps(told).encode()
    found = packed(payload)
    assert found is not None
    assert list(found) == _carefully(payload, zone_name=None)[0]
    assert len(found.rows) == WIDTH * len(found)


def test_the_layout_names_every_field_of_a_row_once() -> None:
    assert LAYOUT.names == Row.__struct_fields__
    assert set(Row.__struct_fields__) == set(Sample.__struct_fields__)


@pytest.mark.parametrize(
    "reading",
    [
        {},
        {"ts": TS},
        {"p": 1},
        {"ts": TS / 1000, "p": 1},
        {"ts": 4_102_444_800_000, "p": 1},
        {"ts": TS, "p": None},
        {"ts": TS, "p": "1"},
        {"ts": TS, "p": 1, "seq": 1.5},
        {"ts": TS, "p": 1, "seq": 1 << 53},
        {"ts": TS, "p": 1, "src": "history"},
        {"ts": TS, "p": 1e300},
        {"ts": TS, "p": math.nan},
    ],
)
def test_what_is_not_of_the_usual_kind_is_left_to_the_careful_way(reading: dict[str, Any]) -> None:
    usual = {"ts": TS, "p": 1}
    assert packed(json.dumps(reading).encode()) is None
    assert packed(json.dumps([usual, reading]).encode()) is None
    assert packed(json.dumps([usual, usual]).encode()) is not None


@pytest.mark.parametrize("readings", [0, MAX_READINGS + 1])
def test_an_array_of_none_or_too_many_is_left_to_the_careful_way(readings: int) -> None:
    assert packed(json.dumps([{"ts": TS, "p": 1}] * readings).encode()) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=1, max_size=12))
def test_packed_and_other_samples_keep_the_order_in_which_they_came(parcels: list[tuple[bool, int]]) -> None:
    columns, wanted = Columns(np.ones((20, len(QUANTITIES)))), []
    for number, (is_packed, count) in enumerate(parcels):
        told = [{"ts": TS + number * 10 + i, "p": number + i / 10, "src": "backfill"} for i in range(count)]
        samples: Any = packed(json.dumps(told).encode()) if is_packed else [Sample(**one) for one in told]
        assert isinstance(samples, PackedSamples) == is_packed
        columns.add(number, Parcel("", "m", samples), received_at=TS + 1_000)
        wanted += [(number, one["ts"], one["p"]) for one in told]
    batch = columns.batch()
    assert list(zip(batch.meter.tolist(), batch.ts.tolist(), batch.p.tolist(), strict=True)) == wanted
    assert (batch.source == Source.BACKFILL).all()
    assert np.isnan(batch.ep).all()
