"""What an alarm is about, as people call it: a line's stage, a facility's power beyond its limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.web.show import kw
from api.web.words import Words
from core.alarm import Alarm
from core.registry import Facility, Line, Registry


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


def subject_in_words(alarm: Alarm, *, names: Names, words: Words) -> str:
    """The subject by name; as it stands where the enterprise has nothing of that id (any more)."""
    found = _IN_WORDS.get(alarm.rule, _thing)(alarm, names, words)
    return found or alarm.subject


def _thing(alarm: Alarm, names: Names, words: Words) -> str | None:
    return names.thing(alarm.enterprise, alarm.subject)


def _stage(alarm: Alarm, names: Names, words: Words) -> str | None:
    """`line/stage`. Ids and stages may hold slashes themselves: the longest id that is known is the line."""
    parts = alarm.subject.split("/")
    for end in range(len(parts), 0, -1):
        id, stage = "/".join(parts[:end]), "/".join(parts[end:])
        # What names no line is the enterprise's own: the reader sees the enterprise's name beside it.
        line = "" if id == alarm.enterprise else names.thing(alarm.enterprise, id)
        if line is not None:
            called = words("kind.treatment") if stage == "treatment" else stage
            return " · ".join(part for part in (line, called) if part)
    return None


def _limit(alarm: Alarm, names: Names, words: Words) -> str | None:
    """`meter/quantity/side`; the limit itself is in the evidence."""
    meter, *rest = alarm.subject.rsplit("/", 2)
    facility = names.facility(alarm.enterprise, meter=meter)
    if facility is None or len(rest) < 2 or not words.has(f"side.{rest[1]}"):
        return None
    quantity, side = rest
    limit, unit = alarm.evidence.get("limit"), str(alarm.evidence.get("unit", ""))
    known = isinstance(limit, int | float)
    beyond = words(f"side.{side}", limit=kw(limit, unit)) if known else words(f"side.{side}.its")
    return f"{facility.name or facility.id} {words.name('quantity', quantity)} {beyond}"


_IN_WORDS: dict[str, Callable[[Alarm, Names, Words], str | None]] = {"interlock": _stage, "threshold": _limit}


class Subjects:
    """Names subjects for one page. The registry is asked for only where an alarm is shown, and once."""

    def __init__(self, snapshot: Callable[[], Registry], words: Words) -> None:
        self._snapshot, self._words = snapshot, words
        self._names: Names | None = None

    def __call__(self, alarm: Alarm) -> str:
        if self._names is None:
            self._names = Names.of(self._snapshot())
        return subject_in_words(alarm, names=self._names, words=self._words)
