"""What an enterprise is made of: its machines, their meters, and how each behaves when all is well."""

from dataclasses import dataclass

from core.registry import Kind
from nightwatt.simulate.trades import District, Trade
from nightwatt.simulate.works import Habit

SOLVENTS = "挥发性有机物"
"""Volatile organic compounds: their treatment runs on for half an hour."""

VOC = "VOC"
"""What the name of a stage holds that treats them."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One facility with the meter on it.

    line        which of the enterprise's lines, from 0; -1: none
    normal      share of the rated power that it usually draws
    idle        share that it draws when it is off
    process     steady, batch, kiln, measured, drive, pulse, carbon: how its load moves
    offset      minutes after its line's start and before its line's end that it starts and stops
    interval    sampling, minutes
    resolution  of its register, kWh
    drift_ms    by which its clock is wrong
    wires       3: no phase B, and voltages are between phases
    reversed    its current transformer was put on the wrong way round
    rests       at a low speed instead of standing while production stands
    """

    id: str
    meter: str
    kind: Kind
    name: str
    rated_kw: float
    on_kw: float | None
    off_kw: float | None
    line: int = -1
    stage: str | None = None
    duty: str = "duty"
    normal: float = 0.8
    idle: float = 0.01
    process: str = "steady"
    offset: tuple[int, int] = (0, 0)
    interval: int = 1
    resolution: float = 0.01
    drift_ms: int = 0
    wires: int = 4
    reversed: bool = False
    rests: bool = False

    @property
    def usual_kw(self) -> float:
        return self.rated_kw * self.normal


@dataclass(frozen=True, slots=True)
class Site:
    """One enterprise. `other_kw` is what it draws beside all that is measured; `phase` shifts its seasons."""

    number: int
    id: str
    trade: Trade
    district: District
    township: str
    habit: Habit
    lines: int
    other_kw: float
    phase: float
    machines: tuple[Machine, ...]

    @property
    def feeder(self) -> Machine:
        return self.machines[0]

    @property
    def solvents(self) -> bool:
        return SOLVENTS in self.trade.pollutants

    def line_id(self, line: int) -> str:
        return f"{self.id}-L{line + 1}"

    def production(self, line: int | None = None) -> list[Machine]:
        return [m for m in self.machines if m.kind is Kind.PRODUCTION and line in (None, m.line)]

    def stages(self, line: int) -> list[str]:
        """Stages of a line, each once, in order."""
        return list(dict.fromkeys(str(m.stage) for m in self.machines if m.stage and m.line == line))

    def treatment(self, line: int | None = None, stage: str | None = None) -> list[Machine]:
        rows = [m for m in self.machines if m.kind is Kind.TREATMENT and line in (None, m.line)]
        return [m for m in rows if stage in (None, m.stage)]

    def pair(self, line: int, stage: str) -> str:
        """What an alarm about a stage of a line is called."""
        return f"{self.line_id(line)}/{stage}"

    def slowest(self, line: int) -> int:
        """The longest sampling interval on a line, minutes."""
        return max(m.interval for m in self.machines if m.line == line)
