"""Values under a dialect's own names → a sample, in the units of our contract."""

import math
from collections.abc import Mapping
from typing import Any

from core.readings import QUANTITIES
from ingest.decoders.decoded import REALTIME, Sample
from ingest.decoders.payload import number

PHASES = ("pa", "pb", "pc")
"""Active power of the phases in kW: no quantity of a reading, but what a total is made of or held against."""

NO_ELECTRICITY = "no electricity"
NO_POWER = "neither power nor register"
UNEVEN = "phases do not add up to the total"

TOLERANCE = 0.05
ROUNDING_KW = 0.05

WATT = 0.001
"""Factor of values in W, Wh, var."""

Names = Mapping[str, tuple[str, float]]
"""Name as `plain` writes it → (quantity or phase, factor to its unit), the preferred name of a quantity first."""

_separators = str.maketrans("", "", " _-.\t")


def names(factor: float = 1.0, **spelled: str) -> dict[str, tuple[str, float]]:
    """A table of names: `p="p power"` says that both mean p, in its unit times `factor`."""
    return {name: (quantity, factor) for quantity, text in spelled.items() for name in text.split()}


def plain(name: str) -> str:
    """Upper and lower case, blanks, dots and dashes make no difference between names."""
    return name.lower().translate(_separators)


def values_of(row: Mapping[str, Any], known: Names) -> dict[str, float]:
    """Quantities and phases found in a row; those that are null, NaN or infinite are left out.

    A name of the table whose value is no number refuses the row: DecodeError.
    """
    given: dict[str, Any] = {}
    for name, value in row.items():
        given.setdefault(plain(name), value)
    values: dict[str, float] = {}
    for name, (quantity, factor) in known.items():
        if name in given and quantity not in values:
            put(values, quantity, number(name, given[name]), factor=factor)
    return values


def put(values: dict[str, float], quantity: str, value: float | None, *, factor: float = 1.0) -> None:
    """Keep a value in the quantity's unit; one beyond any float is absent."""
    if value is None:
        return
    # 2413.825 W is 2.413825 kW: dividing by 1000 is exact where multiplying by 0.001 is not.
    brought = value / round(1 / factor) if factor == WATT else value * factor
    if math.isfinite(brought):
        values[quantity] = brought


def sample_of(values: Mapping[str, float], *, ts: int | None, src: str = REALTIME) -> tuple[Sample | None, list[str]]:
    """The sample that values make, and what is odd about them. Without power and register there is none.

    The meter's own total counts; the phases make it up only where it is missing and all three are known.
    """
    if not values:
        return None, [NO_ELECTRICITY]
    total, phases = values.get("p"), math.fsum(values.get(phase, math.nan) for phase in PHASES)
    if total is None and math.isfinite(phases):
        total = phases
    if total is None and "ep" not in values:
        return None, [NO_POWER]
    kept: dict[str, Any] = {name: values[name] for name in QUANTITIES if name in values}
    if total is not None:
        kept["p"] = total
    odd = [UNEVEN] if total is not None and _differ(total, phases) else []
    return Sample(ts=ts, src=src, **kept), odd


def _differ(total: float, phases: float) -> bool:
    """False where a phase is missing: no comparison with NaN holds."""
    return abs(phases - total) > max(TOLERANCE * abs(total), ROUNDING_KW)
