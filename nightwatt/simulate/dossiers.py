"""From the works to the registry that a bureau would keep of them."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.filing import Announced, Filing
from core.interval import DAY_MS, HOUR_MS, Window
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry, Shift, Threshold
from nightwatt.simulate import story
from nightwatt.simulate.trades import (
    FIRST_CHARACTERS,
    GIVEN_NAMES,
    OFFICERS,
    SECOND_CHARACTERS,
    SURNAMES,
)
from nightwatt.simulate.works import (
    FILED_MAINTENANCE,
    FILED_SHUTDOWN,
    SUDDEN_LIMITS,
    VALLEY_FURNACE,
    Habit,
    Machine,
    Works,
)

ON_SHARE = {Kind.PRODUCTION: 0.08, Kind.TREATMENT: 0.15}
"""On-threshold as a share of rated power; off is 0.6 of it."""
UPPER_SHARE, LOWER_SHARE = 1.15, 0.3

_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def build_registry(works: Sequence[Works], *, seed: int, start_at: int) -> Registry:
    """The registry of the city; filings lie around `start_at` (ms UTC)."""
    return Registry(
        enterprises=tuple(_enterprise(w, seed) for w in works),
        lines=tuple(row for w in works for row in _lines(w)),
        facilities=tuple(row for w in works for row in _facilities(w)),
        meters=tuple(row for w in works for row in _meters(w)),
        thresholds=tuple(row for w in works for row in _thresholds(w)),
        filings=(*_filings(start_at), *story.filings(start_at)),
        orders=story.orders(start_at),
        presets=story.presets(),
    )


def _enterprise(works: Works, seed: int) -> Enterprise:
    rng = np.random.default_rng([seed, 2, works.number])
    district, townships = works.district, works.district.townships
    township = townships[works.number % len(townships)]
    city = "醴陵" if district.name == "醴陵市" else "株洲"
    code = f"91{district.code}MAWATT{works.number:03d}"
    code += _check_character(code)
    return Enterprise(
        id=works.id,
        name=f"{city}{_invented(works.number)}{works.trade.noun}有限公司",
        district=district.name,
        township=township,
        grid=f"{township}第{works.number % 3 + 1}网格",
        industry=works.trade.industry,
        credit_code=code,
        lon=round(district.lon + float(rng.normal(0, 0.014)), 5),
        lat=round(district.lat + float(rng.normal(0, 0.011)), 5),
        shift=works.shift,
        valley_tariff=works.number == VALLEY_FURNACE,
        pollutants=works.trade.pollutants,
        permit=f"{code}001P",
        contact=SURNAMES[works.number % len(SURNAMES)] + GIVEN_NAMES[works.number % len(GIVEN_NAMES)],
        # Numbers of a range that is not given out, so that nobody is called by mistake.
        phone=f"1000000{works.number:04d}",
        officer=OFFICERS[district.name],
    )


def _invented(number: int) -> str:
    """Two characters that no other enterprise of the city has: 7 is coprime to 120."""
    first, second = divmod(number * 7 % 120, len(SECOND_CHARACTERS))
    return FIRST_CHARACTERS[first] + SECOND_CHARACTERS[second]


def _check_character(code: str) -> str:
    """The 18th character of a unified social credit code (GB 32100-2015)."""
    total = sum(_CODE_CHARACTERS.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return _CODE_CHARACTERS[-total % 31]


def _lines(works: Works) -> Iterator[Line]:
    for number in sorted({m.line for m in works.machines}):
        yield Line(f"{works.id}-L{number}", works.id, f"{works.trade.noun}{number}号线")


def _facilities(works: Works) -> Iterator[Facility]:
    yield Facility(f"{works.id}-F", works.id, Kind.FEEDER, name="总进线")
    for machine in works.machines:
        on_kw = round(machine.rated_kw * ON_SHARE[machine.kind], 2) if machine.meter else None
        yield Facility(
            machine.id,
            works.id,
            machine.kind,
            line=f"{works.id}-L{machine.line}",
            name=machine.name,
            stage=machine.stage,
            duty=machine.duty,
            rated_kw=machine.rated_kw,
            on_kw=on_kw,
            off_kw=round(on_kw * 0.6, 3) if on_kw else None,
        )


def _meters(works: Works) -> Iterator[Meter]:
    yield Meter(f"{works.id}-F-M", f"{works.id}-F", interval_s=900)
    yield from (Meter(m.meter, m.id) for m in works.machines if m.meter)


def _thresholds(works: Works) -> Iterator[Threshold]:
    for machine in works.of_kind(Kind.TREATMENT):
        if machine.meter is None or machine.duty == "standby":
            continue
        sudden = works.number in SUDDEN_LIMITS
        yield Threshold(
            machine.meter,
            "p",
            "above",
            round(machine.rated_kw * UPPER_SHARE, 2),
            on_delay_s=0 if sudden else 300,
            off_delay_s=60 if sudden else 300,
            deadband=round(machine.rated_kw * 0.05, 2),
            severity=2 if sudden else 1,
        )
        if not works.measures_production:
            yield from _lower(works, machine)


def _lower(works: Works, machine: Machine) -> Iterator[Threshold]:
    """Where nothing measures production, a limit below watches the hours in which treatment always runs."""
    if works.habit is Habit.CONTINUOUS:
        window, weekdays = None, frozenset(range(1, 8))
    elif works.habit in (Habit.DAY, Habit.TWO) and works.shift is not Shift.NIGHT:
        window, weekdays = Window.parse("09:00-17:00"), frozenset(range(1, 6))
    else:
        return
    value, deadband = round(machine.rated_kw * LOWER_SHARE, 2), round(machine.rated_kw * 0.05, 2)
    yield Threshold(
        str(machine.meter), "p", "below", value, deadband=deadband, severity=2, window=window, weekdays=weekdays
    )


def _filings(start_at: int) -> tuple[Filing, ...]:
    off = frozenset({Announced.PRODUCTION_OFF, Announced.TREATMENT_OFF})
    shut, maintained, pending = f"ZZ-{FILED_SHUTDOWN:03d}", f"ZZ-{FILED_MAINTENANCE:03d}", "ZZ-010"
    past = start_at - 6 * DAY_MS
    return (
        Filing(
            "BB-001", shut, "shutdown", start_at - HOUR_MS, start_at + 12 * HOUR_MS, announces=off, status="approved"
        ),
        Filing(
            "BB-002",
            maintained,
            "maintenance",
            past,
            past + 5 * HOUR_MS,
            facilities=frozenset({f"{maintained}-T1"}),
            status="approved",
        ),
        Filing("BB-003", pending, "maintenance", start_at + DAY_MS, start_at + DAY_MS + 4 * HOUR_MS),
    )
