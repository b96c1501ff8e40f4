"""All lists of one period from one scan of the readings."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.screening.energy import energy, jumps
from analytics.screening.excluded import excluded_dates, excluded_spans
from analytics.screening.groups import Group, groups_with_lines
from analytics.screening.imbalance import DEFAULTS, imbalance_of
from analytics.screening.lists import band, growth, imbalance, intensity, night_share
from analytics.screening.lists.history import NOTHING, History
from analytics.screening.lists.measured import LineWorks, Works, line_works, works
from analytics.screening.scan import Series, count
from analytics.screening.settings import Screening
from core.imbalance import Imbalance
from core.registry import Registry
from core.screening import Finding, Period, ScreeningList

Judge = Callable[[list[Works], list[LineWorks], History, Screening], list[Finding]]

LISTS: dict[ScreeningList, Judge] = {
    ScreeningList.IMBALANCE: imbalance.judge,
    ScreeningList.NIGHT_SHARE: night_share.judge,
    ScreeningList.INTENSITY: intensity.judge,
    ScreeningList.BAND: band.judge,
    ScreeningList.GROWTH: growth.judge,
}
"""One line a list."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A period's findings, list by list and in registry order within, and its day/night results in registry order."""

    period: Period
    findings: list[Finding]
    imbalances: list[Imbalance]

    @property
    def is_empty(self) -> bool:
        """Whether no reading covers any of it."""
        return not any(row.coverage for row in self.imbalances)


def survey(
    registry: Registry,
    series: Series,
    period: Period,
    *,
    past: History = NOTHING,
    settings: Screening = DEFAULTS,
    fast: bool = True,
) -> Survey:
    """Scan the period once and judge it by every list; raises what the store raises.

    `past` is what earlier months found; without it the lists that need history are insufficient.
    """
    groups = groups_with_lines(registry, settings, period)
    count(registry, series, groups, period, fast=fast)
    found: dict[str, tuple[Works, list[LineWorks]]] = {}
    for group in groups:
        found |= _measured(registry, group, period, settings)
    plants = [found[row.id][0] for row in registry.enterprises]
    lines = [line for row in registry.enterprises for line in found[row.id][1]]
    findings = [row for judge in LISTS.values() for row in judge(plants, lines, past, settings)]
    return Survey(period, findings, [row.imbalance for row in plants])


def _measured(
    registry: Registry, group: Group, period: Period, settings: Screening
) -> dict[str, tuple[Works, list[LineWorks]]]:
    if group.demand is not None:
        group.demand.close()
    used, spans = energy(group.tally), excluded_spans(registry)
    jumped = used.by_register & jumps(group.tally) if len(group.calendar.dates) else np.zeros_like(used.by_register)
    found: dict[str, tuple[Works, list[LineWorks]]] = {}
    for number, member in enumerate(group.members):
        plant = member.enterprise
        excluded = excluded_dates(group.calendar, spans.get(plant.id, []))
        night = imbalance_of(member, group, used, period, excluded, settings)
        own = works(member, group, used, imbalance=night, jumped=jumped, number=number)
        lines = [
            line_works(row, plant, group, used, excluded=excluded, min_coverage=settings.min_coverage)
            for row in member.lines
        ]
        found[plant.id] = own, lines
    return found
