"""Readings of one meter: as they came, or gathered into steps where there would be too many."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query

from api.auth import Served
from api.fields import From, Instant, Number, To, View, example
from api.problems import unknown_parameter
from api.snapshot import Registered
from core.interval import DAY_MS
from core.ports import SeriesStore
from core.readings import COLUMN, UNITS, concatenate

router = APIRouter(prefix="/readings")

MOST_ROWS = 10_000
FEWER_ROWS = 1_500
STEPS_S = (60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 24 * 3600)

Quantity = Literal["p", "ep", "q", "pf", "ua", "ub", "uc", "ia", "ib", "ic", "f"]


class ReadingRow(View):
    """One sample: the quantities that were asked for, null where absent."""

    at: Instant
    p: Number = None
    ep: Number = None
    q: Number = None
    pf: Number = None
    ua: Number = None
    ub: Number = None
    uc: Number = None
    ia: Number = None
    ib: Number = None
    ic: Number = None
    f: Number = None


class Bucket(View):
    """What a quantity did in one step from `from_at` on."""

    from_at: Instant
    mean: Number
    lowest: Number
    highest: Number


class ReadingsView(View):
    """Readings over [from_at, to_at): `readings` as they came, or with a `step_s` the `buckets` by quantity."""

    model_config = example(
        meter="ZZ-001-T1-M",
        enterprise="ZZ-001",
        timezone="Asia/Shanghai",
        from_at="2025-11-20T00:00:00Z",
        to_at="2025-11-21T00:00:00Z",
        units={"p": "kW", "ep": "kWh"},
        step_s=None,
        readings=[{"at": "2025-11-20T00:00:00Z", "p": 12.31, "ep": 48211.74}],
        buckets={},
    )

    meter: str
    enterprise: str
    timezone: str
    from_at: Instant
    to_at: Instant
    units: dict[str, str]
    step_s: int | None = None
    readings: list[ReadingRow]
    buckets: dict[str, list[Bucket]]


@router.get("", response_model_exclude_unset=True)
def readings(
    services: Served,
    registered: Registered,
    meter: Annotated[str, Query(max_length=200)],
    *,
    from_at: From = None,
    to_at: To = None,
    quantity: Annotated[list[Quantity] | None, Query(max_length=len(COLUMN))] = None,
    step: Annotated[int | None, Query(ge=1, le=366 * 86_400, description="seconds; null for raw readings")] = None,
) -> ReadingsView:
    """A meter's readings, the last 24 hours unless told; more than 10,000 of them come in steps."""
    number, known, _, enterprise = registered.meter(meter)
    start, end = _span(from_at, to_at, services.clock())
    names = list(dict.fromkeys(quantity or ["p", "ep"]))
    rows = None
    if step is None and (end - start) // (known.interval_s * 1000) <= MOST_ROWS:
        rows = _raw(services.series, number, start, end, names)
    step_s = None if rows is not None else step or _coarse_step(end - start)
    return ReadingsView(
        meter=meter,
        enterprise=enterprise.id,
        timezone=enterprise.timezone,
        from_at=start,
        to_at=end,
        units={name: UNITS[name] for name in names},
        step_s=step_s,
        readings=rows or [],
        buckets=_bucketed(services.series, number, start, end, names, step_s) if step_s else {},
    )


def _span(from_at: int | None, to_at: int | None, now: int) -> tuple[int, int]:
    end = now if to_at is None else to_at
    start = end - DAY_MS if from_at is None else from_at
    if start >= end:
        raise unknown_parameter("from", "must lie before `to`")
    return start, end


def _raw(series: SeriesStore, number: int, start: int, end: int, names: Sequence[str]) -> list[ReadingRow] | None:
    """The readings as they came; None where there are too many after all."""
    batches, count = [], 0
    for batch in series.scan(start, end, meters=np.array([number]), quantities=names):
        batches.append(batch)
        count += len(batch)
        if count > MOST_ROWS:
            return None
    found = concatenate(batches)
    columns = [found.values[:, COLUMN[name]].tolist() for name in names]
    return [
        ReadingRow(at=at, **dict(zip(names, values, strict=True)))
        for at, *values in zip(found.ts.tolist(), *columns, strict=True)
    ]


def _coarse_step(span_ms: int) -> int:
    """The first round step in seconds that gives a chart's worth of rows."""
    for step_s in STEPS_S:
        if span_ms <= step_s * 1000 * FEWER_ROWS:
            return step_s
    days = -(-span_ms // (DAY_MS * FEWER_ROWS))
    return days * 86_400


def _bucketed(
    series: SeriesStore, number: int, start: int, end: int, names: Sequence[str], step_s: int
) -> dict[str, list[Bucket]]:
    width = step_s * 1000
    if (end - start) // width > MOST_ROWS:
        raise unknown_parameter("step", f"gives more than {MOST_ROWS} rows")
    found = {}
    for name in names:
        columns = series.buckets(number, start, end, width, name)
        found[name] = [
            Bucket(from_at=at, mean=mean, lowest=lowest, highest=highest)
            for at, mean, lowest, highest in zip(*(column.tolist() for column in columns), strict=True)
        ]
    return found
