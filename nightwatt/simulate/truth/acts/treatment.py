"""Treatment that is off, starts late or stops early while production runs; and what only looks like it."""

from nightwatt.simulate.truth.script import Mark, Random, Script, drawn
from nightwatt.simulate.truth.site import VOC
from nightwatt.simulate.truth.spans import DAY, Span

MAINTAINED = ("maintenance", "treatment-fault")


def switched_off(script: Script, day: int, rng: Random) -> bool:
    """A stage stands for 8–240 minutes while production runs; some of it was announced, rightly or not."""
    line, stage, slow = any_pair(script, rng)
    length = drawn(rng, 8 if slow == 1 else 25, 240)
    start = script.slot(rng, day, length, line=line)
    if start is None:
        return False
    span = (start, start + length)
    stop(script, line, stage, span)
    note = f"treatment off for {length} min"
    if rng.random() < 0.2:
        script.file(str(rng.choice(MAINTAINED)), _around(rng, span), facilities=_named(script, rng, line, stage))
        script.trap("interlock", span, f"{note}, announced and approved")
        return True
    if rng.random() < 0.1:
        note += _useless_filing(script, rng, span)
    script.event(
        "interlock",
        [script.site.pair(line, stage)],
        span,
        due=start + max(5, 2 * slow),
        severity=reached(length),
        note=note,
    )
    return True


def reached(length: int) -> int:
    """Severity of an interlock of so many minutes; where it is a close thing, the lower."""
    return 1 + (length >= 18) + (length >= 64)


def stop(script: Script, line: int, stage: str, span: Span) -> None:
    """All facilities of a stage are off."""
    script.stopped += [Mark(m.id, *span) for m in script.site.treatment(line, stage)]


def any_pair(script: Script, rng: Random) -> tuple[int, str, int]:
    line = int(rng.integers(script.site.lines))
    return line, str(rng.choice(script.site.stages(line))), script.site.slowest(line)


def _around(rng: Random, span: Span) -> Span:
    return span[0] - int(rng.integers(10, 60)), span[1] + int(rng.integers(15, 90))


def _named(script: Script, rng: Random, line: int, stage: str) -> list[str]:
    return [] if rng.random() < 0.4 else [m.id for m in script.site.treatment(line, stage)]


def _useless_filing(script: Script, rng: Random, span: Span) -> str:
    """One that does not explain it: not approved, or of something else."""
    if rng.random() < 0.5:
        status = str(rng.choice(["pending", "rejected"]))
        script.file("maintenance", _around(rng, span), status=status)
        return f"; the filing is {status}"
    script.file("process-change", _around(rng, span))
    return "; the filing announces something else"


def briefly_off(script: Script, day: int, rng: Random) -> bool:
    """A stage stands for at most four minutes, or twice with more than an hour between."""
    line, stage, slow = any_pair(script, rng)
    twice = rng.random() < 0.4
    start = script.slot(rng, day, 100, line=line)
    if start is None or slow > 1:
        return False
    for begin in (start, start + 80) if twice else (start,):
        stop(script, line, stage, (begin, begin + int(rng.integers(2, 5))))
    script.trap("interlock", (start, start + 100), "treatment off for 2–4 min" + (", twice in 80 min" if twice else ""))
    return True


def starts_late(script: Script, day: int, rng: Random) -> bool:
    """Treatment starts 13–40 minutes after production, or a few and that is no event."""
    line, stage, slow = any_pair(script, rng)
    start = _edge(script, rng, day, line, stage, which=0)
    if start is None:
        return False
    pair, trap = script.site.pair(line, stage), slow == 1 and rng.random() < 0.3
    late = int(rng.choice([3, 4, 7])) if trap else int(rng.integers(13 if slow == 1 else 28, 41 if slow == 1 else 46))
    script.starts[line, stage, start] = start + late
    span, note = (start, start + late), f"treatment on {late} min after production"
    if trap:
        script.trap("late-start", span, note)
        script.event("interlock", [pair], span, required=late < 7, note=note) if late == 7 else None
        return True
    script.event("late-start", [pair], span, due=start + max(10, 2 * slow), note=note)
    script.event("interlock", [pair], span, due=start + max(5, 2 * slow), severity=reached(late), note=note)
    return True


def stops_early(script: Script, day: int, rng: Random) -> bool:
    """Treatment stops 8 minutes before to 8 after production, where 10 (solvents: 30) after are due; or just enough."""
    line, stage, slow = any_pair(script, rng)
    end = _edge(script, rng, day, line, stage, which=1)
    if end is None or slow > 1:
        return False
    due = 30 if VOC in stage else 10
    if rng.random() < 0.25:
        lag = due + int(rng.integers(2, 4))
        script.stops[line, stage, end] = end + lag
        script.trap("early-stop", (end, end + lag), f"treatment off {lag} min after production, {due} are due")
        return True
    lag = int(rng.integers(12, 27)) if VOC in stage and rng.random() < 0.4 else int(rng.integers(-8, 9))
    script.stops[line, stage, end] = end + lag
    span, note = (min(end, end + lag), end + due), f"treatment off {lag} min after production"
    script.event("early-stop", [script.site.pair(line, stage)], span, due=max(end, end + lag) + 3, note=note)
    if lag <= -4:
        pair, before = script.site.pair(line, stage), (end + lag, end)
        script.event("interlock", [pair], before, due=end + lag + 5, note=note, required=lag <= -7)
    return True


def _edge(script: Script, rng: Random, day: int, line: int, stage: str, *, which: int) -> int | None:
    """A start (which=0) or end of a long run on that day, with two hours of standstill on its other side."""
    if any(m.rests for m in script.site.treatment(line, stage)):
        return None
    runs = script.runs[line]
    found = []
    for n, run in enumerate(runs):
        before = run[0] - runs[n - 1][1] if n else DAY
        after = runs[n + 1][0] - run[1] if n + 1 < len(runs) else DAY
        pause = (before, after)[which]
        inside = day * DAY + 60 <= run[which] < (day + 1) * DAY - 170
        if inside and run[1] - run[0] >= 180 and pause >= 130:
            found.append(run[which])
    return found[int(rng.integers(len(found)))] if found else None
