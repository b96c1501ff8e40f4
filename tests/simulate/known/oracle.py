"""A slow reading of the rules' definitions, minute by minute and one machine at a time, to check the truth against."""

from core.readings import FloatArray
from core.registry import Kind
from nightwatt.simulate.truth.city import KnownCity
from nightwatt.simulate.truth.site import Machine

Span = tuple[int, int]


def states(power: FloatArray, machine: Machine) -> list[bool]:
    """ON from the first of two minutes above the on-threshold, OFF from the first of three below the off-threshold."""
    assert machine.on_kw is not None
    assert machine.off_kw is not None
    state, above, below, found = False, 0, 0, list[bool]()
    for kw in power:
        above, below = (above + 1 if kw > machine.on_kw else 0), (below + 1 if kw < machine.off_kw else 0)
        found.append(state)
        # A state is proven later than it begins, and dated back.
        if not state and above >= 3:
            state, found[-3:] = True, [True] * 3
        elif state and below >= 4:
            state, found[-4:] = False, [False] * 4
    return found


def runs(flags: list[bool]) -> list[Span]:
    """[from, to) of every stretch of true values."""
    found, begin = list[Span](), None
    for minute, flag in enumerate([*flags, False]):
        if flag and begin is None:
            begin = minute
        elif not flag and begin is not None:
            found.append((begin, minute))
            begin = None
    return found


class Watched:
    """The states of one site's machines over all its days."""

    def __init__(self, city: KnownCity, number: int) -> None:
        self.site, self.script = city.scripts[number].site, city.scripts[number]
        days = [city.power(number, day) for day in range(city.days)]
        self.power = {m.id: [kw for day in days for kw in day[m.id]] for m in self.site.machines}
        self.on = {
            m.id: states(self.power[m.id], m) for m in self.site.machines if m.kind in (Kind.PRODUCTION, Kind.TREATMENT)
        }

    def producing(self, line: int | None = None) -> list[bool]:
        return _any([self.on[m.id] for m in self.site.production(line)])

    def treated(self, line: int, stage: str) -> list[bool]:
        return _any([self.on[m.id] for m in self.site.treatment(line, stage)])

    def interlocks(self, line: int, stage: str) -> list[Span]:
        """Stretches of production without the stage."""
        both = zip(self.producing(line), self.treated(line, stage), strict=True)
        return runs([makes and not treats for makes, treats in both])


def _any(columns: list[list[bool]]) -> list[bool]:
    return [any(minute) for minute in zip(*columns, strict=True)]
