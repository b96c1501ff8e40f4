"""Panels. A panel's name is the key of its title; of its description with `.about`."""

from collections.abc import Sequence
from typing import Any

from grafana.boards.house import ACCENT, Json, steps
from grafana.boards.query import DATASOURCE
from grafana.boards.text import Text


def panel(
    say: Text,
    name: str,
    kind: str,
    targets: Sequence[Json],
    *,
    defaults: Json,
    options: Json,
    overrides: Sequence[Json] = (),
    transformations: Sequence[Json] = (),
    links: Sequence[Json] = (),
    last: str = "",
    empty: str = "empty",
) -> Json:
    """A panel without place and id; `last` is its own time range, such as "1h", whatever the dashboard shows."""
    made: Json = {
        "type": kind,
        "title": say(name),
        "description": say(f"{name}.about"),
        "datasource": DATASOURCE,
        "targets": list(targets),
        "fieldConfig": {"defaults": {"noValue": say(empty)} | defaults, "overrides": list(overrides)},
        "options": options,
        "transformations": list(transformations),
        "links": list(links),
    }
    return made | ({"timeFrom": last, "hideTimeOverride": False} if last else {})


def stat(
    say: Text,
    name: str,
    target: Json,
    *,
    unit: str = "short",
    thresholds: Json | None = None,
    field: str = "",
    calc: str = "lastNotNull",
    decimals: int | None = None,
    **more: Any,
) -> Json:
    """One number in large type."""
    defaults = {
        "unit": unit,
        "color": {"mode": "thresholds"},
        "thresholds": thresholds or steps(below=ACCENT),
    } | ({} if decimals is None else {"decimals": decimals})
    options = {
        "reduceOptions": {"calcs": [calc], "fields": field, "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "value",
        "justifyMode": "auto",
        "orientation": "auto",
        "wideLayout": True,
    }
    return panel(say, name, "stat", [target], defaults=defaults, options=options, **more)


def curves(
    say: Text,
    name: str,
    targets: Sequence[Json],
    *,
    unit: str,
    fill: int = 10,
    stacked: bool = False,
    bars: bool = False,
    thresholds: Json | None = None,
    lowest: float | None = 0,
    **more: Any,
) -> Json:
    """Quantities over time; a gap of more than an hour stays one."""
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 70 if bars else fill,
        "showPoints": "never",
        "spanNulls": 3_600_000,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if thresholds else "off"},
        "axisBorderShow": False,
        "barAlignment": 0,
    }
    defaults = {
        "unit": unit,
        "color": {"mode": "palette-classic"},
        "custom": custom,
        "thresholds": thresholds or steps(below=ACCENT),
    } | ({} if lowest is None else {"min": lowest})
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return panel(say, name, "timeseries", targets, defaults=defaults, options=options, **more)


def band(say: Text, name: str, target: Json, *, mappings: list[Json], thresholds: Json, **more: Any) -> Json:
    """States over time, a row for each series."""
    defaults = {
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 75, "lineWidth": 0},
        "mappings": mappings,
        "thresholds": thresholds,
    }
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.8,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel(say, name, "state-timeline", [target], defaults=defaults, options=options, **more)


def squares(say: Text, name: str, target: Json, *, unit: str, thresholds: Json, **more: Any) -> Json:
    """One square a bucket, a row for each series."""
    defaults = {
        "unit": unit,
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 80, "lineWidth": 1},
        "thresholds": thresholds,
    }
    options = {
        "showValue": "never",
        "rowHeight": 0.9,
        "colWidth": 0.9,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel(say, name, "status-history", [target], defaults=defaults, options=options, **more)


def bars(say: Text, name: str, target: Json, *, x: str, by: str, unit: str, thresholds: Json, **more: Any) -> Json:
    """A bar for each row; its colour is that of the column `by`."""
    defaults = {
        "unit": unit,
        "min": 0,
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 85, "lineWidth": 0, "axisBorderShow": False},
        "thresholds": thresholds,
    }
    options = {
        "xField": x,
        "colorByField": by,
        "orientation": "auto",
        "barWidth": 0.9,
        "groupWidth": 0.7,
        "showValue": "never",
        "stacking": "none",
        "fullHighlight": False,
        "xTickLabelRotation": 0,
        "xTickLabelSpacing": 0,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel(say, name, "barchart", [target], defaults=defaults, options=options, **more)
