"""Queries in InfluxQL, which InfluxDB 1.x, 2.x and 3.x all answer."""

from grafana.boards.house import Json

DATASOURCE = {"type": "influxdb", "uid": "nightwatt"}

READINGS = '"meter"'
HOURS = '"hourly"."meter_hourly"'
"""Hourly values: of a city and of months they are read in no time."""

EVERY = "time($step)"
"""Buckets as wide as the variable `step` says."""


def chosen(*tags: str) -> str:
    """The condition that each tag is what the variable of its name says: one value, several, or all."""
    return " AND ".join(f'"{tag}" =~ /^${{{tag}:regex}}$/' for tag in tags)


def select(what: str, of: str, *conditions: str, by: str = "", more: str = "") -> str:
    """One query within the time range of its panel."""
    where = " AND ".join([*filter(None, conditions), "$timeFilter"])
    return _query(what, of, where, by, more)


def outer(what: str, query: str, *conditions: str, by: str = "") -> str:
    """A query over the rows of another one, which has the time range in it."""
    return _query(what, inner(query), " AND ".join(filter(None, conditions)), by, "")


def inner(query: str) -> str:
    """A query to select from."""
    return f"({query})"


def _query(what: str, of: str, where: str, by: str, more: str) -> str:
    parts = (f"SELECT {what} FROM {of}", where and f"WHERE {where}", by and f"GROUP BY {by}", more)  # noqa: S608
    return " ".join(filter(None, parts))


def series(query: str, *, name: str = "", ref: str = "A") -> Json:
    """A target whose series are named by a pattern: `$tag_…` is a tag, `$col` the column."""
    return {
        "refId": ref,
        "datasource": DATASOURCE,
        "query": query,
        "rawQuery": True,
        "resultFormat": "time_series",
        "alias": name,
    }


def rows(query: str, *, ref: str = "A") -> Json:
    """A target that gives a table."""
    return series(query, ref=ref) | {"resultFormat": "table"}
