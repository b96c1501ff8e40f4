"""A small city and what happens in it, for tests of every room.

Two districts: in 天元区 a foundry that works in shifts and a print shop, in 芦淞区 a paint shop.
"""

from dataclasses import fields
from typing import Any

from core.alarm import State, Transition
from core.filing import Announced, Filing
from core.imbalance import Imbalance, LoadClass
from core.interval import HOUR_MS, MINUTE_MS, Window
from core.jurisdiction import CITY, Role, Scope, User
from core.registry import Enterprise, Facility, Kind, Line, Meter, Order, Registry, Shift, Threshold

NOON = 1_773_979_200_000
"""2026-03-20 12:00 in Shanghai, ms UTC."""

TIANYUAN, LUSONG = "天元区", "芦淞区"
IN_TIANYUAN, IN_LUSONG, NOWHERE = Scope(frozenset({TIANYUAN})), Scope(frozenset({LUSONG})), Scope(frozenset())

MONITOR = User(1, "monitor", "监控员", Role.CITY_MONITOR)
INSPECTOR = User(2, "inspector", "执法人员", Role.INSPECTOR, TIANYUAN)

__all__ = ["CITY", "INSPECTOR", "IN_LUSONG", "IN_TIANYUAN", "LUSONG", "MONITOR", "NOON", "NOWHERE", "TIANYUAN"]


def city() -> Registry:
    """Three enterprises, each with a line, a feeder, a production and a treatment facility and their meters."""
    return Registry(
        enterprises=ENTERPRISES,
        lines=tuple(Line(f"{e.id}-L1", e.id, "一号线") for e in ENTERPRISES),
        facilities=tuple(row for e in ENTERPRISES for row in facilities_of(e.id)),
        meters=tuple(row for e in ENTERPRISES for row in meters_of(e.id)),
        thresholds=(
            Threshold("foundry-T1-m", "p", "below", 2.5, severity=2, window=Window.parse("08:00-20:00")),
            Threshold("foundry-T1-m", "p", "above", 60.0, weekdays=frozenset({1, 2, 3, 4, 5})),
            Threshold("paint-T1-m", "ua", "below", 180.0, on_delay_s=0, deadband=5.0),
        ),
        filings=(
            Filing(
                id="filing-1",
                enterprise="foundry",
                kind="maintenance",
                from_at=NOON - HOUR_MS,
                to_at=NOON + HOUR_MS,
                facilities=frozenset({"foundry-T1"}),
                announces=frozenset({Announced.TREATMENT_OFF}),
                status="approved",
            ),
            Filing("filing-2", "paint", "shutdown", NOON, NOON + 8 * HOUR_MS),
        ),
        orders=(Order("order-1", "paint", "window", NOON, NOON + 24 * HOUR_MS, window=Window.parse("22:00-06:00")),),
    )


ENTERPRISES = (
    Enterprise(
        id="foundry",
        name="湘江铸造",
        district=TIANYUAN,
        township="泰山路",
        industry="3391",
        lon=113.1,
        lat=27.8,
        shift=Shift.CONTINUOUS,
        valley_tariff=True,
        pollutants="颗粒物",
        permit="91430200MA4L000001001P",
        contact="王工",
        phone="0731-00000001",
    ),
    Enterprise(id="print", name="天元印务", district=TIANYUAN, shift=Shift.DAY),
    Enterprise(id="paint", name="芦淞涂装", district=LUSONG, shift=Shift.TWO),
)


def facilities_of(enterprise: str) -> tuple[Facility, ...]:
    """`…-F` the feeder, `…-P1` production and `…-T1` treatment on line `…-L1`."""
    return (
        Facility(f"{enterprise}-F", enterprise, Kind.FEEDER, name="总进线"),
        Facility(
            f"{enterprise}-P1", enterprise, Kind.PRODUCTION, line=f"{enterprise}-L1", rated_kw=120, on_kw=10, off_kw=6
        ),
        Facility(
            f"{enterprise}-T1",
            enterprise,
            Kind.TREATMENT,
            line=f"{enterprise}-L1",
            stage="dust",
            rated_kw=45,
            on_kw=5,
            off_kw=3,
        ),
    )


def meters_of(enterprise: str) -> tuple[Meter, ...]:
    """One for each facility, named like it with `-m`; the feeder's reports each quarter of an hour."""
    return (
        Meter(f"{enterprise}-F-m", f"{enterprise}-F", interval_s=900, ct=90, values="secondary"),
        Meter(f"{enterprise}-P1-m", f"{enterprise}-P1"),
        Meter(f"{enterprise}-T1-m", f"{enterprise}-T1", address=f"SN-{enterprise}-T1"),
    )


def transition(**overrides: Any) -> Transition:
    """The foundry's line runs without its dust filter since five minutes before noon; severity 2, active."""
    values: dict[str, Any] = {
        "at": NOON,
        "rule": "interlock",
        "subject": "foundry-L1",
        "enterprise": "foundry",
        "severity": 2,
        "state": State.ACTIVE,
        "since": NOON - 5 * MINUTE_MS,
        "reason": "production runs, no dust filter does",
        "evidence": {"production": ["foundry-P1"], "missing": ["dust"], "p_kw": 83.5},
    }
    return Transition(**(values | overrides))


def imbalance(enterprise: str = "foundry", **overrides: Any) -> Imbalance:
    """A flagged night worker: 90 kW by night, 30 kW by day over 14 days before noon."""
    values: dict[str, Any] = {
        "enterprise": enterprise,
        "from_at": NOON - 14 * 24 * HOUR_MS,
        "to_at": NOON,
        "night_kw": 90.0,
        "day_kw": 30.0,
        "ratio": 3.0,
        "valid_days": 14,
        "load_class": LoadClass.NIGHT_HEAVY,
        "flagged": True,
        "remark": "",
        "coverage": 0.98,
        "night_window": "22:00-06:00",
        "day_window": "06:00-22:00",
        "profile_kw": tuple(90.0 if hour < 6 or hour >= 22 else 30.0 for hour in range(24)),
        "days": ("2026-03-18", "2026-03-19"),
        "excluded_days": ("2026-03-17",),
        "source": "register",
    }
    unknown = set(overrides) - {field.name for field in fields(Imbalance)}
    if unknown:
        raise TypeError(f"an Imbalance has no {unknown}")
    return Imbalance(**(values | overrides))
