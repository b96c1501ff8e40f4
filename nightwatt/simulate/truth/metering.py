"""From true power to what a meter says: its instants, its register, its phases, and what is wrong with it."""

from dataclasses import dataclass

import numpy as np

from core.interval import MINUTE_MS
from core.readings import COLUMN, EP, QUANTITIES, FloatArray, IntArray, P
from nightwatt.simulate.truth.conduct import marks_on
from nightwatt.simulate.truth.script import Mark, Script
from nightwatt.simulate.truth.site import Machine
from nightwatt.simulate.truth.spans import DAY, BoolArray, mask

PHASE_V, LINE_V = 230.0, 400.0
DIGITS = np.array([3, 6, 3, 3, 1, 1, 1, 3, 3, 3, 2])
"""Decimals of each quantity on the wire; the register has its own resolution."""

_PF = COLUMN["pf"]
_U, _I = slice(COLUMN["ua"], COLUMN["uc"] + 1), slice(COLUMN["ia"], COLUMN["ic"] + 1)


@dataclass(eq=False)
class Register:
    """A meter's counter between days: exact kWh so far."""

    kwh: float


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Readings of one meter over a day: stamps by its own clock (n,), values (n, 11), true minute of the day (n,)."""

    ts: IntArray
    values: FloatArray
    minute: IntArray


def said(
    script: Script, machine: Machine, day: int, *, power: FloatArray, register: Register, volts: FloatArray, seed: int
) -> Said:
    """What the meter says of a day; `power` is the true kW a minute, `volts` the phases' share of nominal (1440, 3)."""
    first = day * DAY
    number = script.site.machines.index(machine)
    rng = np.random.default_rng([seed, 108, script.site.number, number, day])
    share = np.random.default_rng([seed, 109, script.site.number, number]).normal(1 / 3, 0.008, 3)
    power = _as_measured(script, machine, power, first)
    at_ms = _instants(machine, rng, seed=seed, site=script.site.number, number=number)
    minute = at_ms // MINUTE_MS
    values = np.empty((len(at_ms), len(QUANTITIES)))
    kw = power[minute]
    values[:, EP] = _register(script, machine, power, at_ms, register, first)
    _electric(values, machine, kw, volts[minute], share, rng)
    for mark in marks_on(script.oddities, machine.id, first):
        _spoil(values, mask([(mark.from_, mark.to)], first)[minute], mark, rng)
    values = np.round(values, 3) + 0.0
    values[:, _U] = np.round(values[:, _U], 1)
    there = ~_silent(script, machine, first)[minute]
    ts = script.at(first) + at_ms + machine.drift_ms
    return Said(ts[there], values[there], minute[there])


def _as_measured(script: Script, machine: Machine, power: FloatArray, first: int) -> FloatArray:
    """The power that the meter's own currents make of it: clamps moved, off, or the wrong way round."""
    power = power.copy()
    for mark in marks_on(script.shown, machine.id, first):
        power[mask([(mark.from_, mark.to)], first)] *= mark.amount
    for mark in marks_on(script.oddities, machine.id, first):
        there = mask([(mark.from_, mark.to)], first)
        if mark.how == "no-current":
            power[there] = 0.0
        elif mark.how.startswith("lost-"):
            power[there] *= 2 / 3
    return -power if machine.reversed else power


def _instants(machine: Machine, rng: np.random.Generator, *, seed: int, site: int, number: int) -> IntArray:
    """True instants of the day's readings in ms: every interval, with the meter's own second and some jitter."""
    offset = int(np.random.default_rng([seed, 110, site, number]).integers(3_000, 57_000))
    step = machine.interval * MINUTE_MS
    grid = np.arange(offset, DAY * MINUTE_MS, step)
    found: IntArray = grid + rng.integers(-1_500, 1_501, len(grid))
    return found


def _register(
    script: Script, machine: Machine, power: FloatArray, at_ms: IntArray, register: Register, first: int
) -> FloatArray:
    """kWh shown at each instant: the import so far, cut to the resolution; moves `register` on by the day."""
    taken = np.concatenate([[0.0], np.cumsum(np.maximum(power, 0.0))]) / 60
    minute = at_ms // MINUTE_MS
    exact = register.kwh + taken[minute] + np.maximum(power[minute], 0) * (at_ms % MINUTE_MS) / 3_600_000
    moved = 0.0
    for mark in sorted(marks_on(script.steps, machine.id, first), key=lambda m: m.from_):
        at = max(mark.from_ - first, 0)
        here = register.kwh + moved + float(taken[at])
        change = -here if mark.how == "reset" else max(mark.amount, -here)
        exact[minute >= at] += change
        moved += change
    register.kwh += float(taken[-1]) + moved
    found: FloatArray = np.floor(exact / machine.resolution + 1e-9) * machine.resolution
    return found


def _electric(
    values: FloatArray, machine: Machine, kw: FloatArray, volts: FloatArray, share: FloatArray, rng: np.random.Generator
) -> None:
    """p = Σ u·i·pf / 1000 for a star; of three wires two wattmeters see half each, over √3."""
    n = len(kw)
    pf = np.clip(0.9 + 0.012 * rng.standard_normal(n), 0.82, 0.98)
    values[:, P], values[:, _PF] = kw, np.where(kw < 0, -pf, pf)
    values[:, COLUMN["q"]] = kw * np.tan(np.arccos(pf))
    nominal = PHASE_V if machine.wires == 4 else LINE_V
    values[:, _U] = nominal * volts + rng.normal(0, 0.25, (n, 3))
    uneven = share + 0.004 * rng.standard_normal((n, 3))
    uneven /= uneven.sum(axis=1, keepdims=True)
    whole = 1 if machine.wires == 4 else np.sqrt(3)
    values[:, _I] = np.abs(kw)[:, None] * 1000 * uneven / np.maximum(values[:, _U] / whole * pf[:, None], 1.0)
    if machine.wires == 3:
        values[:, [COLUMN["ub"], COLUMN["ib"]]] = np.nan
    values[:, COLUMN["f"]] = 50 + 0.012 * rng.standard_normal(n)


def _spoil(values: FloatArray, there: BoolArray, mark: Mark, rng: np.random.Generator) -> None:
    rows = np.flatnonzero(there)
    if not len(rows):
        return
    phase = int(mark.amount) % 3
    if mark.how == "frozen":
        values[rows] = values[rows[0]]
    elif mark.how == "stuck":
        values[rows, EP] = values[rows[0], EP]
    elif mark.how == "no-current":
        values[rows, _I] = 0.0
    elif mark.how == "uneven":
        values[rows, COLUMN["ia"] + phase] *= 0.2
    elif mark.how in ("lost-fuse", "lost-clamp"):
        values[rows, COLUMN["ia"] + phase] = 0.0
    elif mark.how in COLUMN:
        values[rows, COLUMN[mark.how]] = mark.amount * (1 + 0.002 * np.clip(rng.standard_normal(len(rows)), -2, 2))
    if mark.how in ("lost-fuse", "lost-voltage"):
        values[rows, COLUMN["ua"] + phase] = rng.uniform(0, 60, len(rows))


def _silent(script: Script, machine: Machine, first: int) -> BoolArray:
    gone = [(m.from_, m.to) for m in marks_on(script.absent, machine.id, first)]
    return mask([*gone, *script.dead], first)
