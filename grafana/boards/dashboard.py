"""A dashboard around its panels."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana.boards import links, variables
from grafana.boards.house import ALARM, Json
from grafana.boards.query import DATASOURCE, chosen, select
from grafana.boards.text import Text

SCHEMA = 39
"""Of Grafana 10.4; later versions bring it up to their own by themselves."""

WIDTH = 24


@dataclass(frozen=True, slots=True)
class Row:
    """Panels beside each other: `height` in units of 30 pixels, widths as shares of the row."""

    height: int
    panels: Sequence[Json]
    shares: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What is particular to a dashboard; `name` is the key of its title and a part of its address."""

    name: str
    rows: Sequence[Row]
    variables: Sequence[Json] = ()
    links: Sequence[Json] = ()
    annotations: Sequence[Json] = field(default_factory=tuple)
    last: str = "24h"
    refresh: str = "1m"

    def json(self, say: Text, *, address: str) -> Json:
        """As Grafana reads it; `address` is where nightwatt's pages are."""
        return {
            "uid": f"nightwatt-{self.name}-{say.language}",
            "title": say(f"board.{self.name}"),
            "description": say(f"board.{self.name}.about"),
            "tags": ["nightwatt", f"nightwatt-{say.language}"],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": True,
            "graphTooltip": 1,
            "timezone": "browser",
            "time": {"from": f"now-{self.last}", "to": "now"},
            "refresh": self.refresh,
            "timepicker": {"refresh_intervals": ["30s", "1m", "5m", "15m", "1h"]},
            "annotations": {"list": list(self.annotations)},
            "links": [links.siblings(say), *map(links.on_top, self.links)],
            "templating": {"list": [*self.variables, variables.pages(address)]},
            "panels": _placed(self.rows),
        }


def alarm_marks(say: Text) -> Json:
    """Every change of an alarm of the chosen enterprise as a mark on all curves."""
    query = select('"title", "reason", "severity", "rule", "state"', '"alarm"', chosen("enterprise"))
    return {
        "name": say("marks"),
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": ALARM,
        "target": {
            "refId": "Anno",
            "fromAnnotations": True,
            "query": query,
            "rawQuery": True,
            "textEditor": True,
            "resultFormat": "table",
            "titleColumn": "title",
            "textColumn": "reason",
            "tagsColumn": "rule,state",
            "timeEndColumn": "",
            "name": say("marks"),
        },
    }


def _placed(rows: Sequence[Row]) -> list[Json]:
    found: list[Json] = []
    top = 0
    for row in rows:
        shares = row.shares or [1] * len(row.panels)
        left = 0
        for panel, share in zip(row.panels, shares, strict=True):
            width = WIDTH * share // sum(shares)
            place = {"x": left, "y": top, "w": width, "h": row.height}
            found.append({"id": len(found) + 1, "gridPos": place} | panel)
            left += width
        top += row.height
    return found
