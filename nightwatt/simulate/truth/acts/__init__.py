"""What can happen on a day of an enterprise: functions that write it into its script, or say that there is no room."""

from collections.abc import Callable
from dataclasses import dataclass

from nightwatt.simulate.truth.acts import devices, limits, orders, partial, registers, supply, treatment
from nightwatt.simulate.truth.script import Random, Script

Write = Callable[[Script, int, Random], bool]


@dataclass(frozen=True, slots=True)
class Act:
    """`weight` against the others; not before `day`, as some rules learn first what is usual."""

    write: Write
    weight: float
    day: int = 1


ACTS = (
    Act(treatment.switched_off, 2.6),
    Act(treatment.briefly_off, 0.8),
    Act(treatment.starts_late, 4.0),
    Act(treatment.stops_early, 7.0),
    Act(partial.runs_low, 2.8, day=8),
    Act(partial.fits_and_starts, 1.5),
    Act(partial.hands_over, 1.0),
    Act(limits.over_limit, 7.0),
    Act(supply.unmetered_load, 2.6, day=10),
    Act(supply.power_cut, 1.2),
    Act(supply.network_cut, 0.8),
    Act(supply.sags, 0.5),
    Act(devices.falls_silent, 1.3),
    Act(devices.gateway_dies, 0.6),
    Act(devices.loses_phase, 1.6),
    Act(devices.clamp_off, 0.8),
    Act(devices.freezes, 0.8),
    Act(registers.steps, 1.0),
    Act(registers.is_replaced, 0.4),
    Act(orders.shutdown, 1.6),
    Act(orders.window, 1.6, day=2),
    Act(orders.stop, 3.0, day=15),
    Act(orders.limit, 7.0, day=15),
    Act(orders.trial, 0.6),
)
"""All that can happen, by rules of domain.md §5 and by what is mistaken for them."""
