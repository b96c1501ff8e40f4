"""Drawing the enterprises of a city from its seed: 8–13 metered circuits each."""

from collections.abc import Iterator
from itertools import cycle, islice

import numpy as np

from core.registry import Kind, Shift
from nightwatt.simulate.trades import DISTRICTS, TRADES, District, Trade
from nightwatt.simulate.truth.site import Machine, Site
from nightwatt.simulate.works import Habit

Random = np.random.Generator

MEASURED = 5
"""The enterprise whose load follows a measured year, where one is given; every city has it."""

SOLVENT_STAGE = "废气治理"
LEAST, MOST = 8, 13
_OTHERS = ("空压机", "办公照明", "冷却水泵", "锅炉房", "仓储行车", "食堂宿舍")


def draw_sites(seed: int, enterprises: int) -> tuple[Site, ...]:
    """The city's enterprises, spread over the districts as in life."""
    places = [district for district in DISTRICTS for _ in range(district.enterprises)]
    order = np.random.default_rng([seed, 100]).permutation(len(places))
    spread = islice(cycle(places[int(i)] for i in order), enterprises)
    return tuple(_site(seed, number, district) for number, district in enumerate(spread, 1))


def _site(seed: int, number: int, district: District) -> Site:
    rng = np.random.default_rng([seed, 101, number])
    trade = TRADES["machining" if number == MEASURED else str(rng.choice(district.trades))]
    id = f"QY-{number:03d}"
    lines = 1 if number == MEASURED else int(rng.choice([1, 2], p=[0.45, 0.55]))
    size_kw = float(rng.uniform(*trade.size_kw))
    inner = tuple(_machines(rng, trade, id, lines=lines, size_kw=size_kw, measured=number == MEASURED))
    other_kw = size_kw * float(rng.uniform(0.03, 0.07))
    total = sum(m.rated_kw for m in inner) + other_kw
    feeder = _metered(rng, f"{id}-F", Kind.FEEDER, "总进线", total, interval=15, resolution=0.1)
    return Site(
        number=number,
        id=id,
        trade=trade,
        district=district,
        township=str(rng.choice(district.townships)),
        habit=_habit(rng, trade, number),
        lines=lines,
        other_kw=round(other_kw, 2),
        phase=float(rng.uniform(0, 6.28)),
        machines=(feeder, *inner),
    )


def _habit(rng: Random, trade: Trade, number: int) -> Habit:
    if number == MEASURED:
        return Habit.CONTINUOUS
    if Shift.CONTINUOUS not in trade.shifts and rng.random() < 0.08:
        return Habit.NIGHT
    return Habit(trade.shifts[int(rng.integers(len(trade.shifts)))].value)


def _machines(rng: Random, trade: Trade, id: str, *, lines: int, size_kw: float, measured: bool) -> Iterator[Machine]:
    """Of every line: production, then its stages; then circuits that belong to no line, until there are enough."""
    found: list[Machine] = []
    slow = rng.random() < 0.15
    for line in range(lines):
        pace = 5 if slow or rng.random() < 0.04 else 1
        found += _production(rng, trade, f"{id}-P{line + 1}", line=line, kw=size_kw / lines, pace=pace, one=measured)
        count = 2 if lines == 1 or rng.random() < 0.6 else 1
        for stage in range(count):
            mixed = 1 if rng.random() < 0.1 else pace
            name = f"{id}-T{line + 1}{stage + 1}"
            found += _stage(rng, trade, name, line=line, which=stage, kw=size_kw / lines * 0.14, pace=mixed)
    count = max(int(rng.integers(LEAST, MOST)) - 1 - len(found), int(rng.integers(1, 3)))
    for number in range(min(count, MOST - 1 - len(found))):
        kw = size_kw * float(rng.uniform(0.02, 0.06))
        name = _OTHERS[number % len(_OTHERS)]
        wrong_way = rng.random() < 0.03
        found.append(_metered(rng, f"{id}-A{number + 1}", Kind.AUXILIARY, name, kw, interval=1, wrong_way=wrong_way))
    yield from found


def _production(rng: Random, trade: Trade, id: str, *, line: int, kw: float, pace: int, one: bool) -> Iterator[Machine]:
    count = 1 if one else int(rng.choice([1, 2], p=[0.5, 0.5]))
    for number in range(count):
        idle = float(rng.choice([0.0, rng.uniform(0.004, 0.02), rng.uniform(0.01, 0.05)]))
        yield _metered(
            rng,
            f"{id}{number + 1}",
            Kind.PRODUCTION,
            trade.machines[number],
            kw / count,
            interval=pace,
            line=line,
            normal=0.82,
            idle=idle,
            process="measured" if one else trade.process,
            offset=(0, 0) if number == 0 else (int(rng.integers(0, 7)), int(rng.integers(0, 7))),
        )


def _stage(rng: Random, trade: Trade, id: str, *, line: int, which: int, kw: float, pace: int) -> Iterator[Machine]:
    """A stage has one facility, two that run together, or one and a standby."""
    stage, name = trade.stages[which]
    stage = "VOCs治理" if stage == SOLVENT_STAGE else stage
    shape = rng.choice(["single", "pair", "standby"], p=[0.55, 0.12, 0.33])
    process = (
        "carbon" if "活性炭" in name else str(rng.choice(["drive", "pulse"] if "除尘" in name else ["drive", "steady"]))
    )
    rests = shape == "single" and process == "drive" and rng.random() < 0.12
    for number in range(1 if shape == "single" else 2):
        yield _metered(
            rng,
            f"{id}{number + 1}",
            Kind.TREATMENT,
            f"{name}{number + 1}号",
            max(4.0, kw / (2 if shape == "pair" else 1)),
            interval=pace,
            line=line,
            stage=stage,
            duty="standby" if shape == "standby" and number == 1 else "duty",
            normal=0.55 if process == "carbon" else float(rng.uniform(0.72, 0.86)),
            idle=float(rng.choice([0.0, rng.uniform(0.003, 0.015)])),
            process=process,
            rests=rests,
        )


def _metered(
    rng: Random, id: str, kind: Kind, name: str, kw: float, *, interval: int, wrong_way: bool = False, **how: object
) -> Machine:
    """A machine with its meter; thresholds as a commissioning engineer sets them after looking at both states."""
    rated = round(kw, 1)
    normal, idle = float(how.get("normal", 0.8)), float(how.get("idle", 0.01))  # type: ignore[arg-type]
    switched = kind in (Kind.PRODUCTION, Kind.TREATMENT)
    share = max(0.1 * normal, 3.1 * idle) * float(rng.uniform(0.95, 1.15))
    on_kw = max(0.02, round(rated * share, 3)) if switched else None
    resolution = how.pop("resolution", None) or float(rng.choice([0.01, 0.1, 1.0], p=[0.6, 0.3, 0.1]))
    return Machine(
        id=id,
        meter=f"{id}-M",
        kind=kind,
        name=name,
        rated_kw=rated,
        on_kw=on_kw,
        off_kw=round(on_kw * 0.6, 4) if on_kw else None,
        interval=interval,
        resolution=float(resolution),  # type: ignore[arg-type]
        drift_ms=int(rng.integers(-20_000, 20_001)),
        wires=3 if rng.random() < 0.1 else 4,
        reversed=wrong_way,
        **how,  # type: ignore[arg-type]
    )
