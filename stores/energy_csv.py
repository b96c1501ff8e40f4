"""Interval-energy archives: CSV with one row a period, its end as local wall time and its kWh.

This is how utilities and load archives hand out 15-min data: columns `date` (dd/mm/yyyy HH:MM, the stamp
ends the interval) and `Usage_kWh`, and where they have them lagging and leading kvarh and power factor. The
row of midnight often carries the date of the day that it ends; the order of the file is the true order.
"""

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import numpy as np

from core.errors import SetupError
from core.interval import to_ms, zone
from core.readings import Readings, readings

_TIME, _ENERGY = "date", "Usage_kWh"
_LAGGING, _LEADING = "Lagging_Current_Reactive_Power_kVarh", "Leading_Current_Reactive_Power_kVarh"
_FACTOR = "Lagging_Current_Power_Factor"


def is_energy_csv(path: Path) -> bool:
    """Whether the file's heading is that of an interval-energy archive."""
    try:
        with _open(path) as file:
            return {_TIME, _ENERGY} <= set(next(csv.reader([file.readline(4096)]), []))
    except (OSError, UnicodeDecodeError):
        return False


def read_energy_csv(path: Path, *, meter: int, timezone: str) -> Readings:
    """All rows as readings of one meter: p the mean kW of the interval, ep the kWh summed so far, q in kvar.

    SetupError names the row that can't be understood.
    """
    try:
        with _open(path) as file:
            rows = list(csv.DictReader(file))
        at = _instants([row[_TIME] for row in rows], timezone)
        hours = _interval_hours(at)
        energy = np.array([float(row[_ENERGY]) for row in rows])
        reactive = np.array([float(row.get(_LAGGING) or "nan") - float(row.get(_LEADING) or 0) for row in rows])
        factor = np.array([float(row.get(_FACTOR) or "nan") / 100 for row in rows])
    except (OSError, ValueError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise SetupError(f"can't read {path}: {error}") from error
    return readings(
        np.full(len(rows), meter),
        np.array(at, dtype=np.int64),
        p=energy / hours,
        ep=np.round(np.cumsum(energy), 6),
        q=reactive / hours,
        pf=factor,
    )


def _instants(stamps: list[str], timezone: str) -> list[int]:
    """Rows are in true order. A midnight that goes back ends its date; another hour that goes back is the
    one that the end of daylight saving repeats.
    """
    found: list[int] = []
    tz = zone(timezone)
    for number, stamp in enumerate(stamps, 2):
        wall = datetime.strptime(stamp, "%d/%m/%Y %H:%M").replace(tzinfo=tz)
        midnight = wall.hour == wall.minute == 0
        readings_of_it = [wall, wall.replace(fold=1), *([wall + timedelta(days=1)] if midnight else [])]
        later = [at for at in map(to_ms, readings_of_it) if not found or at > found[-1]]
        if not later:
            raise ValueError(f"row {number} ({stamp}) does not come after the one above it")
        found.append(later[0])
    return found


def _interval_hours(at: list[int]) -> float:
    if len(at) < 2:
        raise ValueError("at least two rows are needed to know the interval")
    return float(np.median(np.diff(at))) / 3_600_000


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
