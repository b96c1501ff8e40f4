"""What the writing side says, the reading side understands."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.readings import QUANTITIES, Readings, Source, readings
from ingest.decoders import DECODERS
from ingest.telemetry import encode, topic_of
from ingest.zones import FixedZone

VALUE = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(exclude_characters="/+#\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@st.composite
def batches(draw: st.DrawFn) -> Readings:
    """One to five readings of one meter, each with power or register and some of the rest."""
    n = draw(st.integers(1, 5))
    rows = [[draw(st.just(float("nan")) | VALUE) for _ in QUANTITIES] for _ in range(n)]
    for row in rows:
        row[draw(st.integers(0, 1))] = draw(VALUE)
    return readings(
        [3] * n,
        draw(st.lists(st.integers(946_684_800_000, 4_102_444_799_999), min_size=n, max_size=n)),
        values=np.array(rows),
        source=np.array(draw(st.lists(st.sampled_from(Source), min_size=n, max_size=n)), dtype=np.int64),
        seq=np.array(draw(st.lists(st.integers(-1, (1 << 62) - 1), min_size=n, max_size=n)), dtype=np.int64),
    )


@given(batch=batches(), enterprise=NAMES, meter=NAMES)
def test_what_is_written_is_read_back_to_the_last_bit(batch: Readings, enterprise: str, meter: str) -> None:
    decoded = DECODERS["nightwatt"].decode(topic_of(enterprise, meter), encode(batch), zone=FixedZone(), now=0)
    [parcel] = decoded.parcels
    assert (parcel.enterprise, parcel.meter, decoded.refused) == (enterprise, meter, [])
    assert [s.ts for s in parcel.samples] == batch.ts.tolist()
    assert [s.seq for s in parcel.samples] == batch.seq.tolist()
    assert [Source.BACKFILL if s.is_backfill else Source.REALTIME for s in parcel.samples] == batch.source.tolist()
    values = np.array([[getattr(s, name) for name in QUANTITIES] for s in parcel.samples], dtype=np.float64)
    np.testing.assert_array_equal(values, batch.values)


def test_one_reading_is_an_object_and_several_an_array() -> None:
    one = readings([0], [1_763_741_100_000], p=[12.5])
    assert encode(one) == b'{"ts":1763741100000,"p":12.5,"src":"realtime"}'
    assert encode(readings([0, 0], [1, 2], p=[1.0, 2.0])).startswith(b"[{")
