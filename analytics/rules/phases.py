"""What each phase of a meter is like when it is sound: the voltage, the largest current, and whether it counts at all.

A phase counts only where it was seen sound for long: a three-wire meter has no middle phase, and a single-phase load
has one. What is learnt grows in coarse steps, so that hardly any reading changes it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.readings import COLUMN, FloatArray, IntArray, Readings

BoolArray = NDArray[np.bool_]

QUANTITIES = ("ua", "ub", "uc", "ia", "ib", "ic")
_FIRST = COLUMN["ua"]

NOMINAL_V = np.array([57.7, 100, 127, 220, 380, 660, 1140, 3464, 5774, 6000, 10000, 20208, 35000.0])
"""Phase and line voltages in use, primary; 230 and 400 are taken for 220 and 380."""
_BORDERS = np.sqrt(NOMINAL_V[1:] * NOMINAL_V[:-1])

STEP = 1.25
"""Of the ladder on which the usual largest current is remembered."""
ENOUGH = 30
"""Sound readings under load before a phase counts [D]."""
_SURE = int(np.array([ENOUGH] * 6 + [0, 0], dtype=np.uint8).view(np.int64)[0])
EVEN = 0.3
"""A phase takes part in a balanced load where it carries so much of the largest current [D]."""
FLOWS = 0.1
"""So much of the usual largest current is a load; less is a motor that idles [D]."""
PRESENT = 0.8
"""So much of the nominal voltage is a sound one [D]."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """n readings of meters (n,) that have voltages or currents; phases are ua ub uc ia ib ic.

    values  float64 (6, n)  V and A without sign
    most_v  float64 (n,)    highest voltage of the phases present; most_a: largest current
    """

    meter: IntArray
    values: FloatArray
    most_v: FloatArray
    most_a: FloatArray

    @classmethod
    def at(cls, batch: Readings) -> "Look":
        """Of the readings that have any."""
        shown = batch.values[:, _FIRST : _FIRST + 6]
        if np.isnan(shown).all():
            shown = shown[:0]
            batch = batch.take(slice(0, 0))
        values = np.abs(shown.T)
        most_v = np.fmax(np.fmax(values[0], values[1]), values[2])
        most_a = np.fmax(np.fmax(values[3], values[4]), values[5])
        some = ~(np.isnan(most_v) & np.isnan(most_a))
        if some.all():
            return cls(batch.meter, np.ascontiguousarray(values), most_v, most_a)
        return cls(batch.meter[some], values[:, some], most_v[some], most_a[some])


@dataclass(frozen=True, slots=True, eq=False)
class Phases:
    """Of m meters, the arrays belong to the rule.

    nominal  float64 (m,)    V; NaN until known
    usual    float64 (m,)    A, a step of the ladder below the largest current so far; NaN until known
    sound    int64 (m,)      readings in which each phase was sound, up to ENOUGH, a byte for each of ua ub uc ia ib ic
    """

    nominal: FloatArray
    usual: FloatArray
    sound: IntArray

    @property
    def _counts(self) -> NDArray[np.uint8]:
        """(m, 6) the bytes of `sound`; a phase that was not sound before it counts begins anew."""
        return self.sound.view(np.uint8).reshape(-1, 8)[:, :6]

    def lacking(self, look: Look) -> tuple[BoolArray, BoolArray]:
        """((6, n) phases below what they should be while the circuit is loaded, (n,) it is loaded)."""
        loaded = look.most_a >= FLOWS * self.usual[look.meter]
        nominal = self.nominal[look.meter]
        low_v = look.values[:3] < 0.6 * nominal
        low_a = (look.values[3:] < 0.05 * look.most_a) & (look.values[:3] >= PRESENT * nominal)
        lost = np.concatenate([low_v, low_a])
        lost &= loaded
        return lost, loaded

    def counts(self, look: Look, lost: BoolArray) -> BoolArray:
        """(6, n) which of the phases lost are known to exist."""
        if not lost.any():
            return lost
        found: BoolArray = lost & (self._counts[look.meter].T >= ENOUGH)
        return found

    def new(self, look: Look, lost: BoolArray, loaded: BoolArray) -> IntArray:
        """Rows of the look from which something is learnt."""
        nominal, usual = self.nominal[look.meter], self.usual[look.meter]
        news = ~(look.most_v < 1.2 * nominal) & ~np.isnan(look.most_v)
        news |= ~(look.most_a < STEP * usual) & (look.most_a > 0)
        unsure = np.flatnonzero(loaded & (self.sound[look.meter] != _SURE))
        if len(unsure):
            counts = self._counts[look.meter[unsure]].T
            moves = self._fine(look, unsure) | lost[:, unsure] & (counts > 0)
            news[unsure[(moves & (counts < ENOUGH)).any(axis=0)]] = True
        return np.flatnonzero(news)

    def learn(self, look: Look, rows: IntArray, lost: BoolArray) -> None:
        """Take in those rows, at most one of each meter."""
        meter = look.meter[rows]
        self.nominal[meter] = np.fmax(self.nominal[meter], nominal_v(look.most_v[rows]))
        self.usual[meter] = np.fmax(self.usual[meter], current_step(look.most_a[rows]))
        loaded = look.most_a[rows] >= FLOWS * self.usual[meter]
        fine = (self._fine(look, rows) & loaded).T
        counts = self._counts[meter]
        grown = np.minimum(counts + fine, ENOUGH)
        self._counts[meter] = np.where(lost[:, rows].T & (counts < ENOUGH), 0, grown)

    def _fine(self, look: Look, rows: IntArray) -> BoolArray:
        """(6, rows) phases with a sound voltage, and phases with their part of the current."""
        volts, amperes = look.values[:3, rows], look.values[3:, rows]
        return np.concatenate([volts >= PRESENT * self.nominal[look.meter[rows]], amperes >= EVEN * look.most_a[rows]])


def nominal_v(volts: FloatArray) -> FloatArray:
    """The nominal voltage nearest to each, by ratio; NaN where there is none."""
    nearest = NOMINAL_V[np.searchsorted(_BORDERS, np.nan_to_num(volts))]
    found: FloatArray = np.where(volts > NOMINAL_V[0] / 2, nearest, np.nan)
    return found


def current_step(amperes: FloatArray) -> FloatArray:
    """The step of the ladder just below each current; NaN for none."""
    known = np.where(amperes > 0, amperes, 1.0)
    found: FloatArray = np.where(amperes > 0, STEP ** np.floor(np.log(known) / np.log(STEP)), np.nan)
    return found
