"""Series of one meter, minute by minute, and the same judged one by one in plain Python."""

import math
from dataclasses import dataclass, field

import numpy as np

from core.interval import HOUR_MS, MINUTE_MS
from core.readings import COLUMN, QUANTITIES, Quality, Readings, readings
from ingest.quality import Circuits, Marks
from tests.cases import NOON

NAN = float("nan")
LOADED = {"p": 60.0, "ua": 230.1, "ub": 229.7, "uc": 231.0, "ia": 91.2, "ib": 90.8, "ic": 91.0, "pf": 0.95}


def circuit(rated_kw: float = NAN, ratio: float = 1.0, meters: int = 1) -> Circuits:
    return Circuits(np.full(meters, rated_kw), np.full(meters, ratio))


def series(rows: list[dict[str, float]], *, step_ms: int = MINUTE_MS, start: int = NOON, meter: int = 0) -> Readings:
    """One reading for each row of quantities."""
    values = np.full((len(rows), len(QUANTITIES)), np.nan)
    for number, row in enumerate(rows):
        for name, value in row.items():
            values[number, COLUMN[name]] = value
    return readings([meter] * len(rows), start + step_ms * np.arange(len(rows)), values=values)


def marks_of(batch: Readings, circuits: Circuits | None = None) -> list[Quality]:
    marked = Marks(circuits if circuits is not None else circuit()).mark(batch)
    return [Quality(q) for q in marked.quality.tolist()]


def rows_marked(batch: Readings, mark: Quality, circuits: Circuits | None = None) -> list[int]:
    return [row for row, quality in enumerate(marks_of(batch, circuits)) if mark in quality]


@dataclass
class OneByOne:
    """The rules of docs/quality.md for one meter, said again as plainly as they can be."""

    rated_kw: float = NAN
    ratio: float = 1.0
    seen: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    standing: tuple[int, float] | None = None
    zero_before: bool = False
    steps: list[float] = field(default_factory=list)

    def mark(self, ts: int, values: tuple[float, ...], quality: Quality) -> Quality:
        by_name = dict(zip(QUANTITIES, values, strict=True))
        if self._zero_power(by_name):
            quality |= Quality.SPURIOUS_ZERO
        if quality & (Quality.CLOCK_SKEW | Quality.INVALID) or (self.seen and ts <= self.seen[-1][0]):
            return quality
        self.seen.append((ts, values))
        if not math.isnan(by_name["ep"]):
            quality |= self._register(ts, by_name["ep"])
        return quality | (Quality.FROZEN if self._frozen(ts, by_name) else Quality.GOOD)

    def _zero_power(self, by_name: dict[str, float]) -> bool:
        if by_name["p"] != 0:
            return False
        phases = [abs(by_name[f"u{x}"] * by_name[f"i{x}"]) / 1000 for x in "abc"]
        kva, pf, q = sum(s for s in phases if not math.isnan(s)), abs(by_name["pf"]), by_name["q"]
        beside_q = math.sqrt(max(kva**2 - (0 if math.isnan(q) else q) ** 2, 0))
        if pf > 0:
            kw = kva * min(pf, 1)
        elif math.isnan(pf) and abs(q) > 0:
            kw = beside_q
        else:
            kw = beside_q if beside_q >= self.rated_kw / 2 else 0
        return kw >= max(0.5, 0.005 * self.ratio, 0 if math.isnan(self.rated_kw) else self.rated_kw / 20)

    def _register(self, ts: int, ep: float) -> Quality:
        if self.standing is None:
            self.standing = (ts, ep)
            return Quality.GOOD
        since, stood = self.standing
        if ep == 0 and stood > 0 and not self.zero_before:
            self.zero_before = True
            return Quality.SPURIOUS_ZERO
        self.zero_before = False
        moved, noise = ep - stood, max(1e-6, 1e-7 * abs(stood))
        at_once = min(self.steps) if self.steps else max(100, self.ratio / 10)
        allowed = 3 * self._most_kw(ts) * (ts - since) / HOUR_MS + max(2, at_once)
        if moved > noise:
            self.steps.append(moved)
        if moved != 0:
            self.standing = (ts, ep)
        return Quality.REGISTER_JUMP if moved < -noise or moved > allowed else Quality.GOOD

    def _most_kw(self, ts: int) -> float:
        powers = [abs(values[0]) for _, values in self.seen if not math.isnan(values[0])]
        if not math.isnan(self.rated_kw):
            return max([self.rated_kw, *powers])
        if not powers:
            return math.inf
        watched = ts - self.seen[0][0] >= 7 * 24 * HOUR_MS
        return max(powers) if watched else max(1000, 10 * max(powers))

    def _frozen(self, ts: int, by_name: dict[str, float]) -> bool:
        run = [self.seen[-1]]
        for earlier in reversed(self.seen[:-1]):
            if not np.array_equal(earlier[1], run[-1][1], equal_nan=True):
                break
            run.append(earlier)
        if ts - run[-1][0] < 30 * MINUTE_MS or len(run) < 6:
            return False
        shown = {name for name, value in by_name.items() if value != 0 and not math.isnan(value)}
        step = min(self.steps) if self.steps else max(1, self.ratio / 10)
        drawn = by_name["p"] * (ts - run[-1][0]) / HOUR_MS
        stuck = not math.isnan(by_name["ep"]) and drawn >= 10 * step
        varying = len(shown & {"p", "q", "ua", "ub", "uc", "ia", "ib", "ic"}) >= 2
        return bool(shown & {"p", "ia", "ib", "ic"}) and (varying or stuck)
