"""The works behind the dossiers: how big an enterprise is, what it runs and how it really behaves."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.registry import Kind, Shift
from nightwatt.simulate.trades import DISTRICTS, TRADES, District, Trade


class Habit(StrEnum):
    """How an enterprise really works, whatever shift it registered."""

    DAY = "day"
    TWO = "two"
    THREE = "three"
    CONTINUOUS = "continuous"
    NIGHT = "night"
    HIDDEN_NIGHT = "hidden-night"
    NIGHT_ONLY = "night-only"
    VALLEY = "valley"


# Parts that the demo's story needs, by number of the enterprise. Every third has meters on its production.
FIRST_SWITCH_OFF = 1
SUDDEN_LIMITS = (3, 15)
FILED_SHUTDOWN = 9
FILED_MAINTENANCE = 18
ALWAYS_RUNNING = frozenset({FIRST_SWITCH_OFF, *SUDDEN_LIMITS, FILED_SHUTDOWN, FILED_MAINTENANCE})
STARTS_LATE, STOPS_EARLY, SWITCHES_OFTEN, IDLES, SWITCHES_NOW = 49, 88, 58, 82, 16
DISOBEYS_STOP, DISOBEYS_NIGHT_BAN, FILED_BUT_RUNS = 10, 28, 73
LOSES_POWER, LOSES_A_PHASE, REGISTER_STOPS = 34, 12, 52
LIMITED = (7, 13)
"""Enterprises that obey the response in force as the city begins."""
STORY_SHIFTS = {
    **dict.fromkeys((STARTS_LATE, LOSES_POWER), Shift.TWO),
    **dict.fromkeys((STOPS_EARLY, REGISTER_STOPS), Shift.DAY),
    **dict.fromkeys((SWITCHES_OFTEN, FILED_BUT_RUNS), Shift.THREE),
    **dict.fromkeys((IDLES, SWITCHES_NOW, DISOBEYS_STOP, LOSES_A_PHASE, *LIMITED), Shift.CONTINUOUS),
}
"""Shifts that the story needs, by number of the enterprise."""
STORY = frozenset({*STORY_SHIFTS, DISOBEYS_NIGHT_BAN})
HIDDEN_NIGHTS = {24: 0.0, 40: 0.40, 53: 0.30, 74: 0.0, 86: 0.35}
"""Enterprises that run at night against their registered shift, with their level of production by day."""
NIGHT_ONLY = 62
REGISTERED_NIGHTS = frozenset({28, 66})
VALLEY_FURNACE = 72
TWO_LINES = frozenset({4, 31, 55})
TWO_MACHINES = frozenset({19, 43, 70})
TWO_STAGES = TWO_MACHINES | {12, 38}
STANDBY = frozenset({7, 22, 67})


@dataclass(frozen=True, slots=True)
class Machine:
    """One facility and its load: `line` counts from 1; `meter` is None where nothing measures it."""

    id: str
    kind: Kind
    name: str
    rated_kw: float
    line: int
    meter: str | None
    stage: str | None = None
    duty: str = "duty"


@dataclass(frozen=True, slots=True)
class Works:
    """One enterprise as it really is. `other_kw` is what it draws beside production and treatment."""

    number: int
    id: str
    trade: Trade
    district: District
    shift: Shift
    habit: Habit
    other_kw: float
    machines: tuple[Machine, ...]

    @property
    def day_level(self) -> float:
        """Level of production by day of those who hide a night shift."""
        return HIDDEN_NIGHTS.get(self.number, 0.0)

    @property
    def measures_production(self) -> bool:
        """Whether there is a meter on its production."""
        return self.number % 3 == 1

    def of_kind(self, kind: Kind) -> tuple[Machine, ...]:
        """Machines of one kind, in order."""
        return tuple(m for m in self.machines if m.kind is kind)


def plan_works(seed: int) -> tuple[Works, ...]:
    """All works of the city, by number from 1."""
    found: list[Works] = []
    for district in DISTRICTS:
        for position in range(district.enterprises):
            found.append(_works(len(found) + 1, district, position=position, seed=seed))
    return tuple(found)


def _works(number: int, district: District, *, position: int, seed: int) -> Works:
    rng = np.random.default_rng([seed, 1, number])
    trade = TRADES[district.trades[position % len(district.trades)]]
    if number == VALLEY_FURNACE:
        trade = TRADES["alloy"]
    size_kw = float(round(rng.uniform(*trade.size_kw), -1))
    shift = _registered(number, trade.shifts[int(rng.integers(len(trade.shifts)))])
    return Works(
        number=number,
        id=f"ZZ-{number:03d}",
        trade=trade,
        district=district,
        shift=shift,
        habit=_habit(number, shift),
        other_kw=_other_kw(number, size_kw * float(rng.uniform(0.04, 0.08))),
        machines=(*_production(number, trade, size_kw), *_treatment(number, trade, size_kw)),
    )


def _other_kw(number: int, usual_kw: float) -> float:
    if number == NIGHT_ONLY:
        return 0.0
    return round(usual_kw * (3 if number in HIDDEN_NIGHTS else 1), 1)


def _registered(number: int, usual: Shift) -> Shift:
    if number in ALWAYS_RUNNING:
        return Shift.CONTINUOUS
    if number in STORY_SHIFTS:
        return STORY_SHIFTS[number]
    if number in REGISTERED_NIGHTS:
        return Shift.NIGHT
    if number in HIDDEN_NIGHTS or number == NIGHT_ONLY:
        return Shift.DAY
    return Shift.TWO if number == VALLEY_FURNACE else usual


def _habit(number: int, shift: Shift) -> Habit:
    if number in HIDDEN_NIGHTS:
        return Habit.HIDDEN_NIGHT
    if number == NIGHT_ONLY:
        return Habit.NIGHT_ONLY
    return Habit.VALLEY if number == VALLEY_FURNACE else Habit(shift.value)


def _production(number: int, trade: Trade, size_kw: float) -> list[Machine]:
    count = 2 if number in TWO_LINES | TWO_MACHINES else 1
    return [
        Machine(
            id=f"ZZ-{number:03d}-P{i + 1}",
            kind=Kind.PRODUCTION,
            name=trade.machines[i],
            rated_kw=round(size_kw / count, 1),
            line=i + 1 if number in TWO_LINES else 1,
            meter=f"ZZ-{number:03d}-P{i + 1}-M" if number % 3 == 1 else None,
        )
        for i in range(count)
    ]


def _treatment(number: int, trade: Trade, size_kw: float) -> list[Machine]:
    count = 2 if number in TWO_LINES | TWO_STAGES | STANDBY else 1
    return [
        Machine(
            id=f"ZZ-{number:03d}-T{i + 1}",
            kind=Kind.TREATMENT,
            name=trade.stages[i if number in TWO_STAGES else 0][1],
            rated_kw=round(max(5.5, size_kw * (0.12 if i == 0 else 0.09) / (2 if number in TWO_LINES else 1)), 1),
            line=i + 1 if number in TWO_LINES else 1,
            meter=f"ZZ-{number:03d}-T{i + 1}-M",
            stage=trade.stages[i if number in TWO_STAGES else 0][0],
            duty="standby" if number in STANDBY and i == 1 else "duty",
        )
        for i in range(count)
    ]
