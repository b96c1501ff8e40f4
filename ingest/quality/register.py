"""A register that falls to zero for a moment, runs backwards, or further than its circuit can.

The register that *stands* is the newest one that was not a spurious zero; each reading is compared with it.
"""

from dataclasses import dataclass

import numpy as np

from core.interval import DAY_MS, HOUR_MS
from core.readings import EP, FloatArray, IntArray
from ingest.quality.circuits import Circuits
from ingest.quality.past import NEVER, Past
from ingest.quality.rows import BoolArray, Rows

NOISE_KWH = 1e-6
NOISE_SHARE = 1e-7
"""A step back of less is the rounding of a 32-bit float, or of the ratio applied to it."""

MARGIN = 3.0
SLACK_KWH = 2.0
"""A register may move by so many times what the circuit is known to draw, and by this in any case."""

UNKNOWN_KW = 1_000.0
UNKNOWN_MARGIN = 10.0
WATCHED_FOR_MS = 7 * DAY_MS
"""A circuit without a rating that has not been watched for so long may draw the larger of this power and this many
times what has been seen of it: nobody saw what it does between its readings, or in an outage."""

UNKNOWN_STEP_KWH = 100.0
"""How much a register may move at once that has not been seen to move, a tenth of the ratio where that is more."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Of n rows: the register is a spurious zero, it jumped, and its smallest step so far (infinite if unknown)."""

    zero: BoolArray
    jump: BoolArray
    step_kwh: FloatArray


def judge_registers(rows: Rows, past: Past, *, circuits: Circuits, most_kw: FloatArray) -> Verdict:
    """Judge rows and move the past's registers on. `most_kw` (n,) is the highest |p| seen up to each row."""
    n = len(rows)
    known = ~np.isnan(rows.quantity(EP))
    if known.all():
        return _judge(rows, past, circuits=circuits, most_kw=most_kw)
    some = _judge(rows.those(known), past, circuits=circuits, most_kw=most_kw[known])
    found = Verdict(np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_), np.full(n, np.inf))
    found.zero[known], found.jump[known], found.step_kwh[known] = some.zero, some.jump, some.step_kwh
    return found


def _judge(rows: Rows, past: Past, *, circuits: Circuits, most_kw: FloatArray) -> Verdict:
    ep = rows.quantity(EP)
    before = rows.before(ep, past.ep)
    zero = (ep == 0) & (before > 0)
    # After a spurious zero what stood before it still stands; a second zero is then a step back to a new beginning.
    standing = np.where(rows.before(zero, past.ep_was_zero), rows.before(before, past.ep_before), before)
    moved = ep - standing
    noise = np.maximum(NOISE_KWH, NOISE_SHARE * np.abs(standing))
    since, stood_since = _since(rows, past, changed=~zero & (moved != 0))
    step = rows.running(rows.joined(np.where(moved > noise, moved, np.inf), past.ep_step, np.fmin), np.fmin)
    allowed = _allowed_kwh(rows, past, circuits=circuits, most_kw=most_kw, since=stood_since)
    coarse = np.maximum(UNKNOWN_STEP_KWH, circuits.ratio[rows.meter] / 10)
    step_before = rows.before(step, past.ep_step)
    allowed += np.maximum(SLACK_KWH, np.where(np.isinf(step_before), coarse, step_before))
    for column, kept in (
        (ep, past.ep),
        (standing, past.ep_before),
        (zero, past.ep_was_zero),
        (since, past.ep_since),
        (step, past.ep_step),
    ):
        rows.keep(column, kept)
    return Verdict(zero, ~zero & ((moved < -noise) | (moved > allowed)), step)


def _since(rows: Rows, past: Past, *, changed: BoolArray) -> tuple[IntArray, IntArray]:
    """Since when the register stands that stands after each row, and the one that stood before it.

    A register that counts in coarse steps may have gathered nearly a step by now, so time counts from
    the step before, not from the reading before.
    """
    since = np.where(changed, rows.ts, past.ep_since[rows.meter])[rows.since(changed)]
    return since, rows.before(since, past.ep_since)


def _allowed_kwh(rows: Rows, past: Past, *, circuits: Circuits, most_kw: FloatArray, since: IntArray) -> FloatArray:
    """What the circuit can have drawn; infinite where neither rating nor power tells.

    The powers at both ends say little of a long gap: while nobody listened the circuit may have run at full load.
    So the limit is the most that is known of it, not what it draws now.
    """
    rated = circuits.rated_kw[rows.meter]
    watched = rows.ts - past.first_ts[rows.meter] >= WATCHED_FOR_MS
    unwatched_kw = np.maximum(UNKNOWN_KW, UNKNOWN_MARGIN * most_kw)
    most = np.where(watched | ~np.isnan(rated), np.fmax(rated, most_kw), unwatched_kw)
    hours = np.where(since == NEVER, np.inf, (rows.ts - np.where(since == NEVER, 0, since)) / HOUR_MS)
    with np.errstate(over="ignore", invalid="ignore"):
        allowed: FloatArray = MARGIN * most * hours
    return np.where(np.isnan(allowed), np.inf, allowed)
