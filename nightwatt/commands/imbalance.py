"""`nightwatt imbalance`: the day/night screening over files, one enterprise a line."""

import json
import math
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TextIO

from analytics.screening.imbalance import DEFAULTS, screen
from analytics.screening.settings import Screening
from core.errors import RegistryErrors, SetupError
from core.imbalance import Imbalance
from core.interval import HOUR_MS, to_ms, zone
from core.registry import DEFAULT_ZONE, Registry
from registry.read import read_registry
from stores.files import FileReadings

GOOD, REFUSED, WRONG_USE = 0, 1, 2

EDGE_MS = 5 * HOUR_MS
"""Without --from and --to the period reaches this far over the readings.

A first day or a last night that lacks only an hour or so is then judged by its coverage like any other.
"""


def imbalance(
    registry: Path,
    readings: list[Path],
    *,
    from_: str | None,
    to: str | None,
    out: TextIO,
    err: TextIO,
    settings: Screening = DEFAULTS,
) -> int:
    """Print one JSON line per enterprise to `out`, refused input to `err`; returns the exit code.

    `from_` and `to` are RFC 3339, or local time in the zone that the registry's enterprises share.
    """
    try:
        plants = read_registry(registry)
        given = asked(from_, to, plants)
        with closing(FileReadings(readings, plants)) as source:
            from_at, to_at = period_of(source, *given)
            results = screen(plants, source, from_at=from_at, to_at=to_at, settings=settings)
            refused = source.refused
    except RegistryErrors as error:
        print(error, *error.faults, sep="\n", file=err)
        return REFUSED
    except SetupError as error:
        print(error, file=err)
        return WRONG_USE
    for result in results:
        print(json.dumps(_line(result), ensure_ascii=False, allow_nan=False), file=out)
    for reason in refused:
        print(reason, file=err)
    return REFUSED if refused else GOOD


def asked(from_: str | None, to: str | None, plants: Registry) -> tuple[int | None, int | None]:
    """The bounds of a period in ms UTC, None where it is not given; SetupError for what is no time or is empty."""
    from_at, to_at = _instant(from_, plants), _instant(to, plants)
    if from_at is not None and to_at is not None and from_at >= to_at:
        raise SetupError(f"the period ends ({to}) before it begins ({from_})")
    return from_at, to_at


def _instant(text: str | None, plants: Registry) -> int | None:
    if text is None:
        return None
    zones = {row.timezone for row in plants.enterprises}
    local = zone(zones.pop() if len(zones) == 1 else DEFAULT_ZONE)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SetupError(f"{text!r} is not a time like 2024-03-01 or 2024-03-01T06:00:00+08:00") from error
    return to_ms(at if at.tzinfo else at.replace(tzinfo=local))


def period_of(source: FileReadings, from_at: int | None, to_at: int | None) -> tuple[int, int]:
    """The period asked for; where a bound is not given, that of the readings with a margin."""
    first, last = source.span() or (0, 0)
    from_at = first - EDGE_MS if from_at is None else from_at
    to_at = last + EDGE_MS if to_at is None else to_at
    # A bound of one's own beyond the readings leaves an empty period, which is no mistake.
    return from_at, max(from_at, to_at)


def _line(result: Imbalance) -> dict[str, object]:
    return {
        "enterprise": result.enterprise,
        "night_kw": _number(result.night_kw),
        "day_kw": _number(result.day_kw),
        "ratio": None if result.ratio is None else _number(result.ratio),
        "valid_days": result.valid_days,
        "class": result.load_class.value,
        "flagged": result.flagged,
        "remark": result.remark,
        "coverage": _number(result.coverage),
    }


def _number(value: float) -> float | None:
    """Nine significant digits; what is not a number is null."""
    return float(f"{value:.9g}") if math.isfinite(value) else None
