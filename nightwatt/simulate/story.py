"""What the demo tells beside the events of every hour: each kind once, some of it in force as the city begins.

A *working day* here is a local Monday to Thursday, so that shifts of any kind run through it.
"""

from collections.abc import Iterator

from core.filing import Announced, Filing
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, Window
from core.order import Order, OrderKind, Preset
from core.response import Region, Response, order_of
from nightwatt.simulate.planted import (
    CONTRADICTED,
    DISOBEYED,
    EARLY_STOP,
    IDLING,
    INTERMITTENT,
    LATE_START,
    OBEYED,
    PHASE_LOST,
    POWER_CUT,
    REGISTER_STILL,
    SHUTDOWN,
    Planted,
)
from nightwatt.simulate.schedule import Schedule, day_of, start_of
from nightwatt.simulate.works import (
    DISOBEYS_NIGHT_BAN,
    DISOBEYS_STOP,
    FILED_BUT_RUNS,
    IDLES,
    LIMITED,
    LOSES_A_PHASE,
    LOSES_POWER,
    REGISTER_STOPS,
    STARTS_LATE,
    STOPS_EARLY,
    SWITCHES_NOW,
    SWITCHES_OFTEN,
    Works,
)

RESPONSE_ID = "CJ-001"
DISTRICT = "石峰区"
OBEYED_LEVEL = 0.6
"""What those who obey a limit of 30 % produce, as a share of the usual."""
_BAN_ID, _SHUTDOWN_ID = "XL-001", "BB-004"


def working_day(start_at: int, back: int) -> int:
    """The local day of the `back`-th working day that lies wholly before the quiet day before the start."""
    day = day_of(start_at) - 2
    while True:
        if (day + 3) % 7 < 4:
            back -= 1
            if back == 0:
                return day
        day -= 1


def response(start_at: int) -> Response:
    """The orange response that is in force as the city begins."""
    from_at = start_at - 26 * HOUR_MS
    return Response(RESPONSE_ID, Region(DISTRICT), "orange", from_at, from_at + 72 * HOUR_MS)


def presets() -> tuple[Preset, ...]:
    """What each level asks of those of the district whose production is measured."""
    limits = {"yellow": 20.0, "orange": 30.0, "red": 50.0}
    rows = [
        Preset(f"ZZ-{n:03d}", level, OrderKind.LIMIT, percent) for n in LIMITED for level, percent in limits.items()
    ]
    stopped = f"ZZ-{DISOBEYS_STOP:03d}"
    rows.append(Preset(stopped, "yellow", OrderKind.LIMIT, 30.0))
    rows += [Preset(stopped, level, OrderKind.STOP, guaranteed_kw=40.0) for level in ("orange", "red")]
    return tuple(rows)


def orders(start_at: int) -> tuple[Order, ...]:
    """Those of the response, and a ban on night work for one night."""
    night = start_of(working_day(start_at, 2)) + 18 * HOUR_MS
    wanted = response(start_at)
    ban = Order(
        _BAN_ID,
        f"ZZ-{DISOBEYS_NIGHT_BAN:03d}",
        OrderKind.WINDOW,
        night,
        night + 14 * HOUR_MS,
        window=Window.parse("22:00-06:00"),
    )
    return (*(order_of(row, wanted) for row in presets() if row.level == wanted.level), ban)


def filings(start_at: int) -> tuple[Filing, ...]:
    """A shutdown that was approved, and in the middle of which production runs."""
    shut_from, shut_to, _, _ = _shutdown(start_at)
    off = frozenset({Announced.PRODUCTION_OFF, Announced.TREATMENT_OFF})
    enterprise = f"ZZ-{FILED_BUT_RUNS:03d}"
    return (Filing(_SHUTDOWN_ID, enterprise, "shutdown", shut_from, shut_to, announces=off, status="approved"),)


def told(works: tuple[Works, ...], schedule: Schedule, *, start_at: int) -> Iterator[Planted]:
    """The truth of it all."""
    of = {row.number: row for row in works}
    yield from _edges(of, schedule, start_at)
    yield from _in_the_past(of, start_at)
    yield from _orders(of, start_at)
    yield from _contradicted(of[FILED_BUT_RUNS], start_at)
    yield from _now(of, start_at)


def _edges(of: dict[int, Works], schedule: Schedule, start_at: int) -> Iterator[Planted]:
    """Treatment that comes a good while after production one morning, and one that goes just before it."""
    late, early = of[STARTS_LATE], of[STOPS_EARLY]
    day = working_day(start_at, 1)
    begins = start_of(day) + schedule.first_minute(late, 1, day) * MINUTE_MS
    yield _at(LATE_START, late, begins - 10 * MINUTE_MS, begins + 13 * MINUTE_MS)
    day = working_day(start_at, 3)
    ends = start_of(day) + schedule.last_minute(early, 1, day) * MINUTE_MS
    yield _at(EARLY_STOP, early, ends - 2 * MINUTE_MS, ends + 15 * MINUTE_MS)


def _in_the_past(of: dict[int, Works], start_at: int) -> Iterator[Planted]:
    noon = [start_of(working_day(start_at, back)) + 12 * HOUR_MS for back in range(5)[1:]]
    yield _at(INTERMITTENT, of[SWITCHES_OFTEN], noon[0] + 2 * HOUR_MS, noon[0] + 4 * HOUR_MS)
    meter = str(_treatment_meter(of[REGISTER_STOPS]))
    stops = noon[1] + 2 * HOUR_MS
    yield Planted(REGISTER_STILL, of[REGISTER_STOPS].id, meter, stops, stops + 100 * MINUTE_MS)
    works = of[LOSES_POWER]
    yield Planted(POWER_CUT, works.id, works.id, noon[2] + HOUR_MS, noon[2] + HOUR_MS + 45 * MINUTE_MS)


def _orders(of: dict[int, Works], start_at: int) -> Iterator[Planted]:
    wanted, ban = response(start_at), orders(start_at)[-1]
    for number in LIMITED:
        works = of[number]
        yield Planted(OBEYED, works.id, works.id, wanted.from_at, wanted.to_at, OBEYED_LEVEL)
    stopped, banned = of[DISOBEYS_STOP].id, of[DISOBEYS_NIGHT_BAN].id
    yield Planted(DISOBEYED, stopped, f"{RESPONSE_ID}-{stopped}", wanted.from_at, wanted.to_at)
    yield Planted(DISOBEYED, banned, _BAN_ID, ban.from_at, ban.to_at)


def _contradicted(works: Works, start_at: int) -> Iterator[Planted]:
    shut_from, shut_to, runs_from, runs_to = _shutdown(start_at)
    yield Planted(SHUTDOWN, works.id, works.id, shut_from + 10 * MINUTE_MS, runs_from)
    yield Planted(CONTRADICTED, works.id, _SHUTDOWN_ID, runs_from, runs_to)
    yield Planted(SHUTDOWN, works.id, works.id, runs_to, shut_to)


def _shutdown(start_at: int) -> tuple[int, int, int, int]:
    """(from, to) of the filing and (from, to) of the production in its midst."""
    evening = start_of(working_day(start_at, 2)) + 18 * HOUR_MS
    return evening, evening + 12 * HOUR_MS, evening + 4 * HOUR_MS, evening + 7 * HOUR_MS


def _now(of: dict[int, Works], start_at: int) -> Iterator[Planted]:
    """What becomes an alarm or a ticket in the first hour."""
    yield _at(IDLING, of[IDLES], start_at - 27 * MINUTE_MS, start_at + 70 * MINUTE_MS, 0.45)
    yield _at(INTERMITTENT, of[SWITCHES_NOW], start_at - 14 * MINUTE_MS, start_at + 50 * MINUTE_MS)
    meter = str(_treatment_meter(of[LOSES_A_PHASE]))
    works = of[LOSES_A_PHASE]
    yield Planted(PHASE_LOST, works.id, meter, start_at + 36 * MINUTE_MS, start_at + 3 * HOUR_MS)


def _at(kind: str, works: Works, from_at: int, to_at: int, level: float = 0.0) -> Planted:
    return Planted(kind, works.id, _treatment(works), from_at, to_at, level)


def _treatment(works: Works) -> str:
    return next(m.id for m in works.machines if m.stage)


def _treatment_meter(works: Works) -> str | None:
    return next(m.meter for m in works.machines if m.stage)


def past_days(start_at: int) -> int:
    """How many days before the start the story begins."""
    return (start_at - start_of(working_day(start_at, 4))) // DAY_MS + 1
