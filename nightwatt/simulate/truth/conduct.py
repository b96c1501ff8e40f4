"""From a finished script to when each machine is on: treatment leads and lags production, batches have gaps."""

from dataclasses import dataclass

import numpy as np

from core.registry import Kind
from nightwatt.simulate.truth.script import Mark, Random, Script
from nightwatt.simulate.truth.site import Machine
from nightwatt.simulate.truth.spans import DAY, Span, union, without

BRIDGED = 75
"""Treatment goes on through a pause of production that is no longer, minutes."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """When each machine is on, by its id: sorted spans of minutes."""

    on: dict[str, list[Span]]


def conduct_of(script: Script, *, seed: int) -> Conduct:
    """What the script comes to; the same for the same seed."""
    rng = np.random.default_rng([seed, 105, script.site.number])
    on: dict[str, list[Span]] = {}
    for line in range(script.site.lines):
        for machine in script.site.production(line):
            on[machine.id] = _producing(script, machine, rng)
        for stage in script.site.stages(line):
            needed = _needed(script, rng, line, stage)
            for machine in script.site.treatment(line, stage):
                on[machine.id] = _treating(script, machine, needed)
    for machine in script.site.machines:
        if machine.kind in (Kind.FEEDER, Kind.AUXILIARY):
            on[machine.id] = without([(-DAY, (script.days + 1) * DAY)], script.dead)
    return Conduct(on)


def _producing(script: Script, machine: Machine, rng: Random) -> list[Span]:
    late, early = machine.offset
    runs = [(a + late, b - early) if b - a > 60 else (a, b) for a, b in script.runs[machine.line]]
    gaps = _gaps(script, runs, rng) if machine.process == "batch" else []
    return without(without(runs, gaps), script.dead)


def _gaps(script: Script, runs: list[Span], rng: Random) -> list[Span]:
    """Four to ten minutes between batches on days when nothing else happens; treatment goes on."""
    found = []
    for begin, end in runs:
        minute = begin + int(rng.integers(90, 200))
        while minute < end - 90:
            if not script.taken & {minute // DAY, (minute + 90) // DAY, (minute - 90) // DAY}:
                found.append((minute, minute + int(rng.integers(4, 11))))
            minute += int(rng.integers(90, 240))
    return found


def _needed(script: Script, rng: Random, line: int, stage: str) -> list[Span]:
    """When a stage has to run, as its operators see it, and when it does so by the script."""
    slow, lag = script.site.slowest(line) > 1, 36 if script.site.solvents else 14
    found = []
    for begin, end in union(script.runs[line], bridging=BRIDGED):
        lead = int(rng.integers(7, 15)) if slow else int(rng.integers(-1, 11))
        after = int(rng.integers(lag, lag + 15)) + (13 if slow else 0)
        start = script.starts.get((line, stage, begin), begin - lead)
        found.append((start, script.stops.get((line, stage, end), end + after)))
    return union(found)


def _treating(script: Script, machine: Machine, needed: list[Span]) -> list[Span]:
    if machine.duty == "standby":
        return union((m.from_, m.to) for m in script.carried if m.machine == machine.id)
    off = [(m.from_, m.to) for m in script.stopped if m.machine == machine.id]
    # After a power cut the fans come back first, before anything produces.
    return without(needed, [*off, *((a, b + 1) for a, b in script.dead)])


def marks_on(marks: list[Mark], machine: str, first: int) -> list[Mark]:
    """Those of a machine that touch the day from minute `first` on."""
    return [m for m in marks if m.machine == machine and m.from_ < first + DAY and first < max(m.to, m.from_ + 1)]
