"""Load curves of an enterprise, cut to what a screen can show."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from api.services import Services
from api.web.running import silent_after
from core.alarm import Alarm
from core.interval import HOUR_MS, MINUTE_MS, to_datetime, zone
from core.jurisdiction import Scope
from core.records import AlarmFilter, Dossier, NumberedMeter

WIDTHS = tuple(minutes * MINUTE_MS for minutes in (1, 5, 15, 30, 60, 180, 360, 1440))
POINTS = 700
METERS = 24
BANDS = 200


@dataclass(frozen=True, slots=True)
class Curve:
    """One meter's mean load: (wall-clock ms, kW) by time; None in kW breaks the line."""

    name: str
    kind: str
    points: list[tuple[int, float | None]]


def width_of(span_ms: int) -> int:
    """The narrowest bucket that keeps a span within POINTS points."""
    return next((width for width in WIDTHS if span_ms <= width * POINTS), WIDTHS[-1])


def wall_ms(ms: int, tz: str) -> int:
    """The instant moved so that UTC arithmetic on it shows the wall clock of the zone."""
    return ms + _offset(ms // (15 * MINUTE_MS), tz)


@lru_cache(maxsize=65536)
def _offset(quarter_hour: int, tz: str) -> int:
    offset = to_datetime(quarter_hour * 15 * MINUTE_MS).astimezone(zone(tz)).utcoffset()
    return round(offset.total_seconds() * 1000) if offset else 0


def curves(services: Services, dossier: Dossier, *, start: int, end: int) -> list[Curve]:
    """A curve for every meter of the enterprise, feeder first. StoreAway where the readings can't be reached."""
    width = width_of(end - start)
    start -= start % width
    found = [_curve(services, dossier, meter, (start, end, width)) for meter in dossier.meters[:METERS]]
    order = ("feeder", "combined", "production", "treatment", "auxiliary")
    return sorted(found, key=lambda curve: order.index(curve.kind))


def _curve(services: Services, dossier: Dossier, meter: NumberedMeter, cut: tuple[int, int, int]) -> Curve:
    start, end, width = cut
    facility = next(row for row in dossier.facilities if row.id == meter.meter.facility)
    alone = sum(row.meter.facility == facility.id for row in dossier.meters) == 1
    name = facility.name or facility.id
    at, mean, _, _ = services.series.buckets(meter.number, start, end, width)
    gap = max(silent_after(meter.meter), 2 * width)
    points = _broken(zip(at.tolist(), mean.tolist(), strict=True), gap, dossier.enterprise.timezone)
    return Curve(name if alone else f"{name} · {meter.meter.id}", facility.kind.value, points)


def _broken(points: Iterable[tuple[int, float]], gap: int, tz: str) -> list[tuple[int, float | None]]:
    line: list[tuple[int, float | None]] = []
    last: int | None = None
    for at, kw in points:
        if last is not None and at - last > gap:
            line.append((wall_ms(last + 1, tz), None))
        line.append((wall_ms(at, tz), round(kw, 3)))
        last = at
    return line


def alarms_between(services: Services, scope: Scope, enterprise: str, *, start: int, end: int) -> list[Alarm]:
    """Alarms that were raised in the span, and those that were open before it and still are."""
    raised = services.alarms.alarms(
        scope, AlarmFilter(enterprise=enterprise, from_at=start - 24 * HOUR_MS, to_at=end), limit=BANDS
    )
    found = {row.alarm.id: row.alarm for row in raised.rows}
    found |= {alarm.id: alarm for alarm in services.alarms.open_alarms(scope, enterprise)}
    return [a for a in found.values() if a.since < end and (a.cleared_at is None or a.cleared_at >= start)]
