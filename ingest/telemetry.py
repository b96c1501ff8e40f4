"""The writing side of our own contract: readings → telemetry messages. What `decoders/own.py` reads back."""

import msgspec
import numpy as np

from core.readings import QUANTITIES, Readings, Source


def topic_of(enterprise: str, meter: str) -> str:
    """Where a meter publishes."""
    return f"nightwatt/v1/{enterprise}/{meter}/telemetry"


def encode(batch: Readings) -> bytes:
    """One message with the readings of one meter: an object for one reading, else an array."""
    rows = [
        {"ts": ts}
        | {name: value for name, value, there in zip(QUANTITIES, values, known, strict=True) if there}
        | ({"seq": seq} if seq >= 0 else {})
        | {"src": "backfill" if source == Source.BACKFILL else "realtime"}
        for ts, values, known, seq, source in zip(
            batch.ts.tolist(),
            batch.values.tolist(),
            np.isfinite(batch.values).tolist(),
            batch.seq.tolist(),
            batch.source.tolist(),
            strict=True,
        )
    ]
    return msgspec.json.encode(rows[0] if len(rows) == 1 else rows)
