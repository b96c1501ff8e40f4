"""Line protocol from columns, against a bare encoder of the numbers alone and a loop over readings."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from bench.result import Result, Table, spread
from core.readings import QUANTITIES, Readings, readings
from stores.influx import protocol
from stores.influx.lines import SeriesKeys, lines

WANTED_US = 1.5
METERS, ROWS, ROUNDS = 1_000, 20_000, 15
BEGIN = 1_763_740_800_000


def series_keys(meters: int) -> list[bytes]:
    ids = [f"E{number:05}" for number in range(meters)]
    return [
        protocol.series("meter", {"enterprise": id, "facility": f"{id}-F", "kind": "feeder", "meter": f"{id}-F-m"})
        for id in ids
    ]


def as_sent(rows: int, *, meters: int = METERS, begin: int = BEGIN, digits: int | None = 2) -> Readings:
    """Ten quantities a minute of each meter that drift as loads do; None for digits: any float."""
    random = np.random.default_rng(begin % 2**32)
    meter = np.arange(rows) % meters
    minute = np.arange(rows) // meters
    values = np.full((rows, len(QUANTITIES)), np.nan)
    usual = np.array([80, 48_000, 20, 0.95, 230, 231, 229, 120, 121, 119])
    values[:, :10] = usual * random.uniform(0.95, 1.05, (rows, 10))
    values[:, 1] = usual[1] + meter * 13 + minute * 1.37
    if digits is not None:
        values = np.round(values, digits)
    ts = begin + minute * 60_000
    return readings(meter, ts, values=values, received_at=ts + 57, seq=minute)


def run() -> Result:
    found = measure()
    notes = [
        f"Ten quantities; {ROWS:,} readings, {ROUNDS} rounds in turn, medians.",
        "Bare encoder: msgspec writes the same any floats, in one list and without anything between them.",
        f"Wanted: at most {WANTED_US} µs.",
    ]
    return Result("lines", [table(found)], found, notes)


def measure() -> dict[str, Any]:
    """CPU µs a reading: by us for short and for any floats, and by what it is held against, round by round."""
    raw = series_keys(METERS)
    keys, short, any_float = SeriesKeys(raw), as_sent(ROWS), as_sent(ROWS, digits=None)
    acts: dict[str, Callable[[], object]] = {
        "short decimals": lambda: lines(short, keys),
        "any floats": lambda: lines(any_float, keys),
        "bare encoder": lambda: msgspec.json.encode(any_float.values[:, :10].ravel().tolist()),
        "bare loop": lambda: bare(short, raw),
    }
    found: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            began = time.process_time()
            act()
            found[name].append((time.process_time() - began) / ROWS * 1e6)
    return found


def bare(batch: Readings, keys: list[bytes]) -> bytes:
    """What one would write first."""
    made = []
    for i in range(len(batch)):
        row = zip(QUANTITIES, batch.values[i].tolist(), strict=True)
        fields = ",".join([f"{name}={value!r}" for name, value in row if value == value])
        counts = (
            f"quality={batch.quality[i]}i,source={batch.source[i]}i,"
            f"seq={batch.seq[i]}i,received_at={batch.received_at[i]}i"
        )
        made.append(keys[batch.meter[i]] + f"{fields},{counts} {batch.ts[i]}\n".encode())
    return b"".join(made)


def table(found: dict[str, Any]) -> Table:
    rows = [
        (name, spread(us), *(_ratio(us, found[other]) for other in ("bare encoder", "bare loop")))
        for name, us in found.items()
    ]
    return Table("Line protocol", ("", "CPU µs/reading", "ratio to bare encoder", "ratio to bare loop"), rows)


def _ratio(us: list[float], others: list[float]) -> str:
    return spread([one / other for one, other in zip(us, others, strict=True)])
