"""An alarm's evidence as a table: every name with its value, written in the unit that the name ends in.

Rules write what they judged by, as JSON values; a rule that is new here is shown all the same. What has no word is
called by its name in the evidence, and whatever stands there can be shown.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup, escape

from api.web.show import NOTHING, Show, kw, percent
from api.web.subjects import Subjects
from core.alarm import Alarm
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS

MOST = 12
"""Members of a list, or of a list's member, that are written out; of the others the number is given."""

DEEPEST = 3

UNITS = {"_percent": "%", "_kwh": "kWh", "_kw": "kW", "_kvar": "kvar", "_kva": "kVA", "_hz": "Hz", "_v": "V", "_a": "A"}
LONGEST_MS = 1_000 * 365 * DAY_MS
"""No span that is meant is longer; what is not meant must not break the page."""
SPANS = {"_s": 1000, "_min": MINUTE_MS, "_h": HOUR_MS, "_days": DAY_MS}
_SHARE, _INSTANT = "_share", "_at"
_NAMED = frozenset({"facility", "facilities", "meter", "meters", "line", "lines", "subject", "scope"})
_SHARES = frozenset({"completeness", "least"})

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")

Text = Markup | str


@dataclass(frozen=True, slots=True)
class Fact:
    """A name in the reader's language and what stands under it."""

    name: str
    value: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Writes evidence in one language and zone.

    called  what people call a facility, meter or line of the enterprise by its id; None for what is none of them
    """

    show: Show
    tz: str
    called: Callable[[str], str | None]

    def __call__(self, evidence: Mapping[str, Any], *, without: Sequence[str] = ()) -> list[Fact]:
        """In the order of the evidence; empty values are left out."""
        return [
            Fact(self.name(key), self.value(key, value))
            for key, value in evidence.items()
            if key not in without and value not in (None, "", [], {})
        ]

    def name(self, key: str) -> str:
        """The word for a name with or without its unit, else the name itself without underscores."""
        words, stem = self.show.words, _stem(key)
        for known in (key, stem):
            if words.has(f"evidence.{known}"):
                return words(f"evidence.{known}")
        return words.name("quantity", stem) if words.has(f"quantity.{stem}") else stem.replace("_", " ")

    def value(self, key: str, value: object, depth: int = 0) -> Text:
        """What stands under a name."""
        if depth > DEEPEST:
            return "…"
        gap = escape(self.show.words("list.gap"))
        if isinstance(value, Mapping):
            return self._joined([self._member(key, *pair, depth) for pair in _without_id(value).items()], Markup(" "))
        if isinstance(value, list | tuple) and _is_span(value):
            return Markup("{} – {}").format(*("…" if end is None else self.value(key, end) for end in value))
        if isinstance(value, list | tuple):
            return self._joined([self.value(key, part, depth + 1) for part in value], gap)
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return self.show.words("yes" if value else "no")
        if isinstance(value, int | float):
            return self._number(key, value)
        return self._text(key, str(value))

    def _member(self, key: str, part: object, held: object, depth: int) -> Text:
        """One value of a group: by severity, by phase, or with a name of its own."""
        words = self.show.words
        if words.has(f"severity.{part}"):
            return Markup("{} {}").format(words.name("severity", part), self.value(key, held, depth + 1))
        inner = str(part)
        if inner in ("name", "facility", "meter"):
            return self.value(inner, held, depth + 1)
        unit_key = inner if _stem(inner) != inner else inner + key[len(_stem(key)) :]
        return Markup("{} {}").format(self.name(inner), self.value(unit_key, held, depth + 1))

    def _number(self, key: str, value: float) -> Text:
        if not math.isfinite(value):
            return NOTHING
        if key.endswith(_INSTANT):
            return self._instant(round(value))
        if key in _SHARES or f"_{key}".removesuffix("s").endswith(_SHARE):
            return percent(value)
        for ending, ms in SPANS.items():
            if key.endswith(ending):
                return self._span(value * ms, delays="delay" in key)
        for ending, unit in UNITS.items():
            if f"_{key}".endswith(ending):
                return kw(value, unit)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _instant(self, at: int) -> Text:
        try:
            return self.show.instant(at, self.tz)
        except (ValueError, OverflowError, OSError):
            return str(at)

    def _span(self, ms: float, *, delays: bool) -> str:
        if delays and ms == 0:
            return self.show.words("threshold.at-once")
        if abs(ms) < MINUTE_MS:
            return self.show.words("span.seconds", n=f"{ms / 1000:g}")
        return self.show.lasted(round(max(-LONGEST_MS, min(ms, LONGEST_MS))))

    def _text(self, key: str, value: str) -> Text:
        if key in _NAMED:
            name = self.called(value)
            return Markup('<span title="{}">{}</span>').format(value, name) if name else value
        if _RFC3339.match(value):
            return self.show.written(value, self.tz)
        families = (f"evidence.{key}", "filing" if key == "kind" else key, _stem(key))
        known = (family for family in families if self.show.words.has(f"{family}.{value}"))
        return self.show.words.name(next(known, key), value)

    def _joined(self, parts: Sequence[Text], gap: Markup) -> Text:
        more = [self.show.words("evidence.more", n=len(parts) - MOST)] if len(parts) > MOST else []
        return gap.join([*parts[:MOST], *more])


def facts_of(show: Show, subjects: Subjects, alarm: Alarm, tz: str, *, without: Sequence[str] = ()) -> list[Fact]:
    """An alarm's evidence for its page."""
    return Facts(show, tz, partial(subjects.thing, alarm.enterprise))(alarm.evidence, without=without)


def _is_span(value: Sequence[object]) -> bool:
    """Two instants, of which the second may not have come."""
    first, *rest = value or [None]
    return len(rest) == 1 and all(isinstance(end, str) and _RFC3339.match(end) for end in (first, rest[0] or first))


def _without_id(group: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """The group without the id of a thing whose name it holds as well."""
    if not group.get("name"):
        return group
    return {part: held for part, held in group.items() if part not in ("facility", "meter")}


def _stem(key: str) -> str:
    """A name without its unit."""
    for ending in (*UNITS, *SPANS, _INSTANT, _SHARE):
        if key.endswith(ending) and len(key) > len(ending):
            return key[: -len(ending)]
    return key
