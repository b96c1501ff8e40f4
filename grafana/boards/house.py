"""Colours of nightwatt's pages on a dark ground, so that a thing looks the same in both; and its words for them."""

from typing import Any

from grafana.boards.text import Text

Json = dict[str, Any]

PRODUCTION, TREATMENT, FEEDER = "#6ea8ff", "#4cc796", "#94a3b8"
PRE_WARNING, ALARM, CRITICAL = "#f0b84a", "#ff8f5a", "#ff6b7d"
GOOD, QUIET, ACCENT = "#58c793", "#4d716e", "#4cc3d4"
NIGHT, DAY = "#948bf5", "#3f7f9c"

KINDS = {"feeder": FEEDER, "production": PRODUCTION, "treatment": TREATMENT, "auxiliary": QUIET, "combined": ACCENT}
SEVERITIES = {"1": PRE_WARNING, "2": ALARM, "3": CRITICAL}
STATES = {"active": ALARM, "normal": GOOD, "suppressed": QUIET}
CLASSES = {
    "night-only": CRITICAL,
    "night-heavy": NIGHT,
    "balanced": GOOD,
    "day-heavy": DAY,
    "idle": QUIET,
    "insufficient": QUIET,
}
RULES = (
    "interlock",
    "late-start",
    "early-stop",
    "idling",
    "intermittent",
    "threshold",
    "stop-order",
    "limit-order",
    "window-order",
    "balance",
    "silent",
    "power-cut",
    "phase",
    "tamper",
    "contradiction",
)

IMBALANCE = 1.5
"""Night ÷ day from which on a load is night-heavy; its inverse is day-heavy."""


def named(say: Text, noun: str, colours: Json | tuple[str, ...]) -> list[Json]:
    """A value mapping: ids as people say them, in their colours where there are any."""
    options = {
        id: {"text": say(f"{noun}.{id}"), "index": index}
        | ({"color": colours[id]} if isinstance(colours, dict) else {})
        for index, id in enumerate(colours)
    }
    return [{"type": "value", "options": options}]


def steps(*above: tuple[float, str], below: str) -> Json:
    """Thresholds: the colour below the first one, and from each value on."""
    found = [{"color": below, "value": None}, *({"color": colour, "value": value} for value, colour in above)]
    return {"mode": "absolute", "steps": found}


def coloured(name: str, colour: str, *, shown: str | None = None, **more: Any) -> Json:
    """An override for one series: its colour, its name, and properties by path with "__" for the dot."""
    properties = [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]
    if shown is not None:
        properties.append({"id": "displayName", "value": shown})
    properties += [{"id": key.replace("__", "."), "value": value} for key, value in more.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}
