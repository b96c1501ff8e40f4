"""Limits of the dossier, exceeded or nearly."""

from dataclasses import replace
from typing import Any

from core.interval import Window
from core.registry import Kind, Threshold
from nightwatt.simulate.truth.script import Mark, Random, Script, drawn
from nightwatt.simulate.truth.site import Machine
from nightwatt.simulate.truth.spans import DAY


def limits_of(machines: tuple[Machine, ...], rng: Random) -> list[Threshold]:
    """What the dossier sets: power above on some treatment, voltage and power factor on some other circuits."""
    found: list[Threshold] = []
    for machine in machines:
        slow = machine.interval > 1
        delay = 900 if slow else int(rng.choice([300, 600]))
        if machine.kind is Kind.TREATMENT and machine.duty == "duty" and rng.random() < 0.35:
            top = 1.05 * machine.rated_kw
            found.append(_limit(machine, "p", "above", round(top, 2), delay, 0.05 * machine.rated_kw))
            if rng.random() < 0.3:
                found.append(_limit(machine, "p", "above", round(1.38 * top, 2), delay, 0, severity=2))
        if machine.kind is Kind.AUXILIARY and machine.wires == 4:
            side, value = ("above", 246.0) if rng.random() < 0.6 else ("below", 212.0)
            found.append(_limit(machine, "ua", side, value, delay, 1.5))
            if rng.random() < 0.5 and not machine.reversed:
                found.append(_limit(machine, "pf", "below", 0.75, delay, 0.01))
    by_day: dict[str, Any] = {"window": Window.parse("08:00-18:00"), "weekdays": frozenset(range(1, 6))}
    return [replace(row, **by_day) if row.quantity != "p" and rng.random() < 0.25 else row for row in found]


def _limit(
    machine: Machine, quantity: str, side: str, value: float, delay: int, deadband: float, *, severity: int = 1
) -> Threshold:
    return Threshold(
        machine.meter,
        quantity,
        side,
        value,
        on_delay_s=delay,
        off_delay_s=300,
        deadband=round(deadband, 3),
        severity=severity,
    )


def over_limit(script: Script, day: int, rng: Random) -> bool:
    """A limit is exceeded for long enough; or only nearly, too briefly, or outside its hours."""
    if not script.thresholds:
        return False
    row = script.thresholds[int(rng.integers(len(script.thresholds)))]
    machine = next(m for m in script.site.machines if m.meter == row.meter)
    delay = row.on_delay_s // 60
    kind = str(rng.choice(["over", "nearly", "briefly", "aside"], p=[0.65, 0.12, 0.13, 0.1]))
    if (kind == "aside") != (not _in_force(row, day)) or (kind == "briefly" and machine.interval > 1):
        return False
    if kind == "nearly" and row.severity > 1:  # what is nearly over the second limit is over the first
        return False
    length = delay - int(rng.integers(2, 4)) if kind == "briefly" else delay + drawn(rng, 5 * machine.interval, 90)
    start = _start(script, row, machine, length, day=day, rng=rng)
    if start is None:
        return False
    span, value = (start, start + length), _value(row, rng, nearly=kind == "nearly")
    if row.quantity == "p":
        script.fixed.append(Mark(machine.id, *span, amount=value))
    else:
        script.oddities.append(Mark(machine.id, *span, amount=value, how=row.quantity))
    subject = f"{row.meter}/{row.quantity}/{row.side}"
    note = f"{row.quantity} of {row.meter} at {value:.4g}, limit {row.side} {row.value:g}, {length} min"
    if kind == "over":
        script.event("threshold", [subject], span, due=start + delay, severity=row.severity, note=note)
    else:
        script.trap("threshold", span, f"{note} ({kind})")
    return True


def _value(row: Threshold, rng: Random, *, nearly: bool) -> float:
    """Past the limit by 2–20 %, or short of it by 2–4 % and of its deadband."""
    sign = 1 if row.side == "above" else -1
    wide = {"p": (0.06, 0.3), "pf": (0.04, 0.3)}.get(row.quantity, (0.015, 0.05))
    if nearly:
        return row.value * (1 - sign * float(rng.uniform(wide[0] * 0.7, wide[0])))
    return row.value * (1 + sign * float(rng.uniform(*wide)))


def _in_force(row: Threshold, day: int) -> bool:
    return day % 7 + 1 in row.weekdays


def _start(script: Script, row: Threshold, machine: Machine, length: int, *, day: int, rng: Random) -> int | None:
    if row.quantity == "p":
        start = script.slot(rng, day, length, line=machine.line)
    else:
        start = script.anywhen(rng, day, length)
    if row.window is None or start is None:
        return start
    first, last = (t.hour * 60 + t.minute for t in (row.window.start, row.window.end))
    inside = day * DAY + first + 5 <= start and start + length <= day * DAY + last - 5
    return start if inside else None
