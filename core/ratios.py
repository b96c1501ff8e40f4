"""Ratios in time: what a meter's readings were multiplied by when they came, and by what they should have been."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.in_force import in_force
from core.parameters import EVER, Version
from core.readings import QUANTITIES, FloatArray, IntArray
from core.registry import Meter


@dataclass(frozen=True, eq=False)
class Steps:
    """Factors that change at instants: `factors[i]` holds from `from_at[i]` on, the first since ever."""

    from_at: IntArray  # (k,) ascending ms UTC
    factors: FloatArray  # (k, quantities)

    def at(self, instants: IntArray) -> FloatArray:
        """Factors at each of n instants, shape (n, quantities)."""
        found: FloatArray = self.factors[np.maximum(np.searchsorted(self.from_at, instants, side="right") - 1, 0)]
        return found


@dataclass(frozen=True, eq=False)
class RatioHistory:
    """Of one meter: the ratio in force at an instant by today's knowledge, and the one a decoder knew at an instant."""

    meter: int
    in_force: Steps
    decoded: Steps


def factors(*, ct: float, pt: float, values: str) -> list[float]:
    """By what each quantity is multiplied on arrival; nothing is where the meter gives primary values."""
    if values != "secondary":
        return [1.0] * len(QUANTITIES)
    by = dict.fromkeys(("p", "ep", "q"), ct * pt)
    by |= dict.fromkeys(("ua", "ub", "uc"), pt) | dict.fromkeys(("ia", "ib", "ic"), ct)
    return [by.get(name, 1.0) for name in QUANTITIES]


def ratio_history(number: int, row: Meter, versions: Iterable[Version]) -> RatioHistory | None:
    """From the versions of a meter and its row as it is now; None where its ratio has always been the same."""
    held = list(versions)
    if not any(row.values and {"ct", "pt", "values"} & row.values.keys() for row in held):
        return None
    effective = sorted({EVER, *(v.effective_at for v in held)})
    told = sorted({EVER, *(v.effective_at for v in held), *(v.recorded_at for v in held)})
    true = [_factors(row, held, at) for at in effective]
    known = [_factors(row, [v for v in held if v.recorded_at <= at], at) for at in told]
    return RatioHistory(number, _steps(effective, true), _steps(told, known))


def _factors(row: Meter, versions: Iterable[Version], at: int) -> list[float]:
    values = in_force(versions, at) or {}
    return factors(ct=values.get("ct", row.ct), pt=values.get("pt", row.pt), values=values.get("values", row.values))


def _steps(from_at: list[int], rows: list[list[float]]) -> Steps:
    return Steps(np.array(from_at, dtype=np.int64), np.array(rows, dtype=np.float64))
