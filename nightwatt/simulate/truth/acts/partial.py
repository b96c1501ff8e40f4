"""Treatment that runs only partly: low, by fits and starts; and standbys that take over, which is as it should be."""

from nightwatt.simulate.truth.acts.treatment import any_pair, stop
from nightwatt.simulate.truth.script import Mark, Random, Script, drawn
from nightwatt.simulate.truth.site import Machine
from nightwatt.simulate.truth.spans import Span


def runs_low(script: Script, day: int, rng: Random) -> bool:
    """A facility at 14–50 % of what it usually draws for 45–300 minutes; or at 68–75 %, or only for 12–20 minutes."""
    machine = _driven(script, rng)
    trap = rng.random() < 0.35
    if machine is None:
        return False
    brief = trap and rng.random() < 0.5 and machine.interval == 1
    length = int(rng.integers(12, 21)) if brief else drawn(rng, 45 if machine.interval == 1 else 60, 300)
    start = script.slot(rng, day, length, line=machine.line)
    share = float(rng.uniform(0.68, 0.75)) if trap and not brief else _low_share(rng)
    kw = machine.usual_kw * share
    if start is None or machine.on_kw is None or kw < 1.3 * machine.on_kw:
        return False
    span, note = (start, start + length), f"at {share:.0%} for {length} min"
    script.fixed.append(Mark(machine.id, *span, amount=kw))
    if trap:
        script.trap("idling", span, note)
        return True
    # Two that run together share the work: one of them being low is a matter of opinion.
    alone = sum(m.duty == "duty" for m in script.site.treatment(machine.line, machine.stage)) == 1
    severity = 1 + (share < 0.3)
    script.event("idling", [machine.id], span, due=start + 30, severity=severity, note=note, required=alone)
    return True


def _low_share(rng: Random) -> float:
    return float(rng.uniform(0.14, 0.26) if rng.random() < 0.5 else rng.uniform(0.34, 0.5))


def _driven(script: Script, rng: Random) -> Machine | None:
    found = [m for m in script.site.treatment() if m.duty == "duty" and not m.rests and not m.reversed]
    return found[int(rng.integers(len(found)))] if found else None


def fits_and_starts(script: Script, day: int, rng: Random) -> bool:
    """On for 3–8 minutes, off for 4–8, for one to four hours."""
    line, stage, slow = any_pair(script, rng)
    length = int(rng.integers(60, 241))
    start = script.slot(rng, day, length, line=line)
    if start is None or slow > 1:
        return False
    minute, offs = start, list[Span]()
    while minute < start + length - 10:
        off, on = int(rng.choice([4, 5, 6, 7, 8], p=[0.1, 0.3, 0.25, 0.2, 0.15])), int(rng.integers(3, 9))
        offs.append((minute, minute + off))
        minute += off + on
    for span in offs:
        stop(script, line, stage, span)
    whole, pair = (start, offs[-1][1]), script.site.pair(line, stage)
    note = f"{len(offs)} stops in {whole[1] - whole[0]} min"
    script.event("intermittent", [pair], whole, due=offs[1][1] + 2, severity=2, note=note)
    script.event("interlock", [pair], whole, note=note, required=False)
    return True


def hands_over(script: Script, day: int, rng: Random) -> bool:
    """The standby takes over for hours, with both running for a while or neither for a minute or two."""
    spares = [m for m in script.site.treatment() if m.duty == "standby"]
    if not spares:
        return False
    spare = spares[int(rng.integers(len(spares)))]
    length = int(rng.integers(120, 420))
    start = script.slot(rng, day, length, line=spare.line)
    if start is None:
        return False
    overlap = int(rng.choice([-2, -1, 2, 5, 10])) if spare.interval == 1 else 12
    duty = next(m for m in script.site.treatment(spare.line, spare.stage) if m.duty == "duty")
    script.carried.append(Mark(spare.id, start, start + length))
    script.stopped.append(Mark(duty.id, start + overlap, start + length - overlap))
    script.trap("interlock", (start, start + length), f"the standby takes over, overlapping by {overlap} min")
    return True
