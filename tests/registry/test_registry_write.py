"""What is written reads back to an equal registry."""

import string
from datetime import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.filing import ANNOUNCES, Announced, Filing
from core.filing_life import STATUSES
from core.interval import Window
from core.order import ISSUED, LEVELS, REVOKED, Order, OrderKind, Preset
from core.readings import QUANTITIES
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry, Shift, Threshold
from registry.read import read_registry
from registry.write import write_registry

NAMES = st.text("Ab9-_水泥厂\",;\n' =", min_size=1, max_size=12).map(str.strip).filter(bool)
MAYBE_NAMES = st.none() | NAMES
KW = st.floats(0, 1e6, allow_nan=False)
WINDOWS = st.none() | st.builds(
    Window,
    st.times().map(lambda t: time(t.hour, t.minute)),
    st.times().map(lambda t: time(t.hour, t.minute)),
)
MS = st.integers(0, 4_102_444_800_000)
CREDIT_CODES = st.none() | st.text(string.digits + string.ascii_uppercase, min_size=18, max_size=18)


def _span(draw: st.DrawFn) -> tuple[int, int]:
    start, end = sorted(draw(st.lists(MS, min_size=2, max_size=2, unique=True)))
    return start, end


@st.composite
def _enterprise(draw: st.DrawFn, id: str) -> Enterprise:
    return Enterprise(
        id,
        draw(NAMES),
        draw(NAMES),
        township=draw(MAYBE_NAMES),
        industry=draw(MAYBE_NAMES),
        credit_code=draw(CREDIT_CODES),
        lon=draw(st.none() | st.floats(-180, 180)),
        lat=draw(st.none() | st.floats(-90, 90)),
        timezone=draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"])),
        shift=draw(st.none() | st.sampled_from(Shift)),
        valley_tariff=draw(st.booleans()),
        pollutants=draw(MAYBE_NAMES),
        phone=draw(MAYBE_NAMES),
    )


@st.composite
def _facility(draw: st.DrawFn, id: str, line: Line) -> Facility:
    kind = draw(st.sampled_from(Kind))
    on_kw = draw(st.none() | st.floats(1, 1e6))
    return Facility(
        id,
        line.enterprise,
        kind,
        line=draw(st.none() | st.just(line.id)),
        name=draw(MAYBE_NAMES),
        stage=draw(MAYBE_NAMES) if kind is Kind.TREATMENT else None,
        # Alone in its stage a standby facility would have nothing to stand by for.
        duty=draw(st.sampled_from(["duty", "standby"])) if kind is not Kind.TREATMENT else "duty",
        rated_kw=draw(st.none() | st.floats(on_kw or 0, 1e6)),
        on_kw=on_kw,
        off_kw=draw(st.none() | st.just(on_kw / 2)) if on_kw else draw(st.none() | KW),
    )


@st.composite
def _threshold(draw: st.DrawFn, meter: str) -> Threshold:
    quantity, side = draw(st.sampled_from(QUANTITIES)), draw(st.sampled_from(["above", "below"]))
    most = 0.0 if (quantity, side) == ("p", "above") else None  # above the rated power it could never fire
    return Threshold(
        meter,
        quantity,
        side,
        draw(st.floats(max_value=most, allow_nan=False, allow_infinity=False)),
        on_delay_s=draw(st.integers(0, 86_400)),
        off_delay_s=draw(st.integers(0, 86_400)),
        deadband=draw(KW),
        severity=draw(st.integers(1, 3)),
        window=draw(WINDOWS),
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
    )


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Registries in which everything refers to something."""
    enterprises = [draw(_enterprise(f"企 {i}")) for i in range(draw(st.integers(1, 3)))]
    lines = [Line(f"L{i}", e.id, draw(NAMES)) for i, e in enumerate(enterprises)]
    facilities = [draw(_facility(f"F{i}", draw(st.sampled_from(lines)))) for i in range(draw(st.integers(1, 5)))]
    meters = [
        Meter(
            f"M/{i}",
            draw(st.sampled_from(facilities)).id,
            interval_s=draw(st.integers(1, 86_400)),
            ct=draw(st.floats(0.001, 1e4)),
            pt=draw(st.floats(0.001, 1e4)),
            values=draw(st.sampled_from(["primary", "secondary"])),
            timezone=draw(st.sampled_from([None, "UTC"])),
            address=draw(st.none() | st.just(f"topic/{i}")),
        )
        for i in range(draw(st.integers(0, 4)))
    ]
    # One scope of each enterprise, so that no two orders can disagree.
    scopes = [[e, *(x for x in (*lines, *facilities) if x.enterprise == e.id)] for e in enterprises]
    apart = st.tuples(*(st.sampled_from(mine) for mine in scopes))
    return Registry(
        enterprises=tuple(enterprises),
        lines=tuple(lines),
        facilities=tuple(facilities),
        meters=tuple(meters),
        thresholds=tuple(draw(_threshold(meter.id)) for meter in meters),
        filings=tuple(draw(_filing(f"R{i}", f, facilities)) for i, f in enumerate(facilities)),
        orders=tuple(draw(_order(f"O{i}", scope.id)) for i, scope in enumerate(draw(apart))),
        presets=tuple(draw(_preset(scope.id)) for scope in draw(apart)),
    )


@st.composite
def _filing(draw: st.DrawFn, id: str, facility: Facility, facilities: list[Facility]) -> Filing:
    from_at, to_at = _span(draw)
    own = [f.id for f in facilities if f.enterprise == facility.enterprise]
    return Filing(
        id,
        facility.enterprise,
        draw(st.sampled_from(sorted(ANNOUNCES))),
        from_at,
        to_at,
        facilities=draw(st.frozensets(st.sampled_from(own))),
        announces=draw(st.frozensets(st.sampled_from(Announced))),
        status=draw(st.sampled_from(STATUSES)),
        filed_at=draw(st.none() | MS),
    )


@st.composite
def _terms(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(OrderKind)).value
    return {
        "kind": kind,
        "value": draw(st.floats(0, 100)) if kind in ("limit", "cap") else None,
        "window": draw(WINDOWS.filter(bool)) if kind == "window" else None,
        "guaranteed_kw": draw(st.none() | KW),
    }


@st.composite
def _order(draw: st.DrawFn, id: str, scope: str) -> Order:
    from_at, to_at = _span(draw)
    level, status = draw(st.sampled_from([None, *LEVELS])), draw(st.sampled_from([ISSUED, REVOKED]))
    return Order(id, scope, from_at=from_at, to_at=to_at, level=level, status=status, **draw(_terms()))


@st.composite
def _preset(draw: st.DrawFn, scope: str) -> Preset:
    return Preset(scope, draw(st.sampled_from(LEVELS)), **draw(_terms()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(registry=registries())
def test_what_is_written_reads_back_equal(tmp_path: Path, registry: Registry) -> None:
    write_registry(registry, tmp_path)
    assert read_registry(tmp_path) == registry


def test_writing_replaces_all_that_was_there(tmp_path: Path) -> None:
    one = Registry((Enterprise("E1", "厂", "区"),), (Line("L1", "E1", "窑"),))
    write_registry(one, tmp_path)
    write_registry(Registry(one.enterprises), tmp_path)
    assert read_registry(tmp_path) == Registry(one.enterprises)


def test_a_city_of_a_thousand_enterprises_is_read_whole(tmp_path: Path) -> None:
    enterprises = tuple(Enterprise(f"E{i}", f"企业{i}", "天元区") for i in range(1000))
    facilities = tuple(Facility(f"F{i}", f"E{i // 10}", Kind.PRODUCTION) for i in range(10_000))
    meters = tuple(Meter(f"M{i}", f"F{i}", address=f"A{i}") for i in range(10_000))
    city = Registry(enterprises=enterprises, facilities=facilities, meters=meters)
    write_registry(city, tmp_path)
    assert read_registry(tmp_path) == city
