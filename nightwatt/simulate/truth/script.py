"""The script of one enterprise: what happens there, minute by minute, and what of it the rules have to see.

Acts (acts/*.py) write it while the city is planned; after that it is only read. Minutes count from the city's start.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from analytics.scoring import Event, Trap
from core.filing import Announced, Filing
from core.interval import MINUTE_MS
from core.order import Order
from core.registry import Threshold
from nightwatt.simulate.truth.site import Machine, Site
from nightwatt.simulate.truth.spans import DAY, Span, common, union, without

Random = np.random.Generator

OPENING, CLOSING = 20, 110
"""What happens on a day keeps so many minutes from the midnights around it, so that no two things meet."""

STEADY = 75
"""So long after its start and before its end a run is steady."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on [from, to) of one machine, or of its meter; `amount` is read as its list says."""

    machine: str
    from_: int
    to: int
    amount: float = 0.0
    how: str = ""


@dataclass
class Script:
    """Lists that hold no word of their own are of `Mark`.

    runs      per line, when it produces
    starts    (line, stage, start of a run) → when treatment starts instead of when it usually does; `stops` likewise
    stopped   facilities that are off though they are needed
    carried   standby facilities that run
    scaled    power of a running machine times `amount`
    fixed     power of `amount` kW
    shown     power as the meter measures it, times `amount` (a clamp moved)
    oddities  of the meter: frozen, stuck, no-current, lost-fuse, lost-clamp, lost-voltage, uneven, or a quantity's name
    steps     of the register, at `from_`: by `amount` kWh, or `how` "reset"
    absent    the meter sends nothing; dead: nothing has power; held: all of it arrives at the end
    unmetered (from, to, kW) on the feeder alone; sags: (from, to, share of the voltage)
    """

    site: Site
    days: int
    start_at: int
    runs: list[list[Span]]
    thresholds: list[Threshold] = field(default_factory=list)
    starts: dict[tuple[int, str, int], int] = field(default_factory=dict)
    stops: dict[tuple[int, str, int], int] = field(default_factory=dict)
    stopped: list[Mark] = field(default_factory=list)
    carried: list[Mark] = field(default_factory=list)
    bumps: list[Mark] = field(default_factory=list)
    scaled: list[Mark] = field(default_factory=list)
    fixed: list[Mark] = field(default_factory=list)
    shown: list[Mark] = field(default_factory=list)
    oddities: list[Mark] = field(default_factory=list)
    steps: list[Mark] = field(default_factory=list)
    absent: list[Mark] = field(default_factory=list)
    dead: list[Span] = field(default_factory=list)
    held: list[Span] = field(default_factory=list)
    unmetered: list[tuple[int, int, float]] = field(default_factory=list)
    sags: list[tuple[int, int, float]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    filings: list[Filing] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def at(self, minute: int) -> int:
        """The instant of a minute, ms UTC."""
        return self.start_at + minute * MINUTE_MS

    def event(
        self,
        rule: str,
        subjects: Iterable[str],
        span: Span,
        *,
        due: int | None = None,
        severity: int = 1,
        note: str = "",
        required: bool = True,
    ) -> None:
        from_at, to_at = self.at(span[0]), self.at(span[1])
        due_at = None if due is None else self.at(due)
        row = Event(rule, self.site.id, tuple(subjects), from_at, to_at, severity, due_at, note, required)
        self.events.append(row)

    def allow(self, rules: Iterable[str], span: Span, note: str) -> None:
        """Say that these rules may see something there."""
        for rule in rules:
            self.event(rule, (), span, note=note, required=False)

    def trap(self, rule: str, span: Span, note: str) -> None:
        self.traps.append(Trap(rule, self.site.id, self.at(span[0]), self.at(span[1]), note))

    def file(
        self,
        kind: str,
        span: Span,
        *,
        facilities: Iterable[str] = (),
        status: str = "approved",
        announces: Iterable[Announced] = (),
    ) -> str:
        """Hand in a filing; its id."""
        id = f"BB-{self.site.number:03d}-{len(self.filings) + 1:02d}"
        row = Filing(
            id,
            self.site.id,
            kind,
            self.at(span[0]),
            self.at(span[1]),
            facilities=frozenset(facilities),
            announces=frozenset(announces),
            status=status,
        )
        self.filings.append(row)
        return id

    def free(self, day: int, count: int) -> bool:
        """Whether nothing is planned on `count` days from that one on, all of which the city lives."""
        return day + count <= self.days and not any(d in self.taken for d in range(day, day + count))

    def slot(self, rng: Random, day: int, length: int, *, line: int, margin: int = STEADY) -> int | None:
        """A start on that day from which the line produces steadily for `length` minutes; None where there is none."""
        first, last = day * DAY + OPENING, (day + 1) * DAY - CLOSING
        spans = [(a + margin, b - margin) for a, b in self.runs[line] if b - a > 2 * margin]
        return _within(rng, common(spans, [(first, last)]), length)

    def pause(self, rng: Random, day: int, length: int, *, margin: int = 90) -> int | None:
        """A start on that day from which no line produces for `length` minutes."""
        around = [(a - margin, b + margin) for runs in self.runs for a, b in runs]
        return _within(rng, without([(day * DAY + OPENING, (day + 1) * DAY - CLOSING)], around), length)

    def anywhen(self, rng: Random, day: int, length: int) -> int | None:
        """Any start on that day with `length` minutes to go."""
        return _within(rng, [(day * DAY + OPENING, (day + 1) * DAY - CLOSING)], length)

    def cut(self, span: Span, *, lines: Iterable[int] | None = None) -> None:
        """Nobody produces."""
        for line in range(self.site.lines) if lines is None else lines:
            self.runs[line] = [run for run in without(self.runs[line], [span]) if run[1] - run[0] >= 20]

    def produce(self, span: Span, line: int) -> None:
        """A line produces though it usually would not."""
        self.runs[line] = union([*self.runs[line], span])

    def producing(self, span: Span) -> list[int]:
        """Lines that produce all through the span."""
        return [n for n, runs in enumerate(self.runs) if any(a <= span[0] and span[1] <= b for a, b in runs)]

    def typical_kw(self, span: Span) -> float:
        """About what the feeder carries in the span."""
        lines = self.producing(span)
        running = [m for m in self.site.machines[1:] if m.line < 0 or (m.line in lines and m.duty == "duty")]
        return self.site.other_kw + sum(m.usual_kw for m in running)

    def limited(self, machine: Machine) -> bool:
        """Whether a threshold is set on the machine's meter."""
        return any(row.meter == machine.meter for row in self.thresholds)


def _within(rng: Random, spans: list[Span], length: int) -> int | None:
    room = [(a, b - length) for a, b in spans if b - a >= length]
    if not room:
        return None
    begin, end = room[int(rng.integers(len(room)))]
    return int(rng.integers(begin, end + 1))


def drawn(rng: Random, low: int, high: int) -> int:
    """A whole number of [low, high], small ones as likely as large ones by their order of magnitude."""
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))
