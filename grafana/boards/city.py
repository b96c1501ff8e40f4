"""The city at a glance: who reports, what it draws, which alarms are open."""

from grafana.boards import links
from grafana.boards.dashboard import Board, Row
from grafana.boards.house import ALARM, GOOD, KINDS, RULES, SEVERITIES, Json, coloured, named, steps
from grafana.boards.panel import curves, stat
from grafana.boards.query import HOURS, READINGS, outer, rows, select, series
from grafana.boards.table import Column, only, table
from grafana.boards.text import Text

MONTH = "30d"
"""Alarms and screenings that are older than this are not looked for: none stays as it is for so long."""

OPEN = select('last("value") AS "value"', '"alarm"', by='"enterprise", "rule", "subject"')
SCREENED = select('last("flagged") AS "flagged", "remark"', '"screening"', by='"enterprise"')


def board(say: Text) -> Board:
    return Board(
        name="city",
        last="7d",
        links=[links.page(say, "overview"), links.page(say, "alarms"), links.page(say, "focus")],
        rows=[
            Row(4, _now(say)),
            Row(9, [_load(say), _raised(say)], (3, 2)),
            Row(10, [open_alarms(say)]),
            Row(10, [_largest(say), _most_alarms(say)]),
        ],
    )


def _now(say: Text) -> list[Json]:
    reporting = select('last("quality") AS "reporting"', READINGS, by='"enterprise"')
    meters = select('last("quality") AS "reporting"', READINGS, by='"meter"')
    load = select('last("p") AS "p"', READINGS, "\"kind\" = 'feeder'", by='"meter"')
    some = steps((1, ALARM), below=GOOD)
    return [
        _sum(say, "city.reporting", outer('count("reporting")', reporting), last="1h"),
        _sum(say, "city.meters", outer('count("reporting")', meters), last="1h"),
        _sum(say, "city.load", outer('sum("p")', load), last="1h", unit="kwatt"),
        _sum(
            say,
            "city.alarms",
            outer('sum("value")', OPEN),
            last=MONTH,
            thresholds=some,
            empty="zero",
            links=[links.page(say, "alarms")],
        ),
        _sum(
            say,
            "city.focus",
            outer('sum("flagged")', SCREENED, "\"remark\" = ''"),
            last=MONTH,
            thresholds=some,
            empty="zero",
            links=[links.page(say, "focus")],
        ),
    ]


def _sum(say: Text, name: str, query: str, **more: object) -> Json:
    return stat(say, name, series(query), **more)  # type: ignore[arg-type]


def _load(say: Text) -> Json:
    query = select('sum("p_mean")', HOURS, by='time(1h), "kind" fill(none)')
    named_kinds = [coloured(kind, colour, shown=say(f"kind.{kind}")) for kind, colour in KINDS.items()]
    return curves(say, "city.curve", [series(query, name="$tag_kind")], unit="kwatt", overrides=named_kinds)


def _raised(say: Text) -> Json:
    query = select('count("value")', '"alarm"', "\"state\" = 'active'", by='time(6h), "severity" fill(none)')
    return curves(
        say,
        "city.raised",
        [series(query, name="$tag_severity")],
        unit="none",
        bars=True,
        stacked=True,
        overrides=[coloured(s, colour, shown=say(f"severity.{s}")) for s, colour in SEVERITIES.items()],
        empty="empty.alarms",
    )


def open_alarms(say: Text) -> Json:
    """What is active now, the newest first."""
    what = 'last("value") AS "value", "severity", "since", "reason", "alarm"'
    query = select(what, '"alarm"', by='"enterprise", "rule", "subject"')
    severity = named(say, "severity", SEVERITIES)
    return table(
        say,
        "city.open",
        [rows(query)],
        [
            Column(name="Time", heading="col.changed", unit="dateTimeFromNow", width=150),
            Column(name="severity", width=110, cell="color-text", mappings=severity),
            Column(name="enterprise", width=130, links=links.of_enterprise(say)),
            Column(name="rule", width=220, mappings=named(say, "rule", RULES)),
            Column(name="subject", width=160),
            Column(name="since", unit="dateTimeAsSystem", width=180),
            Column(name="alarm", width=90, unit="none", links=[links.page(say, "alarm", id=links.CELL)]),
            Column(name="reason"),
        ],
        first=[only("value", 1)],
        hidden=["value"],
        sort="Time",
        last=MONTH,
        empty="empty.alarms",
    )


def _largest(say: Text) -> Json:
    query = select('mean("p_mean") AS "kw", max("p_max") AS "peak_kw"', HOURS, "\"kind\" = 'feeder'", by='"enterprise"')
    return table(
        say,
        "city.largest",
        [rows(query)],
        [
            Column(name="enterprise", width=160, links=links.of_enterprise(say)),
            Column(name="kw", unit="kwatt", cell="gauge", colour=KINDS["feeder"]),
            Column(name="peak_kw", unit="kwatt", width=130),
        ],
        hidden=["Time"],
        sort="kw",
    )


def _most_alarms(say: Text) -> Json:
    query = select('count("value") AS "alarms"', '"alarm"', "\"state\" = 'active'", by='"enterprise"')
    return table(
        say,
        "city.most",
        [rows(query)],
        [
            Column(name="enterprise", width=160, links=[*links.of_enterprise(say), links.alarms_of_cell(say)]),
            Column(name="alarms", unit="none", cell="gauge", colour=ALARM),
        ],
        hidden=["Time"],
        sort="alarms",
        empty="empty.alarms",
    )
