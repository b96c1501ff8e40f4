"""`threshold`: limits of single meters on any quantity, above or below, with delays, deadband and calendar.

An alarm is about (meter, quantity, side); several limits there are steps of one alarm's severity.
"""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analytics.plant import Plant
from analytics.rules.rule import NoSettings, Rule, Subject
from analytics.states import NEVER
from analytics.stretch import Stretch
from analytics.timers import BETWEEN, CLEAR, HOLDS, UNKNOWN, Timers, Verdicts
from core.filing import Announced
from core.interval import to_datetime, zone
from core.readings import COLUMN, QUANTITIES, UNITS
from core.registry import Registry, Threshold

_HOLDS, _BETWEEN, _CLEAR = (np.int8(verdict) for verdict in (HOLDS, BETWEEN, CLEAR))

_BELOW_IS_EXPLAINED_BY = frozenset(Announced)
_ABOVE_IS_EXPLAINED_BY = frozenset({Announced.METER_OFF})


class ThresholdRule(Rule):
    """All limits of a registry."""

    id: ClassVar[str] = "threshold"
    says: ClassVar[dict[str, str]] = {
        "zh": "电表的某个测量值高于或低于档案中设定的限值",
        "en": "A quantity of a meter is above or below the limit that its dossier sets",
    }

    def __init__(self, registry: Registry, plant: Plant, settings: NoSettings) -> None:
        limits = sorted(registry.thresholds, key=_subject_key)
        names = list(dict.fromkeys(_subject_key(row) for row in limits))
        number = {name: i for i, name in enumerate(names)}
        self.limits = limits
        self.subjects = tuple(_subject(registry, name) for name in names)
        self.meter = np.array([registry.meter_number[row.meter] for row in limits], dtype=np.int64)
        self.column = np.array([COLUMN[row.quantity] for row in limits], dtype=np.int64)
        self.place = self.meter * len(QUANTITIES) + self.column
        self.sign = np.array([1.0 if row.side == "above" else -1.0 for row in limits])
        self.limit = np.array([row.value for row in limits], dtype=np.float64)
        self.deadband = np.array([row.deadband for row in limits], dtype=np.float64)
        self.calendars = _calendars(registry, limits)
        self.timers = Timers.of(
            np.array([number[_subject_key(row)] for row in limits], dtype=np.int64),
            np.array([row.severity for row in limits], dtype=np.int8),
            on_delay=np.array([row.on_delay_s * 1000 for row in limits], dtype=np.int64),
            off_delay=np.array([row.off_delay_s * 1000 for row in limits], dtype=np.int64),
            subjects=len(names),
        )

    def judge(self, plant: Plant) -> Verdicts:
        at = plant.last_ts[self.meter]
        beyond = self.sign * (plant.last_values.reshape(-1)[self.place] - self.limit)
        verdict = np.where(beyond > 0, _HOLDS, np.where(beyond > -self.deadband, _BETWEEN, _CLEAR))
        verdict[np.isnan(beyond) | (at == NEVER)] = UNKNOWN
        for row, tz in self.calendars:
            if at[row] != NEVER and not _in_force(self.limits[row], int(at[row]), tz):
                verdict[row] = CLEAR
        return Verdicts(verdict, at, at, plant.resumed[self.meter])

    def heeds(self, stretch: Stretch) -> NDArray[np.bool_]:
        """The meters with a limit that is exceeded, or was."""
        heeded = self.timers.astir()
        for column in np.unique(self.column).tolist():
            rows = np.flatnonzero(self.column == column)
            low, high = stretch.extremes(column)
            worst = np.where(self.sign[rows] > 0, high[self.meter[rows]], low[self.meter[rows]])
            heeded[rows] |= self.sign[rows] * (worst - self.limit[rows]) > 0
        found = np.zeros(len(stretch.plant.last_ts), dtype=np.bool_)
        found[self.meter[heeded]] = True
        return found

    def explain(self, subject: int, plant: Plant) -> tuple[str, dict[str, Any]]:
        rows = np.flatnonzero((self.timers.subject == subject) & self.timers.active)
        row = int(rows[np.argmax(self.timers.severity[rows])])
        limit, value = self.limits[row], float(plant.last_values[self.meter[row], self.column[row]])
        unit = UNITS[limit.quantity]
        held = f" for {limit.on_delay_s} s" if limit.on_delay_s else ""
        reason = f"{limit.quantity} of {limit.meter} at {value:.4g} {unit}, {limit.side} {limit.value:g} {unit}{held}"
        return reason, {
            "meter": limit.meter,
            "quantity": limit.quantity,
            "side": limit.side,
            "value": value,
            "limit": limit.value,
            "unit": unit,
            "on_delay_s": limit.on_delay_s,
            "off_delay_s": limit.off_delay_s,
            "deadband": limit.deadband,
        }


def _subject_key(row: Threshold) -> tuple[str, str, str]:
    return row.meter, row.quantity, row.side


def _subject(registry: Registry, key: tuple[str, str, str]) -> Subject:
    meter, quantity, side = key
    facility = registry.facility(registry.meters[registry.meter_number[meter]].facility)
    explained = _BELOW_IS_EXPLAINED_BY if side == "below" else _ABOVE_IS_EXPLAINED_BY
    return Subject(f"{meter}/{quantity}/{side}", facility.enterprise, frozenset({facility.id}), explained)


def _calendars(registry: Registry, limits: list[Threshold]) -> list[tuple[int, str]]:
    """The limits that are not in force at all times, with their enterprise's zone."""
    every_day = frozenset(range(1, 8))
    found = []
    for row, limit in enumerate(limits):
        if limit.window is not None or limit.weekdays != every_day:
            enterprise = registry.enterprise_of_meter[registry.meter_number[limit.meter]]
            found.append((row, registry.enterprises[enterprise].timezone))
    return found


def _in_force(limit: Threshold, at: int, tz: str) -> bool:
    local = to_datetime(at).astimezone(zone(tz))
    minute = local.hour * 60 + local.minute
    weekday = local.isoweekday()
    if limit.window is None:
        return weekday in limit.weekdays
    if not limit.window.holds(minute):
        return False
    # After midnight a window that crosses it still belongs to the day on which it began.
    began_yesterday = limit.window.end <= limit.window.start and local.time() < limit.window.end
    return (weekday - 2) % 7 + 1 in limit.weekdays if began_yesterday else weekday in limit.weekdays
