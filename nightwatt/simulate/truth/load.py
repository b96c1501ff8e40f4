"""True power of every machine and of the feeder, kW for each minute of a day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.readings import FloatArray, IntArray
from core.registry import Kind
from nightwatt.simulate.truth.conduct import Conduct, marks_on
from nightwatt.simulate.truth.script import Script
from nightwatt.simulate.truth.site import Machine
from nightwatt.simulate.truth.spans import DAY, Span, mask

LOSSES = 1.012
"""What lines and the transformer take, as a share of the sum."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a load also depends on: the seed, and the shape of a measured year with its quarter at minute 0."""

    seed: int
    shape: FloatArray
    quarter: int


def load_of(script: Script, conduct: Conduct, day: int, *, around: Surroundings) -> dict[str, FloatArray]:
    """By machine id, the feeder too; arrays of shape (1440,)."""
    site, first = script.site, day * DAY
    season = 1 + 0.07 * np.sin(2 * np.pi * day / 90 + site.phase)
    found: dict[str, FloatArray] = {}
    making = np.zeros(DAY)
    for machine in site.production():
        found[machine.id] = _of(script, machine, conduct.on[machine.id], first, making, season, around)
        making += found[machine.id] / max(machine.usual_kw, 1e-9) / len(site.production())
    for machine in site.machines[1:]:
        if machine.kind is not Kind.PRODUCTION:
            found[machine.id] = _of(script, machine, conduct.on[machine.id], first, making, season, around)
    total = _beside(script, first, np.random.default_rng([around.seed, 106, site.number, day]))
    for power in found.values():
        total = total + power
    found[site.feeder.id] = np.where(mask(script.dead, first), 0.0, total * LOSSES)
    return found


def _of(
    script: Script,
    machine: Machine,
    on: Sequence[Span],
    first: int,
    making: FloatArray,
    season: float,
    around: Surroundings,
) -> FloatArray:
    rng = np.random.default_rng([around.seed, 107, script.site.number, _number(script, machine), first // DAY])
    running = machine.usual_kw * _process(machine, first, making, rng, around) * _ramp(on, first, machine)
    if machine.kind is Kind.PRODUCTION:
        running = running * season
    standing = machine.rated_kw * machine.idle * rng.uniform(0.85, 1.15, DAY)
    if machine.rests:
        standing = np.full(DAY, 0.33 * machine.usual_kw) * _noise(rng, 0.02)
    power = np.where(mask(on, first), running, standing)
    return _scripted(script, machine, power, first, rng)


def _scripted(script: Script, machine: Machine, power: FloatArray, first: int, rng: np.random.Generator) -> FloatArray:
    for mark in marks_on(script.bumps, machine.id, first):
        power[mask([(mark.from_, mark.to)], first)] = mark.amount * machine.rated_kw
    for mark in marks_on(script.scaled, machine.id, first):
        power[mask([(mark.from_, mark.to)], first)] *= mark.amount
    for mark in marks_on(script.fixed, machine.id, first):
        there = mask([(mark.from_, mark.to)], first)
        power[there] = mark.amount * (1 + 0.008 * np.clip(rng.standard_normal(int(there.sum())), -2, 2))
    if machine.rests:
        off = [(m.from_, m.to) for m in marks_on(script.stopped, machine.id, first)]
        power[mask(off, first)] = machine.idle * machine.rated_kw
    power[mask(script.dead, first)] = 0.0
    return power


def _number(script: Script, machine: Machine) -> int:
    return script.site.machines.index(machine)


def _process(
    machine: Machine, first: int, making: FloatArray, rng: np.random.Generator, around: Surroundings
) -> FloatArray:
    """Load of a running machine as a multiple of what it usually draws; unbroken over midnight."""
    minute = first + np.arange(DAY)
    phase, period = machine.rated_kw * 7 % 360, 25 + machine.rated_kw % 35
    if machine.process == "measured":
        quarter = around.quarter + minute // 15
        level = np.maximum(np.take(around.shape, quarter, mode="wrap"), 0.2)
        return _noise(rng, 0.03) * (level / machine.normal)
    if machine.process == "batch":
        return np.where((minute + phase) % period < 0.7 * period, 1.06, 0.8) * _noise(rng, 0.04)
    if machine.process == "kiln":
        return (1 + 0.07 * np.sin(2 * np.pi * (minute / (period * 9) + phase))) * _noise(rng, 0.03)
    if machine.process == "drive":
        # The drive follows production, and wanders between 55 and 100 % of its speed over hours.
        wander = 1 + 0.1 * np.sin(2 * np.pi * (minute / (period * 13) + phase))
        return _noise(rng, 0.03) * wander * (0.86 + 0.14 * np.clip(making, 0, 1.2))
    if machine.process == "pulse":
        every = 6 + int(machine.rated_kw) % 9
        return _noise(rng, 0.02) * np.where(minute % every == 0, 1.07, 1.0)
    if machine.process == "carbon":
        # Desorption: the heater adds its load for an hour and a half, every day or so.
        return np.where((minute + phase * 4) % (period * 40) < 85, 1.5, 1.0) * _noise(rng, 0.02)
    if machine.kind is Kind.AUXILIARY:
        return _by_day(minute) * _noise(rng, 0.05)
    return _noise(rng, 0.03)


def _by_day(minute: IntArray) -> FloatArray:
    hour = minute % DAY / 60
    found: FloatArray = 0.45 + 0.55 * np.clip(np.minimum(hour - 7, 20 - hour), 0, 1)
    return found


def _beside(script: Script, first: int, rng: np.random.Generator) -> FloatArray:
    """What no meter but the feeder's sees: lamps, offices, and what the script adds."""
    power = script.site.other_kw * _by_day(first + np.arange(DAY)) * _noise(rng, 0.06)
    for begin, end, kw in script.unmetered:
        power = power + kw * mask([(begin, end)], first) * _noise(rng, 0.03)
    return power


def _ramp(on: Sequence[Span], first: int, machine: Machine) -> FloatArray:
    """Machines come up within ten minutes; fans begin with a surge of a minute."""
    found = np.ones(DAY)
    for begin, end in on:
        if begin < first + DAY and first < end and first - 12 < begin:
            since = np.arange(DAY) - (begin - first)
            here = (since >= 0) & (since < 10)
            if machine.kind is Kind.PRODUCTION:
                found[here] = 0.5 + 0.05 * since[here]
            else:
                found[here & (since < 1)] = 1.3
    return found


def _noise(rng: np.random.Generator, spread: float) -> FloatArray:
    """Around 1: some of it smooth over minutes, some fresh each minute, cut at three spreads."""
    rough = rng.standard_normal(DAY + 6)
    smooth = np.convolve(rough, np.full(7, 7**-0.5), mode="valid")
    found: FloatArray = 1 + spread * np.clip(0.8 * smooth + 0.6 * rough[:DAY], -3, 3)
    return found
