"""What runs: the last reading of every meter and the on/off state of every facility, as arrays.

On/off after the domain's definition: ON if P > on-threshold for at least 2 min, OFF if P < off-threshold
for at least 3 min, off = 0.6 × on unless set. A state is dated back to the first reading that showed it. A
facility whose threshold is not known, or whose data (of any of its meters) has a hole, is UNKNOWN: rules stay
silent on it. So is one that draws as much backwards as it would to be on, for as long: its CT is likely reversed; only
a feeder may export. A message without power counts for its facility as one that did not come. A meter that is
found to be frozen has proven nothing for a while: its facility is UNKNOWN at once, and proves itself anew after it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.energy import Energy
from analytics.pairs import Pairs
from analytics.states import NEVER, OFF, ON, UNKNOWN
from core.readings import QUANTITIES, FloatArray, IntArray, P, Quality, Readings
from core.registry import Facility, Kind, Registry

ON_FOR_MS = 120_000
OFF_FOR_MS = 180_000
OFF_SHARE = 0.6
ON_SHARE_OF_RATED = 0.1

_FROZEN = int(Quality.FROZEN)


def validity_ms(interval_ms: IntArray) -> IntArray:
    """How long a reading speaks for its circuit: max(3 × interval, 15 min), as in rule `silent`."""
    found: IntArray = np.maximum(3 * interval_ms, 900_000)
    return found


def on_threshold_kw(facility: Facility) -> float:
    """The set on-threshold, else a tenth of the rated power, else NaN: not known."""
    if facility.on_kw is not None:
        return facility.on_kw
    return ON_SHARE_OF_RATED * facility.rated_kw if facility.rated_kw else float("nan")


@dataclass(eq=False)
class Plant:
    """State of m meters and f facilities; `update` moves it on by one wave of readings."""

    last_ts: IntArray  # (m,) ms UTC, NEVER before the first
    last_values: FloatArray  # (m, quantities)
    resumed: NDArray[np.bool_]  # (m,) the newest reading followed a hole
    facility_ts: IntArray  # (f,)
    power_kw: FloatArray  # (f,) sum over its meters
    state: NDArray[np.int8]  # (f,) UNKNOWN, OFF, ON
    state_since: IntArray  # (f,)
    state_before: NDArray[np.int8]  # (f,) what the state was before this one
    above_since: IntArray  # (f,) NEVER unless P is above the on-threshold
    below_since: IntArray  # (f,) NEVER unless P is below the off-threshold
    reversed_since: IntArray  # (f,) NEVER unless P is negative beyond the on-threshold where nothing is exported
    on_kw: FloatArray  # (f,)
    off_kw: FloatArray  # (f,)
    least_kw: FloatArray  # (f,) below it the meter runs backwards; -inf where it may
    meter_validity: IntArray  # (m,)
    facility_validity: IntArray  # (f,)
    facility_of_meter: IntArray  # (m,)
    shared: IntArray  # meters of the facilities that have several
    has_several: NDArray[np.bool_]  # (f,)
    enterprise_of_facility: IntArray  # (f,)
    enterprise_of_meter: IntArray  # (m,)
    pairs: Pairs
    energy: Energy
    powerless: NDArray[np.bool_]  # (e,) a power cut is in force: nothing else is judged of the enterprise's silence
    clock: int = NEVER  # ms UTC: the newest instant that is known to have come
    waves: int = 0  # how many waves were taken in: what was found of one wave may be kept until the next

    @classmethod
    def of(cls, registry: Registry) -> "Plant":
        """A plant of which nothing is known yet."""
        m, f = len(registry.meters), len(registry.facilities)
        on_kw = np.array([on_threshold_kw(row) for row in registry.facilities], dtype=np.float64)
        off_kw = np.array(
            [
                row.off_kw if row.off_kw is not None else OFF_SHARE * on
                for row, on in zip(registry.facilities, on_kw, strict=True)
            ],
            dtype=np.float64,
        )
        meter_validity = validity_ms(registry.interval_ms)
        facility_validity = np.zeros(f, dtype=np.int64)
        np.maximum.at(facility_validity, registry.facility_of_meter, meter_validity)
        several = np.bincount(registry.facility_of_meter, minlength=f) > 1
        return cls(
            last_ts=np.full(m, NEVER),
            last_values=np.full((m, len(QUANTITIES)), np.nan),
            resumed=np.zeros(m, dtype=np.bool_),
            facility_ts=np.full(f, NEVER),
            power_kw=np.full(f, np.nan),
            state=np.full(f, UNKNOWN, dtype=np.int8),
            state_since=np.full(f, NEVER),
            state_before=np.full(f, UNKNOWN, dtype=np.int8),
            above_since=np.full(f, NEVER),
            below_since=np.full(f, NEVER),
            reversed_since=np.full(f, NEVER),
            on_kw=on_kw,
            off_kw=off_kw,
            least_kw=_least_kw(registry, on_kw),
            meter_validity=meter_validity,
            facility_validity=facility_validity,
            facility_of_meter=registry.facility_of_meter,
            shared=np.flatnonzero(several[registry.facility_of_meter]),
            has_several=several,
            enterprise_of_facility=registry.enterprise_of_facility,
            enterprise_of_meter=registry.enterprise_of_meter,
            pairs=Pairs.of(registry),
            energy=Energy(registry),
            powerless=np.zeros(len(registry.enterprises), dtype=np.bool_),
        )

    def update(self, wave: Readings) -> None:
        """Take in sound readings, at most one of each meter, each newer than its meter's last."""
        self.waves += 1
        self.clock = max(self.clock, int(wave.ts[-1]))
        meters = wave.meter
        before = self.last_ts[meters]
        self.resumed[:] = False
        self.resumed[meters] = (before == NEVER) | (wave.ts - before > self.meter_validity[meters])
        self.last_ts[meters] = wave.ts
        self.last_values[meters] = wave.values
        facilities = self.facility_of_meter[meters]
        powers = self._powers(facilities, wave.p)
        known = np.isfinite(powers)
        if known.all():
            self._hear(facilities, wave.ts, powers)
        else:
            self._hear(facilities[known], wave.ts[known], powers[known])
        self._forget(facilities[wave.has(_FROZEN)])

    def settle(self, newest: Readings) -> None:
        """Take in readings of which the stretch behind says that they confirm what is known."""
        facilities = self.facility_of_meter[newest.meter]
        self.last_ts[newest.meter], self.last_values[newest.meter] = newest.ts, newest.values
        self.facility_ts[facilities], self.power_kw[facilities] = newest.ts, newest.p + 0.0

    def _powers(self, facilities: IntArray, power_kw: FloatArray) -> FloatArray:
        """Of each meter's facility: the sum over its meters, which most have but one of."""
        powers = power_kw + 0.0  # as a sum: no minus zero
        if len(self.shared):
            of_shared = self.facility_of_meter[self.shared]
            sums = np.bincount(of_shared, weights=self.last_values[self.shared, P], minlength=len(self.state))
            several = self.has_several[facilities]
            powers[several] = sums[facilities[several]]
        return powers

    def _hear(self, facilities: IntArray, ts: IntArray, powers: FloatArray) -> None:
        """Move facilities on; one with several meters may come several times, with one power."""
        at = self.facility_ts[facilities]
        if len(self.shared):
            np.maximum.at(self.facility_ts, facilities, ts)
        else:
            self.facility_ts[facilities] = np.maximum(at, ts)
        hole = (self.facility_ts[facilities] - at > self.facility_validity[facilities]) & (at != NEVER)
        self._forget(facilities[hole])
        self.power_kw[facilities] = powers
        self._switch(facilities)
        if len(self.shared):
            self._forget(np.intersect1d(facilities, self._incomplete()))

    def _incomplete(self) -> IntArray:
        """Facilities with a meter that has been silent too long for its last word to count in the sum."""
        facilities = self.facility_of_meter[self.shared]
        silent = self.last_ts[self.shared] < self.facility_ts[facilities] - self.meter_validity[self.shared]
        return facilities[silent]

    def _forget(self, facilities: IntArray) -> None:
        if len(facilities):
            self.state[facilities] = self.state_before[facilities] = UNKNOWN
            self.state_since[facilities] = self.above_since[facilities] = self.below_since[facilities] = NEVER

    def _switch(self, facilities: IntArray) -> None:
        at, power = self.facility_ts[facilities], self.power_kw[facilities]
        above = _held(self.above_since[facilities], power > self.on_kw[facilities], at)
        backwards = power < self.least_kw[facilities]
        below = _held(self.below_since[facilities], (power < self.off_kw[facilities]) & ~backwards, at)
        state, since = self.state[facilities], self.state_since[facilities]
        turns_on = (state != ON) & (above != NEVER) & (at - above >= ON_FOR_MS)
        turns_off = (state != OFF) & (below != NEVER) & (at - below >= OFF_FOR_MS)
        self.above_since[facilities], self.below_since[facilities] = above, below
        turned = facilities[turns_on | turns_off]
        self.state_before[turned] = self.state[turned]
        self.state[facilities] = np.where(turns_on, ON, np.where(turns_off, OFF, state))
        self.state_since[facilities] = np.where(turns_on, above, np.where(turns_off, below, since))
        if backwards.any() or (self.reversed_since[facilities] != NEVER).any():
            self._reverse(facilities, backwards, at)

    def _reverse(self, facilities: IntArray, backwards: NDArray[np.bool_], at: IntArray) -> None:
        since = _held(self.reversed_since[facilities], backwards, at)
        self.reversed_since[facilities] = since
        proven = facilities[(since != NEVER) & (at - np.where(since == NEVER, at, since) >= ON_FOR_MS)]
        if len(proven):
            self._forget(proven)


def _least_kw(registry: Registry, on_kw: FloatArray) -> FloatArray:
    exports = np.array([row.kind in (Kind.FEEDER, Kind.AUXILIARY) for row in registry.facilities], dtype=np.bool_)
    found: FloatArray = np.where(exports | np.isnan(on_kw), -np.inf, -on_kw)
    return found


def _held(since: IntArray, holds: NDArray[np.bool_], at: IntArray) -> IntArray:
    """Since when a comparison has held without a break."""
    found: IntArray = np.where(holds, np.where(since == NEVER, at, since), NEVER)
    return found
