"""A thousand meters under both rules, and what they report: enough alarms to be real, few as in life."""

from collections.abc import Iterator

import numpy as np

from core.interval import HOUR_MS
from core.readings import EP, QUANTITIES, P, Readings, readings
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry, Threshold
from ingest.telemetry import encode, topic_of

ENTERPRISES = 200
SPAN_MS = 900_000
"""All readings lie within a quarter of an hour around now, so that the rules judge every one."""
FAULTY_EVERY = 20
"""Of so many enterprises one switches a treatment stage off half-way: interlock and threshold both alarm."""

_KINDS = {
    "F": (Kind.FEEDER, None),
    "P1": (Kind.PRODUCTION, None),
    "P2": (Kind.PRODUCTION, None),
    "T1": (Kind.TREATMENT, "dust"),
    "T2": (Kind.TREATMENT, "voc"),
}
METERS = ENTERPRISES * len(_KINDS)
TYPICAL = {
    "p": 31.4, "ep": 48211.7, "q": 8.2, "pf": 0.96, "ua": 228.1, "ub": 227.9, "uc": 229.0, "ia": 48.2, "ib": 48.0,
    "ic": 47.7,
}  # fmt: skip
"""Ten quantities."""


def registry() -> Registry:
    """200 enterprises with a feeder, two production and two treatment meters each, and 1,600 limits."""
    ids = [f"E{i:03}" for i in range(ENTERPRISES)]
    return Registry(
        enterprises=tuple(Enterprise(id, f"Works {id}", "天元区") for id in ids),
        lines=tuple(Line(f"{id}-L1", id, "Line 1") for id in ids),
        facilities=tuple(_facility(id, key) for id in ids for key in _KINDS),
        meters=tuple(Meter(f"{id}-{key}-m", f"{id}-{key}") for id in ids for key in _KINDS),
        thresholds=tuple(limit for id in ids for limit in _limits(id)),
    )


def _facility(enterprise: str, key: str) -> Facility:
    kind, stage = _KINDS[key]
    line = None if kind is Kind.FEEDER else f"{enterprise}-L1"
    return Facility(f"{enterprise}-{key}", enterprise, kind, line=line, stage=stage, rated_kw=100)


def _limits(enterprise: str) -> list[Threshold]:
    low_voltage = [Threshold(f"{enterprise}-{key}-m", "ua", "below", 180.0, deadband=5.0) for key in _KINDS]
    idle = [Threshold(f"{enterprise}-{key}-m", "p", "below", 2.5, severity=2) for key in ("T1", "T2")]
    return [*low_voltage, *idle, Threshold(f"{enterprise}-F-m", "p", "above", 400.0)]


def messages(known: Registry, *, count: int, readings_each: int, now: int) -> Iterator[tuple[str, bytes]]:
    """(topic, payload) of `count` messages, meter by meter in turn; instants rise from message to message.

    Powers vary and registers count them, so that no reading is doubtful.
    """
    each = -(-count // METERS) * readings_each
    step = SPAN_MS // each
    random = np.random.default_rng(7)
    for number in range(count):
        meter, first = number % METERS, number // METERS * readings_each
        seq = first + np.arange(readings_each)
        at = now - SPAN_MS * 2 // 3 + seq * step + meter * step // METERS
        drawn_kwh = TYPICAL["p"] * seq * step / HOUR_MS
        batch = _reported(meter, at, seq=seq, drawn_kwh=drawn_kwh, half=now - SPAN_MS // 6, random=random)
        owner = known.enterprises[known.enterprise_of_meter[meter]].id
        yield topic_of(owner, known.meters[meter].id), encode(batch)


def _reported(
    meter: int, at: np.ndarray, *, seq: np.ndarray, drawn_kwh: np.ndarray, half: int, random: np.random.Generator
) -> Readings:
    values = np.full((len(at), len(QUANTITIES)), np.nan)
    for column, name in enumerate(QUANTITIES):
        if name in TYPICAL:
            values[:, column] = np.round(TYPICAL[name] * random.uniform(0.98, 1.02, len(at)), 3)
    values[:, EP] = np.round(TYPICAL["ep"] + drawn_kwh, 3)
    enterprise, key = divmod(meter, len(_KINDS))
    if enterprise % FAULTY_EVERY == 0 and list(_KINDS)[key] == "T1":
        values[at >= half, P] = 0.1
    return readings(np.full(len(at), meter), at, values=values, seq=seq)
