"""Meters that fall silent, lose a phase, freeze or lose their clamps."""

from nightwatt.simulate.truth.acts.supply import incomplete
from nightwatt.simulate.truth.script import Mark, Random, Script, drawn
from nightwatt.simulate.truth.site import Machine

SEEN_BESIDE = ("interlock", "early-stop", "late-start", "intermittent", "idling", "balance", "phase", "silent")
"""Who reads a meter that lies may see something too."""


VISIBLE = 0.12
"""Share of the feeder's load whose going can be told from its restlessness."""


def falls_silent(script: Script, day: int, rng: Random) -> bool:
    """A meter sends nothing for long enough to be a ticket, or for 8–11 minutes."""
    machine = script.site.machines[int(rng.integers(len(script.site.machines)))]
    brief = machine.interval == 1 and rng.random() < 0.3
    limit = max(15, 3 * machine.interval)
    length = int(rng.integers(8, 12)) if brief else drawn(rng, limit + machine.interval + 10, 600)
    start = script.anywhen(rng, day, length)
    if start is None:
        return False
    span, note = (start, start + length), f"{machine.meter} silent for {length} min"
    script.absent.append(Mark(machine.id, *span))
    if brief:
        script.trap("silent", span, note)
        return True
    script.event("silent", [machine.meter], span, due=start + limit, note=note)
    incomplete(script, span, meters=[machine.meter])
    return True


def gateway_dies(script: Script, day: int, rng: Random) -> bool:
    """One meter after the other falls silent, within a quarter of an hour, until all are."""
    length = drawn(rng, 90, 300)
    start = script.anywhen(rng, day, length)
    if start is None:
        return False
    for machine in script.site.machines:
        script.absent.append(Mark(machine.id, start + int(rng.integers(0, 14)), start + length))
    script.absent[-1] = Mark(script.site.machines[-1].id, start + 14, start + length)
    span, note = (start, start + length), f"the gateway dies for {length} min, its meters one by one"
    script.event("silent", [], span, due=start + 15, note=note)
    script.event("power-cut", [], span, note=note, required=False)
    incomplete(script, span)
    return True


def _running(script: Script, day: int, rng: Random, length: int) -> tuple[Machine, int] | None:
    """A machine of a line with nothing else to watch it, and when it runs so long."""
    found = [m for m in script.site.machines if m.line >= 0 and m.duty == "duty" and m.wires == 4]
    found = [m for m in found if not script.limited(m) and not m.reversed]
    if not found:
        return None
    machine = found[int(rng.integers(len(found)))]
    start = script.slot(rng, day, length, line=machine.line)
    return None if start is None else (machine, start)


def loses_phase(script: Script, day: int, rng: Random) -> bool:
    """One phase is lost before or in the meter; or is only less loaded than the others."""
    length = drawn(rng, 25, 360)
    chosen = _running(script, day, rng, length)
    if chosen is None:
        return False
    machine, start = chosen
    span, phase = (start, start + length), int(rng.integers(3))
    if rng.random() < 0.25:
        script.oddities.append(Mark(machine.id, *span, amount=phase, how="uneven"))
        script.trap("phase", span, f"a phase of {machine.meter} carries a fifth of the others")
        return True
    how = str(rng.choice(["lost-fuse", "lost-clamp", "lost-voltage"]))
    script.oddities.append(Mark(machine.id, *span, amount=phase, how=how))
    note = f"{machine.meter}: {how} of phase {'ABC'[phase]} for {length} min"
    script.event("phase", [machine.meter], span, due=start + machine.interval, note=note)
    script.allow(("balance", "idling", "tamper"), span, note)
    return True


def clamp_off(script: Script, day: int, rng: Random) -> bool:
    """All currents of a running machine are 0 while the feeder carries on as before."""
    length = drawn(rng, 45, 240)
    chosen = _running(script, day, rng, length)
    if chosen is None:
        return False
    machine, start = chosen
    share = machine.usual_kw / script.typical_kw((start, start + length))
    span, note = (start, start + length), f"{machine.meter} shows no current for {length} min beside a steady feeder"
    script.oddities.append(Mark(machine.id, *span, how="no-current"))
    # A small part of the feeder's load could have gone without anybody being able to tell.
    visible = share >= VISIBLE
    script.event("tamper", [machine.meter], span, due=start + 15, note=f"{note}, {share:.0%} of it", required=visible)
    script.allow(SEEN_BESIDE, span, note)
    return True


def freezes(script: Script, day: int, rng: Random) -> bool:
    """A meter repeats its last reading whole, or only its register stands, while its machine runs."""
    length = drawn(rng, 45, 240)
    chosen = _running(script, day, rng, length)
    if chosen is None or chosen[0].usual_kw * 0.2 < 5 * chosen[0].resolution:
        return False
    machine, start = chosen
    how = "frozen" if rng.random() < 0.6 else "stuck"
    span, note = (start, start + length), f"{machine.meter} is {how} for {length} min"
    script.oddities.append(Mark(machine.id, *span, how=how))
    script.event("tamper", [machine.meter], span, due=start + 30, note=note)
    script.allow(SEEN_BESIDE, span, note)
    return True
