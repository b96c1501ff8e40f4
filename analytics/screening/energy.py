"""Energy of each meter in each window: from the register where it is sound, else from power."""

from dataclasses import dataclass

import numpy as np

from analytics.screening.lattice import BoolArray
from analytics.screening.tally import Tally
from core.readings import FloatArray

DISAGREEMENT = 0.5
DISAGREEMENT_KWH = 2.0
"""Register and power may differ by this share of the larger, or by this energy, in one window."""

JUMP_IN_WINDOW = 20
JUMP_IN_PERIOD = 10
"""A step without power is a jump above these multiples of the window's other steps and of the period's steepest."""

EPSILON_H = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Energy:
    """What counts, of shape (meters, windows).

    kwh          energy over the covered time
    hours        covered time; 0 where neither register nor power can be used
    by_register  whether the register gave it
    doubt_kwh    how far it may lie from the true energy, as sampling leaves open; 0 by register
    """

    kwh: FloatArray
    hours: FloatArray
    by_register: BoolArray
    doubt_kwh: FloatArray


def energy(tally: Tally) -> Energy:
    """Choose register or power for every window (domain rule: the register where it is sound, else power).

    The register is sound if no step is negative, it agrees with power where both are known, and it
    covers all covered time, or more of it than power does.
    """
    jump = jumps(tally)
    register_h = tally.register_h - np.where(jump, tally.top_h, 0)
    register_kwh = tally.register_kwh - np.where(jump, tally.top_kw * tally.top_h, 0)
    reaches = (tally.register_h >= tally.covered_h - EPSILON_H) | (tally.register_h > tally.power_h)
    sound = (register_h > EPSILON_H) & (tally.backwards == 0) & _agrees(tally) & reaches
    return Energy(
        kwh=np.where(sound, register_kwh, tally.power_kwh),
        hours=np.where(sound, register_h, tally.power_h),
        by_register=sound,
        doubt_kwh=np.where(sound, 0, tally.power_doubt_kwh),
    )


def _agrees(tally: Tally) -> BoolArray:
    """A register frozen, jumping or scaled wrongly while power is known shows as a difference.

    What the sampling of power leaves open is no difference: where a load starts on the stroke of six, the
    trapezoid gives the night a part of it that the register rightly does not.
    """
    register, power = tally.both_register_kwh, tally.both_power_kwh
    allowed = np.maximum(DISAGREEMENT * np.maximum(register, power), DISAGREEMENT_KWH)
    agrees: BoolArray = np.abs(register - power) <= np.maximum(allowed, tally.both_doubt_kwh * (1 + 1e-9))
    return agrees


def jumps(tally: Tally) -> BoolArray:
    """Windows whose steepest step is implausible and has no power to confirm it, shape (meters, windows).

    Measures: the mean power of the window's other steps; and, so that a plant that works seldom is not
    mistaken, the upper quartile over the period of each window's steepest step.
    """
    rest_h = tally.register_h - tally.top_h
    rest_kwh = tally.register_kwh - tally.top_kw * tally.top_h
    rest_kw = np.divide(rest_kwh, rest_h, out=np.zeros_like(rest_h), where=rest_h > EPSILON_H)
    steep = (tally.top_kw * tally.top_h > DISAGREEMENT_KWH) & (tally.top_kw > JUMP_IN_WINDOW * rest_kw)
    found = np.zeros(steep.shape, dtype=np.bool_)
    meters = np.flatnonzero(steep.any(axis=1))
    for meter in meters.tolist():
        seen = tally.top_kw[meter][tally.register_h[meter] > EPSILON_H]
        usual_kw = np.quantile(seen, 0.75, method="lower")
        found[meter] = steep[meter] & (tally.top_kw[meter] > JUMP_IN_PERIOD * usual_kw)
    return found
