"""One enterprise's load by the hour: of the day, of the past days, and its ratio of night to day."""

from grafana.boards.house import DAY, FEEDER, GOOD, IMBALANCE, NIGHT, Json, coloured, steps
from grafana.boards.panel import bars, curves
from grafana.boards.query import HOURS, chosen, rows, select, series
from grafana.boards.text import Text

PLANT = chosen("enterprise")
RATIO = steps((1 / IMBALANCE, GOOD), (IMBALANCE, NIGHT), below=DAY)
NIGHT_ENDS, NIGHT_BEGINS = 6, 22


def profile(say: Text) -> Json:
    """The mean load of each hour of the day, in the colours of night and day."""
    query = select('sum("p_mean") AS "kw"', HOURS, PLANT, "\"kind\" = 'feeder'", by="time(1h) fill(none)")
    mean = {
        "Time": {"aggregations": [], "operation": "groupby"},
        "kw": {"aggregations": ["mean"], "operation": "aggregate"},
    }
    hour = {"timeField": "Time", "outputFormat": "HH", "timezone": "${zone:raw}", "useTimezone": True}
    return bars(
        say,
        "night.profile",
        rows(query),
        x="Time",
        by="Time",
        unit="kwatt",
        thresholds=steps(below=FEEDER),
        transformations=[
            {"id": "formatTime", "options": hour},
            {
                "id": "convertFieldType",
                "options": {"fields": {}, "conversions": [{"targetField": "Time", "destinationType": "number"}]},
            },
            {"id": "groupBy", "options": {"fields": mean}},
            {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "Time"}]}},
        ],
        overrides=[_hour_column(say), {**coloured("kw (mean)", FEEDER, shown=say("night.profile.load"))}],
    )


def _hour_column(say: Text) -> Json:
    night = steps((NIGHT_ENDS, DAY), (NIGHT_BEGINS, NIGHT), below=NIGHT)
    properties = [
        {"id": "displayName", "value": say("col.hour")},
        {"id": "unit", "value": "none"},
        {"id": "color", "value": {"mode": "thresholds"}},
        {"id": "thresholds", "value": night},
    ]
    return {"matcher": {"id": "byName", "options": "Time"}, "properties": properties}


def history(say: Text) -> Json:
    query = select('"ratio"', '"screening"', PLANT, by='"enterprise"')
    return curves(
        say,
        "night.history",
        [series(query, name="$tag_enterprise")],
        unit="none",
        fill=0,
        thresholds=RATIO,
        overrides=[{"matcher": {"id": "byType", "options": "number"}, "properties": POINTS}],
        last="90d",
        empty="empty.screening",
    )


POINTS = [
    {"id": "custom.showPoints", "value": "auto"},
    {"id": "custom.spanNulls", "value": True},
    {"id": "decimals", "value": 2},
    {"id": "max", "value": 3},
    {"id": "color", "value": {"mode": "thresholds"}},
]


def hours(say: Text) -> Json:
    query = select('sum("p_mean") AS "kw"', HOURS, PLANT, "\"kind\" = 'feeder'", by="time(1h) fill(none)")
    return curves(
        say,
        "night.hours",
        [series(query, name="feeder")],
        unit="kwatt",
        bars=True,
        overrides=[coloured("feeder", FEEDER, shown=say("kind.feeder"))],
    )
