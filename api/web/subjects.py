"""What an alarm is about, as people call it: a line's stage, a facility's power beyond its limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.web.show import kw
from api.web.words import Words
from core.alarm import Alarm
from core.records import Unjudged
from core.registry import Facility, Line, Registry


@dataclass(frozen=True, slots=True)
class Topic:
    """What a rule speaks of, whether it raised an alarm or could not judge."""

    rule: str
    subject: str
    enterprise: str
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, row: Alarm | Unjudged) -> "Topic":
        """Of an alarm with its evidence."""
        return cls(row.rule, row.subject, row.enterprise, row.evidence if isinstance(row, Alarm) else {})


@dataclass(frozen=True, slots=True)
class Names:
    """The registry with its lines by id, made once for all alarms of a page."""

    registry: Registry
    lines: Mapping[str, Line]

    @classmethod
    def of(cls, registry: Registry) -> "Names":
        return cls(registry, {line.id: line for line in registry.lines})

    def facility(self, enterprise: str, *, meter: str) -> Facility | None:
        """The enterprise's facility that the meter is on, if the meter is known."""
        number = self.registry.meter_number.get(meter)
        if number is None:
            return None
        return self._own(enterprise, self.registry.meters[number].facility)

    def thing(self, enterprise: str, id: str) -> str | None:
        """The name of a line, a facility or a meter's facility of the enterprise; None where it has none of that id."""
        line = self.lines.get(id)
        if line is not None and line.enterprise == enterprise:
            return line.name or line.id
        facility = self._own(enterprise, id) or self.facility(enterprise, meter=id)
        return None if facility is None else facility.name or facility.id

    def _own(self, enterprise: str, id: str) -> Facility | None:
        return next((row for row in self.registry.facilities_of(enterprise) if row.id == id), None)


def subject_in_words(topic: Topic, *, names: Names, words: Words) -> str:
    """The subject by name; as it stands where the enterprise has nothing of that id (any more)."""
    found = _IN_WORDS.get(topic.rule, _thing)(topic, names, words)
    return found or topic.subject


def _thing(topic: Topic, names: Names, words: Words) -> str | None:
    """A meter, facility or line; the enterprise itself, whose name the reader sees beside it."""
    if topic.subject == topic.enterprise:
        return words("subject.enterprise")
    return names.thing(topic.enterprise, topic.subject)


def _stage(topic: Topic, names: Names, words: Words) -> str | None:
    """`line/stage`. Ids and stages may hold slashes themselves: the longest id that is known is the line."""
    parts = topic.subject.split("/")
    for end in range(len(parts), 0, -1):
        id, stage = "/".join(parts[:end]), "/".join(parts[end:])
        # What names no line is the enterprise's own: the reader sees the enterprise's name beside it.
        line = "" if id == topic.enterprise else names.thing(topic.enterprise, id)
        if line is not None:
            called = words("kind.treatment") if stage == "treatment" else stage
            return " · ".join(part for part in (line, called) if part)
    return None


def _limit(topic: Topic, names: Names, words: Words) -> str | None:
    """`meter/quantity/side`; the limit itself is in the evidence."""
    meter, *rest = topic.subject.rsplit("/", 2)
    facility = names.facility(topic.enterprise, meter=meter)
    if facility is None or len(rest) < 2 or not words.has(f"side.{rest[1]}"):
        return None
    quantity, side = rest
    limit, unit = topic.evidence.get("limit"), str(topic.evidence.get("unit", ""))
    known = isinstance(limit, int | float)
    beyond = words(f"side.{side}", limit=kw(limit, unit)) if known else words(f"side.{side}.its")
    return f"{facility.name or facility.id} {words.name('quantity', quantity)} {beyond}"


def _order(topic: Topic, names: Names, words: Words) -> str | None:
    """An order by its number, with what it is on where that is a part of the enterprise."""
    order = next((row for row in names.registry.orders if row.id == topic.subject), None)
    if order is None or names.registry.enterprise_of_scope.get(order.scope) != topic.enterprise:
        return None
    on = None if order.scope == topic.enterprise else names.thing(topic.enterprise, order.scope)
    number = words("subject.order", id=order.id)
    return f"{on} · {number}" if on else number


def _filing(topic: Topic, names: Names, words: Words) -> str | None:
    """A filing by its kind and number."""
    filing = next((row for row in names.registry.filings_of(topic.enterprise) if row.id == topic.subject), None)
    if filing is None:
        return None
    return words("subject.filing", kind=words.name("filing", filing.kind), id=filing.id)


_IN_WORDS: dict[str, Callable[[Topic, Names, Words], str | None]] = {
    "interlock": _stage,
    "late-start": _stage,
    "early-stop": _stage,
    "intermittent": _stage,
    "threshold": _limit,
    "stop-order": _order,
    "limit-order": _order,
    "window-order": _order,
    "contradiction": _filing,
}


class Subjects:
    """Names subjects for one page. The registry is asked for only where an alarm is shown, and once."""

    def __init__(self, snapshot: Callable[[], Registry], words: Words) -> None:
        self._snapshot, self._words = snapshot, words
        self._known: Names | None = None

    def __call__(self, row: Alarm | Unjudged) -> str:
        """What the row is about."""
        return subject_in_words(Topic.of(row), names=self._names(), words=self._words)

    def thing(self, enterprise: str, id: str) -> str | None:
        """What people call a line, facility or meter of the enterprise; None where it has none of that id."""
        return self._names().thing(enterprise, id)

    def _names(self) -> Names:
        if self._known is None:
            self._known = Names.of(self._snapshot())
        return self._known
