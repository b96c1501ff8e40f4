"""Filed shutdowns and control orders, kept or broken, and short trial runs."""

import numpy as np

from core.interval import Window
from core.order import REVOKED, Order
from nightwatt.simulate.truth.script import Mark, Random, Script
from nightwatt.simulate.truth.spans import DAY, Span, common

RUN_DOWN = 60


def shutdown(script: Script, day: int, rng: Random) -> bool:
    """A shutdown is filed for one to three days; half of those who file it produce in it all the same."""
    count = int(rng.integers(1, 4))
    if not script.free(day, count):
        return False
    script.taken |= set(range(day, day + count))
    if rng.random() < 0.12 and script.producing((day * DAY + 480, day * DAY + 900)):
        span = (day * DAY + 30, (day + count) * DAY - 120)
        script.file("shutdown", span, status=str(rng.choice(["pending", "rejected"])))
        script.trap("contradiction", span, "production runs in a shutdown that was filed and not approved")
        return True
    span = (day * DAY + int(rng.integers(20, 360)), (day + count) * DAY - int(rng.integers(110, 400)))
    script.cut(span)
    id = script.file("shutdown", span)
    if rng.random() < 0.5:
        script.trap("contradiction", span, f"shutdown {id} is kept")
        _bump(script, rng, span)
        return True
    line = int(rng.integers(script.site.lines))
    run = _secret_run(script, rng, span, 45 if script.site.slowest(line) > 1 else 30, 480, line=line)
    note = f"production runs {run[1] - run[0]} min in shutdown {id}"
    script.event("contradiction", [id], run, due=run[0] + 10, severity=2, note=note)
    return True


def _secret_run(script: Script, rng: Random, span: Span, low: int, high: int, *, line: int) -> Span:
    """Produce on one line somewhere in the span, which is otherwise without production."""
    room = span[1] - span[0] - 260
    length = int(rng.integers(low, max(low + 1, min(high, room))))
    start = span[0] + 130 + int(rng.integers(max(1, room - length)))
    script.produce((start, start + length), line)
    return start, start + length


def _bump(script: Script, rng: Random, span: Span) -> None:
    """A machine is tried out for a minute."""
    machines = script.site.production()
    machine = machines[int(rng.integers(len(machines)))]
    start = int(rng.integers(span[0] + 120, span[1] - 60))
    script.bumps.append(Mark(machine.id, start, start + 1, amount=0.5))


def trial(script: Script, day: int, rng: Random) -> bool:
    """Machines that stand are tried out, a minute each."""
    start = script.pause(rng, day, 60)
    if start is None:
        return False
    for machine in script.site.production():
        begin = start + int(rng.integers(60))
        script.bumps.append(Mark(machine.id, begin, begin + 1, amount=float(rng.uniform(0.3, 0.7))))
    script.trap("interlock", (start, start + 60), "trial runs of a minute")
    return True


def _order(script: Script, kind: str, span: Span, **how: object) -> str:
    id = f"ZL-{script.site.number:03d}-{len(script.orders) + 1:02d}"
    scope = how.pop("scope", script.site.id)
    script.orders.append(Order(id, str(scope), kind, script.at(span[0]), script.at(span[1]), **how))  # type: ignore[arg-type]
    return id


def stop(script: Script, day: int, rng: Random) -> bool:
    """All production, or a line, is told to stop for one to three days."""
    count = int(rng.integers(1, 4))
    if not script.free(day, count):
        return False
    script.taken |= set(range(day, day + count))
    span = (day * DAY + int(rng.integers(30, 600)), (day + count) * DAY - int(rng.integers(110, 300)))
    lines = list(range(script.site.lines))
    if len(lines) > 1 and rng.random() < 0.3:
        lines = [int(rng.integers(2))]
    scope = script.site.id if len(lines) == script.site.lines else script.site.line_id(lines[0])
    if rng.random() < 0.2:
        _excused(script, rng, span, lines=lines, scope=scope)
        return True
    id = _order(script, "stop", span, scope=scope, level=str(rng.choice(["orange", "red"])))
    quiet = (span[0] + int(rng.integers(5, 50)), span[1] + int(rng.integers(5, 60)))
    going_on = script.producing((span[0] - 60, span[0] + 700))
    if rng.random() < 0.5:
        script.cut(quiet, lines=lines)
        script.trap("stop-order", span, f"stop order {id} is kept")
        return True
    if lines[0] in going_on and rng.random() < 0.5 and span[1] - span[0] > 800:
        until = span[0] + int(rng.integers(300, 660))
        script.cut((until, quiet[1]), lines=lines)
        run = (span[0] + RUN_DOWN, until)
    else:
        script.cut(quiet, lines=lines)
        run = _secret_run(script, rng, (span[0] + RUN_DOWN, span[1]), 245, 600, line=lines[0])
    hour = -(-run[0] // 60) * 60
    note = f"production from {run[0] - span[0]} to {run[1] - span[0]} min after stop order {id}"
    script.event("stop-order", [id], run, due=hour + 120, severity=2, note=note)
    return True


def _excused(script: Script, rng: Random, span: Span, *, lines: list[int], scope: str) -> None:
    """A stop order that leaves room: for a guaranteed load, by an exemption, or by being revoked before its end."""
    machines = [m for line in lines for m in script.site.production(line)]
    how = str(rng.choice(["guaranteed", "exempt", "revoked"] if len(lines) > 1 else ["guaranteed", "revoked"]))
    if how == "guaranteed":
        _order(script, "stop", span, scope=scope, guaranteed_kw=round(0.35 * sum(m.usual_kw for m in machines), 1))
        share = float(rng.uniform(0.22, 0.28))
        script.scaled += [Mark(m.id, *span, amount=share) for m in machines]
    elif how == "exempt":
        _order(script, "stop", span, scope=scope)
        _order(script, "exempt", span, scope=script.site.line_id(0))
        script.cut((span[0] + 20, span[1] + 10), lines=lines[1:])
    else:
        until = int(rng.integers(span[0] + 60, span[1]))
        _order(script, "stop", (span[0], until), scope=scope, status=REVOKED)
        script.cut((span[0] + 20, until + 10), lines=lines)
    script.trap("stop-order", span, f"some production under a stop order: {how}")


def limit(script: Script, day: int, rng: Random) -> bool:
    """Production of a working day is told to fall by 30–50 %."""
    varied = script.site.production()[0].process == "measured"
    if varied or not script.free(day, 1) or day % 7 > 4 or not _usual_day(script, day):
        return False
    script.taken.add(day)
    span, percent = (day * DAY, (day + 1) * DAY), int(rng.choice([30, 40, 50]))
    id = _order(script, "limit", span, value=float(percent), level=str(rng.choice(["yellow", "orange"])))
    allowed = 1 - percent / 100
    kept = rng.random() < 0.5
    share = allowed * float(rng.uniform(0.8, 0.92)) if kept else min(1.0, allowed * float(rng.uniform(1.25, 1.8)))
    script.scaled += [Mark(m.id, *span, amount=share) for m in script.site.production()]
    note = f"{share:.0%} of the usual production under limit order {id} of {percent} %"
    if kept:
        script.trap("limit-order", span, note)
    else:
        script.event("limit-order", [id], span, severity=2, note=note)
    return True


def _usual_day(script: Script, day: int) -> bool:
    """Whether every line is to produce that day about as long as on most working days of the two weeks before."""
    before = np.array([_minutes(script, d) for d in range(day - 14, day) if d % 7 < 5])
    mine, median = np.array(_minutes(script, day)), np.median(before, axis=0)
    close = np.abs(before - median) <= 0.06 * median
    return bool(mine.min() > 240 and (np.abs(mine - median) <= 0.05 * median).all() and (close.sum(axis=0) >= 6).all())


def _minutes(script: Script, day: int) -> list[int]:
    spans = [common(runs, [(day * DAY, (day + 1) * DAY)]) for runs in script.runs]
    return [sum(b - a for a, b in rows) for rows in spans]


def window(script: Script, day: int, rng: Random) -> bool:
    """Production is forbidden in a window of every day for one to three days."""
    count = int(rng.integers(1, 4))
    if not script.free(day, count + 1):
        return False
    # The last window may end on the morning after.
    script.taken |= set(range(day, day + count + 1))
    text = str(rng.choice(["22:00-06:00", "23:00-07:00", "12:00-18:00", "08:00-11:00"]))
    begin, end = (int(part[:2]) * 60 for part in text.split("-"))
    length = (end - begin) % DAY
    windows = [((day + n) * DAY + begin, (day + n) * DAY + begin + length) for n in range(count)]
    order = (windows[0][0] - 60, windows[-1][1] + 60)
    id = _order(script, "window", order, window=Window.parse(text))
    broken = int(rng.integers(count)) if rng.random() < 0.55 else -1
    for number, (first, last) in enumerate(windows):
        if number != broken:
            late = int(rng.choice([-10, 0, 4])) if script.site.habit != "night" else 0
            script.cut((first + late, last + int(rng.integers(0, 20))))
    if broken < 0:
        script.trap("window-order", order, f"window order {id} is kept")
        return True
    run = _run_in(script, rng, windows[broken])
    note = f"production for {run[1] - run[0]} min in the window of order {id}"
    script.event("window-order", [id], run, due=run[0] + 10, severity=2, note=note)
    return True


def _run_in(script: Script, rng: Random, inside: Span) -> Span:
    """Produce 20–280 minutes in a window, whatever was planned there."""
    line = int(rng.integers(script.site.lines))
    least = 40 if script.site.slowest(line) > 1 else 20
    length = int(rng.integers(least, min(280, inside[1] - inside[0] - 20)))
    start = inside[0] + int(rng.choice([0, int(rng.integers(inside[1] - inside[0] - length - 5))]))
    script.cut((inside[0], start))
    script.cut((start + length, inside[1] + 10))
    script.cut((start, start + length))
    script.produce((start, start + length), line)
    return start, start + length
