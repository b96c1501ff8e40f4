"""Tables of rows, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grafana.boards.house import Json, steps
from grafana.boards.panel import panel
from grafana.boards.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: the name that the query gives it; its heading is the text `col.NAME` or the key `heading`.

    cell  how it is drawn: "", "color-text", "color-background" or "gauge"
    """

    name: str
    heading: str = ""
    unit: str = ""
    width: int = 0
    decimals: int | None = None
    cell: str = ""
    colour: str = ""
    highest: float | None = None
    mappings: list[Json] = field(default_factory=list)
    thresholds: Json | None = None
    links: list[Json] = field(default_factory=list)

    def override(self, say: Text) -> Json:
        given: dict[str, Any] = {
            "displayName": say(self.heading or f"col.{self.name}"),
            "unit": self.unit,
            "custom.width": self.width,
            "decimals": self.decimals,
            "mappings": self.mappings,
            "links": self.links,
            "max": self.highest,
            "thresholds": self.thresholds or (steps(below=self.colour) if self.colour else None),
            "color": {"mode": "thresholds"} if self.thresholds or self.colour else None,
            "custom.cellOptions": self._cell(),
        }
        properties = [{"id": id, "value": value} for id, value in given.items() if value not in ("", None, [], {}, 0)]
        return {"matcher": {"id": "byName", "options": self.name}, "properties": properties}

    def _cell(self) -> Json | None:
        if self.cell == "gauge":
            return {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        return {"type": self.cell} if self.cell else None


def table(
    say: Text,
    name: str,
    targets: Sequence[Json],
    columns: Sequence[Column],
    *,
    sort: str = "",
    rising: bool = False,
    first: Sequence[Json] = (),
    hidden: Sequence[str] = (),
    **more: Any,
) -> Json:
    """`columns` from left to right; `first` are the transformations before they are put in order."""
    order = {
        "id": "organize",
        "options": {
            "excludeByName": dict.fromkeys(hidden, True),
            "indexByName": {column.name: index for index, column in enumerate(columns)},
            "renameByName": {},
        },
    }
    shown = next((column for column in columns if column.name == sort), None)
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
        "sortBy": [{"displayName": say(shown.heading or f"col.{sort}"), "desc": not rising}] if shown else [],
    }
    return panel(
        say,
        name,
        "table",
        targets,
        defaults={"custom": {"align": "auto", "filterable": True, "cellOptions": {"type": "auto"}}},
        options=options,
        overrides=[column.override(say) for column in columns],
        transformations=[*first, order],
        **more,
    )


def only(name: str, value: float) -> Json:
    """Keep the rows where a column has this value."""
    test = {"fieldName": name, "config": {"id": "equal", "options": {"value": value}}}
    return {"id": "filterByValue", "options": {"filters": [test], "match": "all", "type": "include"}}


def difference(left: str, right: str, *, name: str) -> Json:
    """A new column: one less another."""
    return _calculated(left, "-", right, name=name)


def quotient(left: str, right: str, *, name: str, instead: bool = False) -> Json:
    """A new column: one by another; `instead` of all others where said so."""
    return _calculated(left, "/", right, name=name, instead=instead)


def _calculated(left: str, operator: str, right: str, *, name: str, instead: bool = False) -> Json:
    return {
        "id": "calculateField",
        "options": {
            "mode": "binary",
            "alias": name,
            "binary": {"left": left, "operator": operator, "right": right},
            "replaceFields": instead,
        },
    }
