"""The evidence of a transition in words: what runs and what does not, which value is beyond which limit.

Evidence is read back from a JSON column and may be older than this code: what is missing or not as a
rule writes it gives no words, never an error, and the message falls back to what it says of the rule.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from core.readings import UNITS
from notify.figures import stem, unit_of
from notify.words import Words, one_line

NAMED = 3
"""Facilities that are called by name; of more, the number is given."""

FIGURES = 5
"""Values that are told of evidence without a teller of its own."""

NAME_LENGTH = 24

_FAR = 1e12
"""A number that is larger is no measurement."""


def in_words(rule: str, evidence: object, words: Words) -> list[str]:
    """Lines for a message; empty where the evidence gives none."""
    if not isinstance(evidence, Mapping):
        return []
    tell = TELLERS.get(rule)
    return tell(evidence, words) if tell else figures(rule, evidence, words)


def interlock(evidence: Mapping[str, Any], words: Words) -> list[str]:
    """What runs, and what does not run and from which power on it would."""
    found = _what_runs(evidence, words)
    return found if len(found) == 2 else []


def threshold(evidence: Mapping[str, Any], words: Words) -> list[str]:
    """The value beside its limit."""
    meter, quantity, side = (_text(evidence.get(key)) for key in ("meter", "quantity", "side"))
    value, limit = _number(evidence.get("value")), _number(evidence.get("limit"))
    if not meter or quantity not in words.quantities or side not in words.beyond or value is None or limit is None:
        return []
    # An alarm stays while the value is inside the deadband: then it is not beyond its limit any more.
    beyond = value > limit if side == "above" else value < limit
    line = (words.beyond if beyond else words.within)[side].format(
        meter=meter,
        quantity=words.quantities[quantity],
        value=f"{_beside(value, limit)} {UNITS[quantity]}".rstrip(),
        limit=f"{_decimal(limit, 6)} {UNITS[quantity]}".rstrip(),
    )
    return [line]


def figures(rule: str, evidence: Mapping[str, Any], words: Words) -> list[str]:
    """The rule's own sentence; below it what runs, what does not, and the values that have a name."""
    _, sentence = words.rules.get(rule, ("", ""))
    known = [(words.figures.get(stem(str(key))), key, value) for key, value in _with_newest_hour(evidence).items()]
    told = [f"{name} {text}" for name, key, value in known if name and (text := _value(str(key), value, words))]
    below = [*_what_runs(evidence, words), words.comma.join(told[:FIGURES])]
    return [line for line in (sentence, *below) if line] if any(below) else []


TELLERS: dict[str, Callable[[Mapping[str, Any], Words], list[str]]] = {
    "interlock": interlock,
    "threshold": threshold,
}


def _with_newest_hour(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    """The evidence with what it says of its last hour, where it goes by hours."""
    hours = evidence.get("hours")
    last = hours[-1] if isinstance(hours, list) and hours else None
    return {**evidence, **last} if isinstance(last, Mapping) else evidence


def _what_runs(evidence: Mapping[str, Any], words: Words) -> list[str]:
    running = _facilities(evidence.get("running"), words, starts=False)
    stopped = _facilities(evidence.get("stopped"), words, starts=True)
    lines = [words.running.format(facilities=running)] if running else []
    return lines + ([words.stopped.format(facilities=stopped)] if stopped else [])


def _facilities(found: object, words: Words, *, starts: bool) -> str:
    """The first few by name; empty where there are none or one of them can't be named."""
    if not isinstance(found, list):
        return ""
    named = [_facility(one, words, starts=starts) for one in found[:NAMED]]
    more = words.more.format(count=len(found)) if len(found) > NAMED else ""
    return words.comma.join(named) + more if all(named) else ""


def _facility(found: object, words: Words, *, starts: bool) -> str:
    if not isinstance(found, Mapping):
        return ""
    name = _text(found.get("name")) or _text(found.get("facility"))
    power_kw, on_kw = _number(found.get("power_kw")), _number(found.get("on_kw"))
    if not name or power_kw is None:
        return name
    on = words.starts_at.format(on=f"{_figure(on_kw)} kW") if starts and on_kw is not None else ""
    return f"{name} {_figure(power_kw)} kW{on}"


def _value(key: str, value: object, words: Words) -> str:
    """A number in its unit, a text, or a few texts; empty for anything else."""
    number = _number(value)
    if number is not None:
        return _in_unit(key, number, words)
    parts = [_text(part) for part in value[:NAMED]] if isinstance(value, list) else [_text(value)]
    more = words.more.format(count=len(value)) if isinstance(value, list) and len(value) > NAMED else ""
    return words.comma.join(parts) + more if parts and all(parts) else ""


def _in_unit(key: str, number: float, words: Words) -> str:
    if key.endswith("_s"):
        return words.minutes.format(n=_figure(number / 60))
    if f"_{key}".endswith("_share"):
        return f"{_figure(100 * number)} %"
    return f"{_figure(number)} {unit_of(key)}".rstrip()


def _text(found: object) -> str:
    return one_line(found, NAME_LENGTH) if isinstance(found, str) else ""


def _number(found: object) -> float | None:
    """None also for NaN and infinities, which compare false; the comparison is safe for an int of any size."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < _FAR else None


def _figure(value: float) -> str:
    """Three significant digits, at most three of them decimals; whole digits are never rounded away."""
    if value == 0:
        return "0"
    return _decimal(value, min(3, max(0, 2 - math.floor(math.log10(abs(value))))))


def _beside(value: float, limit: float) -> str:
    """A value in as few digits as leave it on its own side of the limit."""
    rounded = _figure(value)
    return rounded if (float(rounded) - limit) * (value - limit) > 0 else _decimal(value, 6)


def _decimal(value: float, places: int) -> str:
    text = f"{value:z.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text
