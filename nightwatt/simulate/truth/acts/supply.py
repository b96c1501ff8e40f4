"""What comes over the feeder and the network: loads that nothing measures, power cuts, late readings, sags."""

from collections.abc import Iterable

from nightwatt.simulate.truth.script import Mark, Random, Script, drawn
from nightwatt.simulate.truth.spans import DAY, Span


def incomplete(script: Script, span: Span, *, meters: Iterable[str] = ()) -> None:
    """So long a hole may also be told as a day that is not complete, until the end of the next."""
    until = (span[1] // DAY + 2) * DAY
    script.event("silent", meters, (span[0], until), note="an incomplete day", required=False)


def unmetered_load(script: Script, day: int, rng: Random) -> bool:
    """A load of 15–40 % of the feeder that no meter sees, or a clamp that sees only a part; or a brief one."""
    length = drawn(rng, 150, 600)
    line = int(rng.integers(script.site.lines))
    start = script.slot(rng, day, length, line=line)
    if start is None or any(m.reversed for m in script.site.machines):
        return False
    if rng.random() < 0.25:
        length = int(rng.integers(20, 36))
    span, share = (start, start + length), float(rng.uniform(0.15, 0.4))
    total = script.typical_kw(span)
    note = f"{share:.0%} of the feeder for {length} min"
    if length < 60:
        script.unmetered.append((*span, total * share / (1 - share)))
        script.trap("balance", span, f"unmetered {note}")
        return True
    big = [m for m in script.site.production(line) if 0.2 * m.usual_kw < share * total < 0.75 * m.usual_kw]
    if big and rng.random() < 0.5:
        script.shown.append(Mark(big[0].id, *span, amount=1 - share * total / big[0].usual_kw))
        note = f"the clamp of {big[0].meter} misses {note}"
        script.allow(("tamper",), span, note)
    else:
        script.unmetered.append((*span, total * share / (1 - share)))
        note = f"unmetered {note}"
    script.event("balance", [script.site.id], span, due=start + 75, note=note)
    return True


def power_cut(script: Script, day: int, rng: Random) -> bool:
    """The enterprise has no power for 40 minutes to six hours, announced or not; or for 6–9 minutes."""
    brief = rng.random() < 0.25
    length = int(rng.integers(6, 10)) if brief else drawn(rng, 60, 360)
    start = script.anywhen(rng, day, length + 30)
    if start is None:
        return False
    announced = not brief and rng.random() < 0.2
    cut_power(script, (start, start + length), rng, brief=brief, announced=announced)
    return True


def cut_power(
    script: Script, span: Span, rng: Random, *, brief: bool = False, announced: bool = False, note: str = "power cut"
) -> None:
    """Nothing has power and no meter reports; production comes back some minutes after treatment."""
    note = f"{note} of {span[1] - span[0]} min"
    script.cut((span[0], span[1] + int(rng.integers(6, 16))))
    script.dead.append(span)
    if brief:  # a cut all the same, though it may be over before it is noticed
        script.allow(("power-cut", "silent"), span, note)
        return
    incomplete(script, span)
    if announced:
        script.file("power-cut", (span[0] - 20, span[1] + 60))
        script.trap("power-cut", span, f"{note}, announced")
        return
    script.event("power-cut", [], span, due=span[0] + 5, note=note)


def network_cut(script: Script, day: int, rng: Random) -> bool:
    """The gateway keeps everything for 10–60 minutes and sends it then."""
    length = int(rng.integers(10, 61))
    start = script.anywhen(rng, day, length)
    if start is None:
        return False
    span, note = (start, start + length), f"the gateway sends {length} min late"
    script.held.append(span)
    script.trap("interlock", span, note)
    script.allow(("silent", "power-cut"), span, note)
    return True


def sags(script: Script, day: int, rng: Random) -> bool:
    """All voltages at 70–88 % for one to three minutes, a few times."""
    start = script.anywhen(rng, day, 60)
    if start is None:
        return False
    for _ in range(int(rng.integers(1, 4))):
        begin = start + int(rng.integers(50))
        script.sags.append((begin, begin + int(rng.integers(1, 3)), float(rng.uniform(0.7, 0.88))))
    script.trap("phase", (start, start + 60), "voltage sags")
    return True
