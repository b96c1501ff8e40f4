"""The load model: mean power of every circuit of a works for each minute of a local day.

Everything is derived per (seed, works, machine, day), so that any stretch can be made again, identical,
after a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.interval import DAY_MS, MINUTE_MS
from core.readings import FloatArray
from core.registry import Kind
from nightwatt.simulate.planted import (
    EARLY_STOP,
    IDLING,
    INTERMITTENT,
    LATE_START,
    OBEYED,
    OVER_LIMIT,
    PHASE_LOST,
    POWER_CUT,
    REGISTER_STILL,
    SHUTDOWN,
    SILENT,
    TREATMENT_OFF,
    Planted,
)
from nightwatt.simulate.schedule import DAY_MINUTES, LAG_MINUTES, Schedule, duty_shares, minutes_of, start_of
from nightwatt.simulate.works import Habit, Machine, Works

IDLE_SHARE = 0.01
"""What a facility that is off still draws (controls, lamps), as a share of its rated power."""
TURN_MS, TURN_OFF_MS = 10 * MINUTE_MS, 4 * MINUTE_MS
"""Treatment that is switched off and on: a turn, and how much of it is off. Shorter stops than an interlock's."""
_OFF = frozenset({TREATMENT_OFF, LATE_START, EARLY_STOP})


@dataclass(frozen=True, slots=True)
class Load:
    """Mean power in kW per minute of one local day, each array of shape (1440,).

    feeder    of the whole enterprise: machines and everything else
    machines  by facility id, measured or not
    """

    feeder: FloatArray
    machines: dict[str, FloatArray]


def load_of(works: Works, day: int, *, schedule: Schedule, planted: Sequence[Planted], seed: int) -> Load:
    """The load of a works on a local day; `planted` are the events that touch the day."""
    events = [e for e in planted if e.enterprise == works.id]
    machines = {}
    for index, machine in enumerate(works.machines):
        rng = np.random.default_rng([seed, 6, works.number, index, day])
        make = _production if machine.kind is Kind.PRODUCTION else _treatment
        machines[machine.id] = _disturbed(make(works, machine, day, schedule, rng), machine, day, events)
    feeder = _other(works, day, np.random.default_rng([seed, 7, works.number, day]))
    for event in events:
        if event.kind == POWER_CUT:
            feeder *= 1 - minutes_of(day, event.from_at, event.to_at)
    for power in machines.values():
        feeder += power
    return Load(feeder, machines)


def silent_minutes(meter: str, day: int, planted: Sequence[Planted]) -> FloatArray:
    """True for the minutes of the day in which a meter says nothing, shape (1440,)."""
    silent = np.zeros(DAY_MINUTES, dtype=bool)
    for event in planted:
        cut = event.kind == POWER_CUT and meter.startswith(f"{event.enterprise}-")
        if cut or (event.kind == SILENT and event.subject == meter):
            silent |= minutes_of(day, event.from_at, event.to_at) > 0
    return silent


def _production(works: Works, machine: Machine, day: int, schedule: Schedule, rng: np.random.Generator) -> FloatArray:
    intensity = schedule.intensity(works, machine.line, day)
    running = intensity * _process(works.trade.process, machine, day) * _noise(rng, 0.04)
    return machine.rated_kw * np.where(intensity > 0, np.clip(running, 0, 1), _idle(works))


def _treatment(works: Works, machine: Machine, day: int, schedule: Schedule, rng: np.random.Generator) -> FloatArray:
    needed = schedule.treats(works, machine.line, day)
    in_use = needed * duty_shares(works, day)[1 if machine.duty == "standby" else 0]
    running = (0.72 + 0.14 * schedule.intensity(works, machine.line, day)) * _noise(rng, 0.025)
    return machine.rated_kw * np.where(in_use > 0, running, _idle(works))


def _other(works: Works, day: int, rng: np.random.Generator) -> FloatArray:
    """Offices, lighting, pumps: more by day."""
    hour = np.arange(DAY_MINUTES) / 60
    by_day = np.clip(np.minimum(hour - 7, 19 - hour), 0, 1)
    return works.other_kw * (0.5 + 0.5 * by_day) * _noise(rng, 0.08)


def _process(process: str, machine: Machine, day: int) -> FloatArray:
    """How the load moves while the machine runs, about 0.65–0.95; unbroken over midnight."""
    minute = np.arange(DAY_MINUTES) + day * DAY_MINUTES
    phase, period = machine.rated_kw * 7, 18 + machine.rated_kw % 23
    if process == "batch":
        return np.where((minute + phase) % period < 0.7 * period, 0.92, 0.68)
    if process == "kiln":
        return 0.86 + 0.07 * np.sin(2 * np.pi * (minute / (period * 9) + phase))
    return np.full(DAY_MINUTES, 0.86)


def _noise(rng: np.random.Generator, spread: float) -> FloatArray:
    """Around 1, smooth over some minutes and cut at three spreads."""
    rough = rng.standard_normal(DAY_MINUTES + 6)
    smooth = np.convolve(rough, np.full(7, 7**-0.5), mode="valid")
    return 1 + spread * np.clip(smooth, -3, 3)


def _idle(works: Works) -> float:
    # Who works at night only opens the main switch by day.
    return 0.0 if works.habit is Habit.NIGHT_ONLY else IDLE_SHARE


def _disturbed(power: FloatArray, machine: Machine, day: int, events: Sequence[Planted]) -> FloatArray:
    """Power with what is planted; a minute that an event covers in part is mixed by time."""
    for event in events:
        share, level_kw = _effect(event, machine, day, power)
        power = (1 - share) * power + share * level_kw
    return power


def _effect(event: Planted, machine: Machine, day: int, power: FloatArray) -> tuple[FloatArray, FloatArray | float]:
    """(share of each minute that an event covers of a machine, kW that it then draws)."""
    mine = event.subject in (machine.id, machine.meter)
    share = minutes_of(day, event.from_at, event.to_at)
    idle_kw = IDLE_SHARE * machine.rated_kw
    match event.kind:
        case _ if event.kind in _OFF and mine:
            return share, idle_kw
        case _ if event.kind == SHUTDOWN:
            lag = LAG_MINUTES * MINUTE_MS if machine.kind is Kind.TREATMENT else 0
            return minutes_of(day, event.from_at + lag, event.to_at - lag), idle_kw
        case _ if event.kind == OVER_LIMIT and mine:
            return share, event.level * machine.rated_kw
        case _ if event.kind == INTERMITTENT and mine:
            return _switched(event, day), idle_kw
        case _ if event.kind == IDLING and mine:
            return share, event.level * power
        case _ if event.kind == OBEYED and machine.kind is Kind.PRODUCTION:
            return share, event.level * power
        case _ if event.kind == POWER_CUT:
            return share, 0.0
    return np.zeros(DAY_MINUTES), 0.0


def _switched(event: Planted, day: int) -> FloatArray:
    """Off for the first minutes of each turn."""
    found = np.zeros(DAY_MINUTES)
    for from_at in range(event.from_at, event.to_at, TURN_MS):
        found += minutes_of(day, from_at, min(from_at + TURN_OFF_MS, event.to_at))
    return found


def shown_shares(meter: str, day: int, planted: Sequence[Planted]) -> tuple[FloatArray, FloatArray]:
    """What a meter shows of the true power, and counts of the true energy, as shares, each of shape (1440,)."""
    shown, counted = np.ones(DAY_MINUTES), np.ones(DAY_MINUTES)
    for event in planted:
        if event.subject == meter and event.kind in (PHASE_LOST, REGISTER_STILL):
            share = minutes_of(day, event.from_at, event.to_at)
            if event.kind == PHASE_LOST:  # one of three is not measured
                shown *= 1 - share / 3
            counted *= 1 - share * (1 / 3 if event.kind == PHASE_LOST else 1)
    return shown, counted


def day_span(day: int) -> tuple[int, int]:
    """[from, to) of a local day in ms UTC."""
    return start_of(day), start_of(day) + DAY_MS
