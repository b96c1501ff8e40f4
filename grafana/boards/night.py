"""Who works at night: the newest screening, and one enterprise's load hour by hour."""

from grafana.boards import links, profile, variables
from grafana.boards.dashboard import Board, Row
from grafana.boards.house import (
    ALARM,
    CLASSES,
    FEEDER,
    GOOD,
    QUIET,
    Json,
    named,
    steps,
)
from grafana.boards.panel import stat
from grafana.boards.query import outer, rows, select, series
from grafana.boards.table import Column, table
from grafana.boards.text import Text

# Whatever a result lacks, this field it has: it is chosen by it, and the others come from the same result.
NEWEST = select('last("flagged") AS "flagged", "ratio", "remark"', '"screening"', by='"enterprise"')
MONTH = "30d"


def board(say: Text) -> Board:
    return Board(
        name="night",
        last="14d",
        refresh="5m",
        variables=[variables.one_of(say, "enterprise"), variables.zone(say)],
        links=[
            links.page(say, "focus"),
            links.page(say, "enterprise", id="${enterprise:percentencode}"),
            links.board(say, "enterprise"),
        ],
        rows=[
            Row(4, _newest(say)),
            Row(11, [_list(say), _classes(say)], (3, 1)),
            Row(9, [profile.profile(say), profile.history(say)]),
            Row(8, [profile.hours(say)]),
        ],
    )


def _newest(say: Text) -> list[Json]:
    suspicious = steps((1, ALARM), below=GOOD)
    return [
        _of_newest(say, "night.flagged", 'sum("flagged")', "\"remark\" = ''", thresholds=suspicious),
        _of_newest(say, "night.apart", 'sum("flagged")', "\"remark\" != ''"),
        _of_newest(say, "night.steepest", 'max("ratio")', decimals=2, thresholds=profile.RATIO),
        _of_newest(say, "night.screened", 'count("flagged")'),
        stat(
            say,
            "night.at",
            rows(select('last("flagged")', '"screening"')),
            unit="dateTimeFromNow",
            field="Time",
            last=MONTH,
        ),
    ]


def _of_newest(say: Text, name: str, what: str, condition: str = "", **more: object) -> Json:
    query = outer(what, NEWEST, condition)
    return stat(say, name, series(query), last=MONTH, empty="zero", **more)  # type: ignore[arg-type]


def _list(say: Text) -> Json:
    what = 'last("flagged") AS "flagged", "class", "ratio", "night_kw", "day_kw", "valid_days", "coverage", "remark"'
    infinite = [{"type": "special", "options": {"match": "null", "result": {"text": "—", "index": 0}}}]
    return table(
        say,
        "night.list",
        [rows(select(what, '"screening"', by='"enterprise"'))],
        [
            Column(name="flagged", width=80, unit="none", mappings=named(say, "flagged", {"0": QUIET, "1": ALARM})),
            Column(name="enterprise", width=130, links=links.of_enterprise(say)),
            Column(name="class", width=120, cell="color-text", mappings=named(say, "class", CLASSES)),
            Column(name="ratio", width=90, decimals=2, cell="color-text", mappings=infinite, thresholds=profile.RATIO),
            Column(name="night_kw", unit="kwatt", width=110),
            Column(name="day_kw", unit="kwatt", width=110),
            Column(name="valid_days", unit="none", width=90),
            Column(name="coverage", unit="percentunit", width=90),
            Column(name="remark"),
            Column(name="Time", heading="col.screened", unit="dateTimeFromNow", width=140),
        ],
        first=[
            {
                "id": "sortBy",
                "options": {"fields": {}, "sort": [{"field": "ratio", "desc": True}]},
            },
            {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "flagged", "desc": True}]}},
        ],
        last=MONTH,
        empty="empty.screening",
    )


def _classes(say: Text) -> Json:
    query = select('last("flagged") AS "flagged", "class"', '"screening"', by='"enterprise"')
    counted = {
        "class": {"aggregations": [], "operation": "groupby"},
        "flagged": {"aggregations": ["count"], "operation": "aggregate"},
    }
    return table(
        say,
        "night.classes",
        [rows(query)],
        [
            Column(name="class", width=140, cell="color-text", mappings=named(say, "class", CLASSES)),
            Column(name="flagged (count)", heading="col.enterprises", unit="none", cell="gauge", colour=FEEDER),
        ],
        first=[{"id": "groupBy", "options": {"fields": counted}}],
        last=MONTH,
        empty="empty.screening",
    )
