"""Asks InfluxDB what Grafana would ask it: the queries of a dashboard with its variables filled."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from stores.influx.address import InfluxAddress
from tests.influx import execute

Json = dict[str, Any]

_UNITS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and where it stands; `last` is its time range."""

    where: str
    query: str
    last: str

    def __str__(self) -> str:
        return self.where


def asked(dashboard: Json) -> Iterator[Asked]:
    """Every query of a dashboard: of its panels, its annotations and its variables."""
    last = dashboard["time"]["from"].removeprefix("now-")
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            where = f"{dashboard['uid']} · {panel['title']} · {target['refId']}"
            yield Asked(where, target["query"], panel.get("timeFrom", last))
    for annotation in dashboard["annotations"]["list"]:
        yield Asked(f"{dashboard['uid']} · {annotation['name']}", annotation["target"]["query"], last)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield Asked(f"{dashboard['uid']} · ${variable['name']}", variable["query"], last)


def filled(query: str, variables: Mapping[str, str], *, last: str, now: int) -> str:
    """As Grafana sends it: `:regex` escaped, but for ".*", which stands for all; KeyError for an unknown variable."""
    start = now - int(last[:-1]) * _UNITS[last[-1]]
    values = dict(variables) | {"timeFilter": f"time >= {start}ms and time <= {now}ms"}

    def value(found: re.Match[str]) -> str:
        plain = values[found[1] or found[3]]
        return re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", plain) if found[2] == "regex" and plain != ".*" else plain

    return _VARIABLE.sub(value, query.replace("/^", "/\0").replace("$/", "\1/")).replace("\0", "^").replace("\1", "$")


def values(address: InfluxAddress, query: str) -> list[object]:
    """Everything that the answer holds beside instants, what is absent left out."""
    return [
        value
        for series in execute(address, query)
        for name, column in series.items()
        if name not in ("time", "tags", "key")
        for value in column
        if value is not None
    ]
