"""One enterprise: its production against its treatment, with its alarms as bands, down to a meter's phases."""

from grafana.boards import balance, links, variables
from grafana.boards.dashboard import Board, Row, alarm_marks
from grafana.boards.house import (
    ALARM,
    CRITICAL,
    FEEDER,
    GOOD,
    IMBALANCE,
    KINDS,
    PRODUCTION,
    RULES,
    SEVERITIES,
    STATES,
    TREATMENT,
    Json,
    coloured,
    named,
    steps,
)
from grafana.boards.panel import curves, stat
from grafana.boards.query import EVERY, HOURS, READINGS, chosen, inner, outer, rows, select, series
from grafana.boards.table import Column, table
from grafana.boards.text import Text

PLANT = chosen("enterprise")
LOWEST_V, HIGHEST_V = 198.0, 235.4
"""220 V less 10 %, and plus 7 %, as GB/T 12325 allows for a single phase."""


def board(say: Text) -> Board:
    return Board(
        name="enterprise",
        variables=[
            variables.one_of(say, "enterprise"),
            variables.some_of(say, "facility", within=("enterprise",)),
            variables.some_of(say, "meter", within=("enterprise", "facility")),
            variables.step(say),
            variables.zone(say),
        ],
        links=[
            links.page(say, "enterprise", id="${enterprise:percentencode}"),
            links.board(say, "night"),
            links.board(say, "devices"),
        ],
        annotations=[alarm_marks(say)],
        rows=[
            Row(4, _now(say)),
            Row(11, [balance.balance(say)]),
            Row(6, [balance.bands(say)]),
            Row(9, [_facilities(say), balance.intensity(say)], (3, 2)),
            Row(8, [_energy(say)]),
            Row(8, _phases(say)),
            Row(9, [_changes(say)]),
        ],
    )


def _now(say: Text) -> list[Json]:
    found = [
        stat(
            say,
            f"plant.{kind}",
            series(outer('sum("p")', _last_load(kind))),
            unit="kwatt",
            thresholds=steps(below=colour),
            last="1h",
        )
        for kind, colour in (("feeder", FEEDER), ("production", PRODUCTION), ("treatment", TREATMENT))
    ]
    last = select('last("value") AS "value"', '"alarm"', PLANT, by='"rule", "subject"')
    alarms = stat(
        say,
        "plant.alarms",
        series(outer('sum("value")', last)),
        thresholds=steps((1, ALARM), below=GOOD),
        last="30d",
        empty="zero",
    )
    ratio = stat(
        say,
        "plant.ratio",
        series(select('last("ratio")', '"screening"', PLANT)),
        thresholds=steps((IMBALANCE, CRITICAL), below=GOOD),
        decimals=2,
        last="30d",
        links=[links.page(say, "focus")],
    )
    return [*found, alarms, ratio]


def _last_load(kind: str) -> str:
    return select('last("p") AS "p"', READINGS, PLANT, f"\"kind\" = '{kind}'", by='"meter"')


def _facilities(say: Text) -> Json:
    query = select(
        'mean("p")',
        READINGS,
        chosen("enterprise", "facility", "meter"),
        by=f'{EVERY}, "facility", "meter" fill(none)',
    )
    return curves(say, "plant.facilities", [series(query, name="$tag_facility · $tag_meter")], unit="kwatt")


def _energy(say: Text) -> Json:
    """The register's growth from one midnight to the next, which no missing reading changes."""
    grown = 'non_negative_difference(last("ep_last")) AS "kwh"'
    daily = select(grown, HOURS, PLANT, by='time(1d), "meter", "kind"', more="tz('${zone:raw}')")
    query = select('sum("kwh")', inner(daily), by='time(1d), "kind" fill(none)', more="tz('${zone:raw}')")
    return curves(
        say,
        "plant.energy",
        [series(query, name="$tag_kind")],
        unit="kwatth",
        bars=True,
        overrides=[coloured(kind, colour, shown=say(f"kind.{kind}")) for kind, colour in KINDS.items()],
        last="14d",
    )


def _phases(say: Text) -> list[Json]:
    limits = steps((LOWEST_V, GOOD), (HIGHEST_V, ALARM), below=ALARM)
    return [
        _measured(say, "plant.voltage", "ua", "ub", "uc", unit="volt", thresholds=limits, lowest=None),
        _measured(say, "plant.current", "ia", "ib", "ic", unit="amp"),
        _measured(say, "plant.factor", "pf", unit="none", lowest=None),
        _measured(say, "plant.frequency", "f", unit="rothz", lowest=None),
    ]


def _measured(say: Text, name: str, *fields: str, **more: object) -> Json:
    what = ", ".join(f'mean("{field}") AS "{field}"' for field in fields)
    where = chosen("enterprise", "facility", "meter")
    query = select(what, READINGS, where, by=f'{EVERY}, "meter" fill(none)')
    return curves(say, name, [series(query, name="$tag_meter $col")], fill=0, **more)  # type: ignore[arg-type]


def _changes(say: Text) -> Json:
    what = '"state", "severity", "rule", "subject", "reason", "alarm"'
    query = select(what, '"alarm"', PLANT, more="ORDER BY time DESC LIMIT 200")
    return table(
        say,
        "plant.changes",
        [rows(query)],
        [
            Column(name="Time", heading="col.at", unit="dateTimeAsSystem", width=180),
            Column(name="state", width=120, cell="color-text", mappings=named(say, "state", STATES)),
            Column(name="severity", width=110, cell="color-text", mappings=named(say, "severity", SEVERITIES)),
            Column(name="rule", width=220, mappings=named(say, "rule", RULES)),
            Column(name="subject", width=160),
            Column(name="alarm", width=90, unit="none", links=[links.page(say, "alarm", id=links.CELL)]),
            Column(name="reason"),
        ],
        sort="Time",
        empty="empty.alarms",
    )
