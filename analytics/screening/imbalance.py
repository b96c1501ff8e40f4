"""Day/night load imbalance (昼夜用电负荷不平衡度): mean night load over mean day load of every enterprise.

Readings are taken batch by batch from a store; what is kept is a sum per meter, window and hour.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Protocol

import numpy as np

from analytics.screening.energy import Energy, energy
from analytics.screening.excluded import Span, excluded_dates, excluded_spans
from analytics.screening.groups import Group, Member, groups_of
from analytics.screening.load import load, profile_kw, source
from analytics.screening.segments import BoolArray, LastReadings, longest_gap
from analytics.screening.settings import Screening
from analytics.screening.verdict import FLAGGED, remark, verdict
from core.imbalance import Imbalance
from core.interval import HOUR_MS
from core.readings import IntArray, Readings
from core.registry import Registry

DEFAULTS = Screening()


class Series(Protocol):
    """The part of a series store that screening needs (see core.ports.SeriesStore.scan)."""

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]: ...


def screen(
    registry: Registry, series: Series, *, from_at: int, to_at: int, settings: Screening = DEFAULTS
) -> list[Imbalance]:
    """Screen [from_at, to_at] (ms UTC): one result per enterprise, in registry order.

    Only dates whose day and night both lie inside the period are considered. Raises what the store raises.
    """
    groups = groups_of(registry, settings, from_at=from_at, to_at=to_at)
    _read(registry, series, groups, from_at=from_at, to_at=to_at)
    spans = excluded_spans(registry)
    found: dict[str, Imbalance] = {}
    for group in groups:
        used = energy(group.tally)
        for member in group.members:
            id = member.enterprise.id
            found[id] = _result(member, group, used, period=(from_at, to_at), out=spans.get(id, []), settings=settings)
    return [found[row.id] for row in registry.enterprises]


def _read(registry: Registry, series: Series, groups: list[Group], *, from_at: int, to_at: int) -> None:
    watched = np.array([meter for group in groups for meter in group.meters], dtype=np.int64)
    if not len(watched) or not any(group.calendar.dates for group in groups):
        return
    last = LastReadings(watched, registry.interval_ms)
    # The first and the last segment reach over the ends of the period.
    margin = max(HOUR_MS, int(longest_gap(registry.interval_ms[watched]).max()))
    ends = np.cumsum([len(group.meters) for group in groups])
    for batch in series.scan(from_at - margin, to_at + margin, meters=np.sort(watched), quantities=("p", "ep")):
        segments = last.segments(batch)
        for group, end in zip(groups, ends.tolist(), strict=True):
            group.tally.add(segments.of_meters(end - len(group.meters), end))


def _result(
    member: Member, group: Group, used: Energy, *, period: Span, out: list[Span], settings: Screening
) -> Imbalance:
    calendar, rows = group.calendar, member.rows
    excluded = excluded_dates(calendar, out)
    own = load(used, rows, calendar)
    valid = own.valid(excluded=excluded, min_coverage=settings.min_coverage)
    enough = int(valid.sum()) >= settings.min_valid_days
    night_kw, day_kw = own.mean_kw(valid) if enough else (float("nan"), float("nan"))
    load_class, ratio = verdict(night_kw, day_kw, flag_ratio=settings.flag_ratio, day_is_zero=own.day_is_zero(valid))
    return Imbalance(
        enterprise=member.enterprise.id,
        from_at=period[0],
        to_at=period[1],
        night_kw=night_kw,
        day_kw=day_kw,
        ratio=ratio,
        valid_days=int(valid.sum()),
        load_class=load_class,
        flagged=load_class in FLAGGED,
        remark=remark(member.enterprise, has_load_meter=rows.stop > rows.start),
        coverage=own.coverage(excluded),
        night_window=calendar.names[0],
        day_window=calendar.names[1],
        profile_kw=profile_kw(group.tally, used, rows, valid),
        days=_iso(calendar.dates, valid),
        excluded_days=_iso(calendar.dates, excluded),
        source=source(used, rows, valid),
    )


def _iso(days: tuple[date, ...], chosen: BoolArray) -> tuple[str, ...]:
    return tuple(day.isoformat() for day, is_chosen in zip(days, chosen.tolist(), strict=True) if is_chosen)
