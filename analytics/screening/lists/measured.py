"""What one period says of an enterprise and of its lines, before any list judges it."""

from dataclasses import dataclass

import numpy as np

from analytics.screening.energy import Energy
from analytics.screening.groups import Group, LineRows, Member
from analytics.screening.lattice import BoolArray
from analytics.screening.load import load
from core.imbalance import Imbalance
from core.readings import FloatArray
from core.registry import Enterprise, Line


@dataclass(frozen=True, slots=True)
class Works:
    """An enterprise in a period.

    imbalance    its day/night result, with the profile, the days and the coverage
    day_kwh, night_kwh, mean_kw  of each of `imbalance.days`
    demand_kw    highest quarter-hour of each date that has one, by date; without excluded dates and such as jumped
    """

    enterprise: Enterprise
    imbalance: Imbalance
    day_kwh: tuple[float, ...]
    night_kwh: tuple[float, ...]
    mean_kw: tuple[float, ...]
    demand_kw: dict[str, float]


@dataclass(frozen=True, slots=True)
class LineWorks:
    """A line in a period: energies over the dates on which both kinds of meters are covered; None: it has none."""

    line: Line
    enterprise: Enterprise
    production_kwh: float | None
    treatment_kwh: float | None
    days: tuple[str, ...]


def works(member: Member, group: Group, used: Energy, *, imbalance: Imbalance, jumped: BoolArray, number: int) -> Works:
    """`number` is the member's place in its group; `jumped` (M, W) windows whose register jumped."""
    own, calendar = load(used, member.rows, group.calendar), group.calendar
    days = set(imbalance.days)
    valid = np.array([day in days for day in calendar.iso], dtype=np.bool_)
    kwh, hours = own.kwh.reshape(-1, 2)[valid], own.hours.reshape(-1, 2)[valid]
    total, covered = kwh.sum(axis=1), hours.sum(axis=1)
    mean_kw = np.divide(total, covered, out=np.zeros_like(total), where=covered > 0)
    return Works(
        member.enterprise,
        imbalance,
        tuple(_scaled(kwh[:, 0], hours[:, 0], own.total_h[0::2][valid])),
        tuple(_scaled(kwh[:, 1], hours[:, 1], own.total_h[1::2][valid])),
        tuple(mean_kw.tolist()),
        _demand(group, number, without=set(imbalance.excluded_days), jumped=jumped[member.rows]),
    )


def _scaled(kwh: FloatArray, hours: FloatArray, whole_h: FloatArray) -> list[float]:
    """Energy of the whole window at the mean load of the covered part."""
    scaled: list[float] = np.divide(kwh * whole_h, hours, out=np.zeros_like(kwh), where=hours > 0).tolist()
    return scaled


def _demand(group: Group, number: int, *, without: set[str], jumped: BoolArray) -> dict[str, float]:
    if group.demand is None:
        return {}
    bad: BoolArray = np.logical_or.reduce(jumped.reshape(-1, len(group.calendar.dates), 2), axis=(0, 2))
    best = group.demand.best_kw[number].tolist()
    return {
        day: round(kw, 6)
        for day, kw, is_bad in zip(group.calendar.iso, best, bad.tolist(), strict=True)
        if kw == kw and not is_bad and day not in without
    }


def line_works(
    rows: LineRows, enterprise: Enterprise, group: Group, used: Energy, *, excluded: BoolArray, min_coverage: float
) -> LineWorks:
    """Energies of a line's production and treatment meters over the dates that both cover."""
    if not rows.production or not rows.treatment:
        return LineWorks(rows.line, enterprise, None, None, ())
    made, treated = (load(used, np.array(of), group.calendar) for of in (rows.production, rows.treatment))
    valid = made.valid(excluded=excluded, min_coverage=min_coverage)
    valid &= treated.valid(excluded=excluded, min_coverage=min_coverage)
    days = tuple(day for day, is_valid in zip(group.calendar.iso, valid.tolist(), strict=True) if is_valid)
    made_kwh, treated_kwh = (float(of.kwh.reshape(-1, 2)[valid].sum()) for of in (made, treated))
    return LineWorks(rows.line, enterprise, made_kwh, treated_kwh, days)
