"""Small bars of the 24 hours of a day, as paths for an SVG of 96 × 28 units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.imbalance import Imbalance
from core.interval import Window

HOURS = 24
HEIGHT = 28
STEP = 4


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Paths (SVG `d`): bars of night and day hours, and the tint behind the night."""

    night: str
    day: str
    tint: str
    peak_kw: float


def night_hours(window: str) -> tuple[bool, ...]:
    """Which hours of the day lie (by their middle) in a window like 22:00-06:00; none where it can't be read."""
    try:
        night = Window.parse(window)
    except ValueError:
        return (False,) * HOURS
    return tuple(night.holds(hour * 60 + 30) for hour in range(HOURS))


def sparkline(imbalance: Imbalance) -> Sparkline:
    """The hourly profile of a screening result."""
    night = night_hours(imbalance.night_window)
    peak = max((kw for kw in imbalance.profile_kw if math.isfinite(kw)), default=0.0)
    heights = [_height(kw, peak) for kw in imbalance.profile_kw]
    return Sparkline(
        night=_bars(heights, night),
        day=_bars(heights, [not is_night for is_night in night]),
        tint="".join(f"M{h * STEP} 0h{STEP}v{HEIGHT}h-{STEP}z" for h in range(HOURS) if night[h]),
        peak_kw=peak,
    )


def _height(kw: float, peak: float) -> float:
    if not math.isfinite(kw) or peak <= 0:
        return 0.0
    return round(max(0.0, kw) / peak * (HEIGHT - 2), 1)


def _bars(heights: Sequence[float], wanted: Sequence[bool]) -> str:
    return "".join(
        f"M{hour * STEP}.5 {HEIGHT}v-{height:g}h3v{height:g}z"
        for hour, (height, want) in enumerate(zip(heights, wanted, strict=False))
        if want and height > 0
    )
