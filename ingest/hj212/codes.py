"""What the codes of electricity mean: the table is data, in codes.csv beside this file.

systems   the ST of the packets in which the code is used, blank-separated; * any
code      as in CP; N are digits that tell circuits or facilities apart
measure   what follows the code after "-"; `value` stands for Rtd in real-time packets and Avg in those of a period
channel   the circuit's name after the station's, with the same N
alone     the channel that a station's meter registered without a channel is; `only`: one that is alone in its packet
factor    from the code's unit to ours
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from core.readings import QUANTITIES

ONLY = "only"

_LONGEST_KEY = 40
_REMEMBERED = 10_000
_DIGITS = re.compile(r"N+")
_ANY = "*"
_OF_ELECTRICITY = ("80", "44")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one value of CP is, and under which name its flag stands; for `alone` see the table's columns.

    `per_unit` of the code's unit are one of ours.
    """

    flag: str
    channel: str
    quantity: str
    per_unit: float
    alone: str


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table."""

    systems: frozenset[str]
    pattern: re.Pattern[str]
    measure: str
    channel: str
    alone: str
    quantity: str
    per_unit: float

    def meaning(self, code: str, measure: str) -> Meaning | None:
        found = self.pattern.fullmatch(code)
        if not found or measure != self.measure:
            return None
        digits = found.group(1) if self.pattern.groups else ""
        return Meaning(f"{code}-Flag", _DIGITS.sub(digits, self.channel), self.quantity, self.per_unit, self.alone)


@cache
def table() -> tuple[Code, ...]:
    """The table that comes with the package."""
    return rows(files("ingest.hj212").joinpath("codes.csv").read_text("utf-8").splitlines())


def rows(lines: Iterable[str]) -> tuple[Code, ...]:
    """A table from lines of CSV; ValueError for a quantity that there is not."""
    return tuple(_code(row) for row in csv.DictReader(lines))


class Meanings(dict[str, Meaning | None]):
    """What each key of CP is in packets of one kind; None where it is no electricity. Remembers what was asked.

    The average of a register over a period is no register, so that packets of a period give none.
    """

    def __init__(self, system: str, *, period: bool) -> None:
        super().__init__()
        self._codes = [row for row in table() if {system, _ANY} & row.systems]
        self._period = period

    def __missing__(self, key: str) -> Meaning | None:
        if len(key) > _LONGEST_KEY:
            return None
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self._found(key)
        return found

    def _found(self, key: str) -> Meaning | None:
        code, _, measure = key.partition("-")
        if measure == ("Avg" if self._period else "Rtd"):
            measure = "value"
        found = next((one for row in self._codes if (one := row.meaning(code, measure))), None)
        return None if found and self._period and found.quantity == "ep" else found


def meanings(system: str, *, period: bool) -> Meanings:
    """Of packets of a system (ST) that tell of an instant or of a period."""
    return _meanings(in_table(system), period)


def in_table(system: str) -> str:
    """The system (ST) as the table names it: all that have no codes of their own are one."""
    return system if system in _systems() else _ANY


def is_of_electricity(system: str) -> bool:
    """Whether packets of that system (ST) hold nothing but electricity."""
    return system in _OF_ELECTRICITY


@cache
def _systems() -> frozenset[str]:
    return frozenset(system for row in table() for system in row.systems)


@cache
def _meanings(system: str, period: bool) -> Meanings:
    return Meanings(system, period=period)


def _code(row: Mapping[str, str]) -> Code:
    if row["quantity"] not in QUANTITIES:
        raise ValueError(f"code {row['code']}: there is no quantity {row['quantity']!r}")
    pattern = _DIGITS.sub(lambda found: f"(\\d{{{len(found.group())}}})", row["code"])
    return Code(
        systems=frozenset(row["systems"].split()),
        pattern=re.compile(pattern, re.ASCII),
        measure=row["measure"],
        channel=row["channel"],
        alone=row["alone"],
        quantity=row["quantity"],
        per_unit=1 / float(row["factor"]),  # dividing by 1000 is exact where multiplying by 0.001 is not
    )
