"""Voltages, currents, power factor and frequency that go with a mean power."""

from dataclasses import dataclass

import numpy as np

from core.readings import FloatArray

NOMINAL_V = 230.0


@dataclass(frozen=True, slots=True)
class Electric:
    """Of one meter and local day, each of shape (1440,), in the units of core.readings.QUANTITIES.

    p = (ua·ia + ub·ib + uc·ic) · pf / 1000 and q = p · tan(arccos pf), as for a star of three phases.
    """

    q: FloatArray
    pf: FloatArray
    ua: FloatArray
    ub: FloatArray
    uc: FloatArray
    ia: FloatArray
    ib: FloatArray
    ic: FloatArray
    f: FloatArray


def electric_of(power_kw: FloatArray, rng: np.random.Generator) -> Electric:
    """Quantities that fit the minute means `power_kw`; which ones exactly is drawn from `rng`."""
    n = len(power_kw)
    pf = np.clip(rng.normal(0.91, 0.012, n), 0.8, 0.99)
    voltage = NOMINAL_V + rng.normal(0, 1.2, (3, n)) + rng.normal(0, 1.0, (3, 1))
    share = 1 + rng.normal(0, 0.02, (3, 1)) + rng.normal(0, 0.005, (3, n))
    current = power_kw * 1000 * share / share.sum(axis=0) / (voltage * pf)
    reactive = power_kw * np.tan(np.arccos(pf))
    (ua, ub, uc), (ia, ib, ic) = voltage, current
    return Electric(reactive, pf, ua, ub, uc, ia, ib, ic, rng.normal(50, 0.015, n))
