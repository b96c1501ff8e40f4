"""Made-up stories of a small plant, for properties that must hold of any of them."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from analytics.engine import Engine
from core.alarm import Transition
from core.filing import Filing
from core.interval import Window
from core.readings import QUANTITIES, Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Meter, Registry, Threshold

START = 1_773_979_200_000
MINUTE = 60_000
MISSING = None

REGISTRY = Registry(
    enterprises=(Enterprise("a", "A", "d"), Enterprise("b", "B", "d", timezone="Europe/Berlin")),
    facilities=(
        Facility("a-P1", "a", Kind.PRODUCTION, on_kw=10),
        Facility("a-T1", "a", Kind.TREATMENT, on_kw=5, stage="dust"),
        Facility("a-T2", "a", Kind.TREATMENT, on_kw=5, stage="dust", duty="standby"),
        Facility("b-P1", "b", Kind.PRODUCTION, on_kw=10),
        Facility("b-T1", "b", Kind.TREATMENT, on_kw=5),
    ),
    meters=(
        Meter("a-P1-1", "a-P1"),
        Meter("a-P1-2", "a-P1"),
        Meter("a-T1", "a-T1"),
        Meter("a-T2", "a-T2", interval_s=300),
        Meter("b-P1", "b-P1"),
        Meter("b-T1", "b-T1"),
    ),
    thresholds=(
        Threshold("a-P1-1", "p", "above", 20, on_delay_s=120, off_delay_s=60),
        Threshold("a-P1-1", "p", "above", 25, on_delay_s=0, off_delay_s=60, severity=3, deadband=10),
        Threshold("a-T1", "p", "below", 3, on_delay_s=180, window=Window.parse("12:20-13:10")),
        Threshold("b-T1", "p", "below", 3, on_delay_s=0, off_delay_s=0, weekdays=frozenset({5})),
    ),
    filings=(
        Filing("f-1", "a", "maintenance", START, START + 25 * MINUTE, status="approved"),
        Filing("f-2", "b", "metering-fault", START + 10 * MINUTE, START + 40 * MINUTE, status="approved"),
    ),
)

_RUNS = st.lists(
    st.tuples(st.sampled_from([0.0, 4.0, 12.0, 30.0, float("nan"), MISSING]), st.integers(1, 22)),
    min_size=1,
    max_size=7,
)

Told = list[Transition]


def _series(runs: list[tuple[float | None, int]]) -> list[float | None]:
    return [value for value, count in runs for _ in range(count)]


@st.composite
def stories(
    draw: Callable[[st.SearchStrategy[list[tuple[float | None, int]]]], list[tuple[float | None, int]]],
) -> list[Readings]:
    """Batches of one instant each, a minute apart: every meter runs, stops, is absent or silent."""
    series = [_series(draw(_RUNS)) for _ in REGISTRY.meters]
    found = []
    for minute in range(max(len(values) for values in series)):
        here = [(m, v[minute]) for m, v in enumerate(series) if minute < len(v) and v[minute] is not MISSING]
        if here:
            found.append(instant([m for m, _ in here], START + minute * MINUTE, [p for _, p in here]))
    return found


def instant(meters: list[int], ts: int, powers: list[float | None]) -> Readings:
    values = np.full((len(meters), len(QUANTITIES)), np.nan)
    values[:, 0] = powers
    return readings(meters, [ts] * len(meters), values=values)


def judge(batches: list[Readings], engine: Engine | None = None) -> Told:
    """What an engine tells of these batches; a clock far ahead, so that nothing is refused as future."""
    engine = engine or Engine(REGISTRY)
    return [found for batch in batches for found in engine.step(batch, now=1 << 50)]


def regrouped(batches: list[Readings], cuts: set[int]) -> list[Readings]:
    """The same readings in batches that end after the instants numbered in `cuts`."""
    groups: list[list[Readings]] = [[]]
    for number, batch in enumerate(batches):
        groups[-1].append(batch)
        if number in cuts:
            groups.append([])
    return [concatenate(group) for group in groups if group]
