"""From what a facility drew to a proposal, after the domain's formula.

on = max(0.1 × median P when on, 3 × P99 when off, 0.02 kW), off = 0.6 × on. The two groups are apart if neither is
too small to be sure of, next to nothing lies between them, and the on-threshold stays below the running group.
"""

import math
from dataclasses import dataclass

from analytics.learning.gathered import Draw, edges_kw
from analytics.learning.proposal import Proposal, Reason, Verdict
from analytics.learning.split import otsu, quantile_kw, share_between
from core.interval import MINUTE_MS


@dataclass(frozen=True, slots=True)
class Learning:
    """Defaults of the learner.

    days             fewest covered days; `good_days` are needed for full confidence
    least_on_kw      no on-threshold is lower
    least_ms         shortest total time that either group must have lasted
    idle_from, idle_to  between these shares of the usual load it is neither stopped nor surely running
    between          share of readings there that is too much
    """

    days: int = 14
    good_days: int = 28
    share_of_median: float = 0.1
    times_off: float = 3.0
    least_on_kw: float = 0.02
    off_share: float = 0.6
    limit_times: float = 1.2
    least_ms: int = 30 * MINUTE_MS
    idle_from: float = 0.05
    idle_to: float = 0.2
    between: float = 0.02


@dataclass(frozen=True, slots=True)
class _Levels:
    """The two groups in numbers; kW."""

    split_kw: float
    separation: float
    median_on: float
    low_on: float
    p99_off: float
    top: float
    on_share: float
    on_kw: float


def judged(draw: Draw, *, enterprise: str, from_at: int, to_at: int, settings: Learning) -> Proposal:
    """The proposal for one facility."""
    levels = _levels(draw, settings)
    asks, doubts = _asks(draw, levels, settings), _doubts(draw, levels, settings)
    confidence = math.prod(reason.share for reason in doubts) * (0.3 if asks else 1.0)
    some = levels is not None and not any(reason.code in _NOTHING for reason in asks)
    on = levels.on_kw if levels and some else math.nan
    return Proposal(
        facility=draw.facility,
        enterprise=enterprise,
        on_kw=on,
        off_kw=settings.off_share * on,
        limit_kw=settings.limit_times * levels.top if levels and levels.top > settings.least_on_kw else math.nan,
        split_kw=levels.split_kw if levels else math.nan,
        median_on_kw=levels.median_on if levels else math.nan,
        p99_off_kw=levels.p99_off if levels else math.nan,
        on_share=levels.on_share if levels else math.nan,
        separation=levels.separation if levels else 0.0,
        days=draw.days,
        readings=draw.readings,
        from_at=from_at,
        to_at=to_at,
        edges_kw=edges_kw(),
        counts=draw.counts,
        verdict=Verdict.ASK if asks else Verdict.APART,
        confidence=round(min(confidence, MOST_CONFIDENT) if some else 0.0, 3),
        reasons=(*asks, *sorted(doubts, key=lambda reason: reason.share)),
    )


MOST_CONFIDENT = 0.99
"""A month of readings is no proof of what the next will bring."""

_NOTHING = frozenset({"no-readings", "frozen", "never-runs", "never-stops"})
"""Reasons for which no number is worth proposing."""


def _levels(draw: Draw, settings: Learning) -> _Levels | None:
    split = otsu(draw.counts)
    if split is None:
        return None
    below, above = draw.counts.copy(), draw.counts.copy()
    below[split.cut :], above[: split.cut] = 0, 0
    median_on, p99_off = quantile_kw(above, 0.5), quantile_kw(below, 0.99)
    return _Levels(
        split_kw=float(edges_kw()[split.cut]),
        separation=split.separation,
        median_on=median_on,
        low_on=quantile_kw(above, 0.05),
        p99_off=p99_off,
        top=quantile_kw(above, 0.995),
        on_share=float(above.sum() / draw.readings),
        on_kw=max(settings.share_of_median * median_on, settings.times_off * p99_off, settings.least_on_kw),
    )


def _asks(draw: Draw, levels: _Levels | None, settings: Learning) -> list[Reason]:
    """Why a person must decide; none where the groups are apart."""
    if not draw.readings:
        return [Reason("no-readings")]
    found = []
    if draw.days < settings.days:
        found.append(_reason("too-few-days", days=draw.days, wanted=settings.days))
    if draw.highest_kw < settings.least_on_kw:
        return [*found, _reason("never-runs", kw=draw.highest_kw)]
    if draw.lowest_kw == draw.highest_kw:
        return [*found, Reason("frozen")]
    if levels is None:
        return [*found, _reason("never-stops", percent=100 * draw.lowest_kw / draw.highest_kw)]
    return found + _group_asks(draw, levels, settings)


def _group_asks(draw: Draw, levels: _Levels, settings: Learning) -> list[Reason]:
    usual = levels.median_on
    stopped = share_between(draw.counts, 0.0, settings.idle_from * usual)
    idle = share_between(draw.counts, settings.idle_from * usual, settings.idle_to * usual)
    if not stopped and idle <= settings.between:
        return [_reason("never-stops", percent=100 * quantile_kw(draw.counts, 0.001) / usual)]
    for code, share in (("too-rarely-stops", 1 - levels.on_share), ("too-rarely-runs", levels.on_share)):
        lasted = share * draw.readings * draw.interval_ms
        if lasted < settings.least_ms:
            return [_reason(code, minutes=lasted / MINUTE_MS)]
    if idle > settings.between:
        return [_between(draw, levels, idle, settings)]
    if levels.on_kw > levels.low_on:
        return [_reason("overlap", off_kw=levels.p99_off, on_kw=levels.low_on)]
    return []


def _between(draw: Draw, levels: _Levels, idle: float, settings: Learning) -> Reason:
    """A third level, or readings all over the space between: told apart by how narrow they lie."""
    low, high = settings.idle_from * levels.median_on, settings.idle_to * levels.median_on
    inside = draw.counts.copy()
    inside[(edges_kw() < low) | (edges_kw() >= high)] = 0
    narrow = quantile_kw(inside, 0.9) < 1.5 * quantile_kw(inside, 0.1)
    if narrow:
        return _reason("three-levels", kw=quantile_kw(inside, 0.5), percent=100 * idle)
    return _reason("not-apart", percent=100 * idle)


def _doubts(draw: Draw, levels: _Levels | None, settings: Learning) -> list[Reason]:
    """What lowers the confidence, and by how much."""
    found = []
    if settings.days <= draw.days < settings.good_days:
        share = 0.8 + 0.2 * (draw.days - settings.days) / (settings.good_days - settings.days)
        found.append(_reason("few-days", share, days=draw.days, wanted=settings.good_days))
    if draw.negative:
        found.append(_reason("negative", 0.9, percent=100 * draw.negative / max(1, draw.readings)))
    if draw.unsound > 0.05 * (draw.readings + draw.unsound):
        found.append(_reason("unsound", 0.8, percent=100 * draw.unsound / (draw.readings + draw.unsound)))
    return found + (_level_doubts(draw, levels) if levels else [])


def _level_doubts(draw: Draw, levels: _Levels) -> list[Reason]:
    found = []
    for code, share in (("rarely-runs", levels.on_share), ("rarely-stops", 1 - levels.on_share)):
        if share < 0.02:
            found.append(_reason(code, 0.6 + 20 * share, percent=100 * share))
    near = share_between(draw.counts, 0.6 * levels.on_kw, 1.6 * levels.on_kw)
    if near > 0:
        found.append(_reason("near", max(0.3, 1 - 20 * near), percent=100 * near))
    decades = math.log10(levels.low_on / max(levels.p99_off, levels.low_on / 1000))
    found.append(_reason("gap", min(1.0, 0.4 + 0.6 * max(0.0, decades)), decades=decades))
    return found


def _reason(code: str, share: float = 1.0, **values: float) -> Reason:
    return Reason(code, share, tuple(values.items()))
