"""Registers that run backwards or jump, and meters that are replaced."""

from nightwatt.simulate.truth.acts.supply import incomplete
from nightwatt.simulate.truth.script import Mark, Random, Script


def steps(script: Script, day: int, rng: Random) -> bool:
    """A register runs backwards by some kWh, or jumps by more than its circuit carries in a day."""
    machine = script.site.machines[int(rng.integers(1, len(script.site.machines)))]
    minute = script.anywhen(rng, day, 60)
    if minute is None or machine.reversed:
        return False
    back = rng.random() < 0.5
    kwh = -float(rng.uniform(5, 300)) if back else machine.rated_kw * float(rng.uniform(30, 300))
    if back:  # by more than comes in until the next reading, or nobody could see it
        kwh = min(kwh, -20 * machine.resolution, -2.5 * machine.rated_kw * machine.interval / 60)
    script.steps.append(Mark(machine.id, minute, minute, amount=kwh))
    note = f"the register of {machine.meter} steps by {kwh:+.0f} kWh"
    script.event("tamper", [machine.meter], (minute, minute + 60), due=minute + machine.interval, severity=1, note=note)
    return True


def is_replaced(script: Script, day: int, rng: Random) -> bool:
    """A new meter begins at zero after half an hour of silence: nobody's fault."""
    machine = script.site.machines[int(rng.integers(1, len(script.site.machines)))]
    length = int(rng.integers(30, 60))
    start = script.anywhen(rng, day, length)
    if start is None or machine.reversed:
        return False
    span, note = (start, start + length), f"{machine.meter} is replaced, its register begins at 0"
    script.absent.append(Mark(machine.id, *span))
    script.steps.append(Mark(machine.id, start + length, start + length, how="reset"))
    script.event("silent", [machine.meter], span, due=start + max(15, 3 * machine.interval), note=note)
    script.trap("tamper", (span[0], span[1] + 120), note)
    incomplete(script, span, meters=[machine.meter])
    return True
