"""Day/night load imbalance (昼夜用电负荷不平衡度): mean night load over mean day load of every enterprise.

Readings are taken batch by batch from a store; what is kept is a sum per meter, window and hour.
"""

from itertools import compress

from analytics.screening.calendar import Calendar
from analytics.screening.energy import Energy, energy
from analytics.screening.excluded import excluded_dates, excluded_spans
from analytics.screening.groups import Group, Member, groups_of
from analytics.screening.lattice import BoolArray
from analytics.screening.load import load, profile_kw, source
from analytics.screening.scan import Series, count
from analytics.screening.settings import Screening
from analytics.screening.verdict import FLAGGED, remark, verdict
from core.imbalance import Imbalance
from core.registry import Registry
from core.screening import Period

DEFAULTS = Screening()


def screen(
    registry: Registry, series: Series, *, from_at: int, to_at: int, settings: Screening = DEFAULTS
) -> list[Imbalance]:
    """Screen [from_at, to_at] (ms UTC): one result per enterprise, in registry order.

    Only dates whose day and night both lie inside the period are considered. Raises what the store raises.
    """
    period = Period(from_at, to_at)
    groups = groups_of(registry, settings, period)
    count(registry, series, groups, period)
    spans = excluded_spans(registry)
    found: dict[str, Imbalance] = {}
    for group in groups:
        used = energy(group.tally)
        for member in group.members:
            excluded = excluded_dates(group.calendar, spans.get(member.enterprise.id, []))
            found[member.enterprise.id] = imbalance_of(member, group, used, period, excluded, settings)
    return [found[row.id] for row in registry.enterprises]


def imbalance_of(
    member: Member, group: Group, used: Energy, period: Period, excluded: BoolArray, settings: Screening
) -> Imbalance:
    """One enterprise; `excluded` are the dates (D,) that a filing or an order takes out."""
    calendar, rows = group.calendar, member.rows
    own = load(used, rows, calendar)
    valid = own.valid(excluded=excluded, min_coverage=settings.min_coverage)
    enough = int(valid.sum()) >= settings.min_valid_days
    night_kw, day_kw = own.mean_kw(valid) if enough else (float("nan"), float("nan"))
    load_class, ratio = verdict(night_kw, day_kw, flag_ratio=settings.flag_ratio, day_is_zero=own.day_is_zero(valid))
    return Imbalance(
        enterprise=member.enterprise.id,
        from_at=period.from_at,
        to_at=period.to_at,
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
        days=_iso(calendar, valid),
        excluded_days=_iso(calendar, excluded),
        source=source(used, rows, valid),
    )


def _iso(calendar: Calendar, chosen: BoolArray) -> tuple[str, ...]:
    return tuple(compress(calendar.iso, chosen.tolist()))
