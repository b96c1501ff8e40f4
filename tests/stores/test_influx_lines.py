"""Readings as line protocol: nothing is lost on the way, whatever the values are."""

import math
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.readings import QUANTITIES, readings
from stores.influx import digits, protocol
from stores.influx.lines import SeriesKeys, lines

T0 = 1_763_740_800_000
IDS = ("M-0", "two words", "a,b=c", "炉号四", 'quote"', "[{:}]", "x" * 700, "back\\slash", "ÿþý")
KEYS = SeriesKeys([protocol.series("meter", {"enterprise": "E1", "meter": id}) for id in IDS])

any_float = st.floats(width=64) | st.integers(-(10**12), 10**12).map(lambda m: m / 10_000) | st.just(math.nan)
any_count = st.integers(-(2**63), 2**63 - 1)
any_row = st.tuples(
    st.integers(0, len(IDS) - 1),
    any_count,
    st.lists(any_float, min_size=11, max_size=11),
    st.integers(0, 63),
    any_count,
)


def read_back(text: bytes) -> dict[tuple[bytes, int], list[dict[str, str]]]:
    """Fields as written by series key and time; readers split at the last two blanks, as no field holds one."""
    found: dict[tuple[bytes, int], list[dict[str, str]]] = {}
    for line in text.split(b"\n")[:-1]:
        key, fields, time = line.rsplit(b" ", 2)
        row = dict(part.split("=") for part in fields.decode().split(","))
        found.setdefault((key + b" ", int(time)), []).append(row)
    return found


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


@given(st.lists(any_row, min_size=1, max_size=12, unique_by=lambda row: row[1]))
def test_every_row_becomes_one_line_that_says_the_same_to_the_last_bit(rows):
    meter, ts, values, quality, seq = zip(*rows, strict=True)
    batch = readings(
        meter, ts, values=np.array(values), received_at=T0 + 5, quality=np.array(quality), seq=np.array(seq)
    )
    found = read_back(lines(batch, KEYS))
    assert sum(map(len, found.values())) == len(rows)
    for m, t, row, q, s in rows:
        [said] = found[(protocol.series("meter", {"enterprise": "E1", "meter": IDS[m]}), t)]
        assert (said["quality"], said["source"], said["received_at"]) == (f"{q}i", "0i", f"{T0 + 5}i")
        assert said["seq"] == f"{s}i"
        for name, value in zip(QUANTITIES, row, strict=True):
            assert (name in said) == math.isfinite(value)
            if math.isfinite(value):
                assert bits(float(said[name])) == bits(value), said[name]


@given(st.lists(st.integers(-(10**12) + 1, 10**12 - 1), min_size=1, max_size=30))
def test_short_decimals_are_written_by_table_and_read_back(scaled):
    values = np.array([m / digits.SCALE for m in scaled])
    assert digits.short_decimals(values).all()
    groups = digits.groups_for(float(np.abs(values).max()))
    place = np.zeros((len(values), digits.decimal_width(groups)), dtype=np.uint8)
    digits.put_decimals(place, values, groups=groups)
    texts = [row.tobytes().replace(bytes([digits.PAD]), b"") for row in place]
    assert [bits(float(text)) for text in texts] == [bits(value) for value in values.tolist()]
    assert all(re.fullmatch(rb"-?(0|[1-9]\d*)\.\d{1,4}", text) for text in texts)


@given(st.floats(width=64))
def test_what_is_called_short_has_a_short_decimal(value):
    if digits.short_decimals(np.array([value]))[0]:
        assert float(f"{value:.4f}") == value
        assert abs(value) < 1e8


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, b"0.0"),
        (-0.0, b"-0.0"),
        (10_000.0, b"10000.0"),
        (100_000_000.0, b"1e8"),
        (7.0001, b"7.0001"),
        (-5.5, b"-5.5"),
    ],
)
def test_numbers_look_as_people_write_them(value, text):
    line = lines(readings([0], [T0], p=[value]), KEYS)
    said = re.search(rb" p=([^,]+),", line)
    assert said
    assert said.group(1) in (text, repr(value).encode())


def test_a_long_batch_is_written_in_parts_and_whole():
    n = 5_003
    batch = readings(
        np.arange(n) % len(IDS), T0 + np.arange(n), p=np.arange(n) * 0.1, ep=np.where(np.arange(n) % 3, 1.0, np.nan)
    )
    found = read_back(lines(batch, KEYS))
    assert sorted(t - T0 for _, t in found) == list(range(n))


@pytest.mark.parametrize("id", ["", "two\nlines", "nul\x00", "return\r", "x" * 20_000])
def test_what_no_tag_can_hold_is_refused(id):
    with pytest.raises(ValueError, match="can't be a tag"):
        protocol.series("meter", {"meter": id})
