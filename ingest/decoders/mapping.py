"""A vendor's payload, described in configuration alone, as a dialect.

`mapping_load` reads descriptions and says what is wrong with them; here they are carried out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Dialect, Zone
from ingest.decoders.gathering import LONGEST_NAME, Gathering
from ingest.decoders.mapping_paths import MISSING, JsonPath, Template, TopicPattern
from ingest.decoders.mapping_time import TimeFormat
from ingest.decoders.named_values import put
from ingest.decoders.payload import check_count, levels, number, parsed
from ingest.decoders.single_values import SingleValues, value_in, values_of


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where a quantity stands: at one path, or as the sum of what stands at several; `factor` brings it to our unit."""

    paths: tuple[JsonPath, ...]
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether what stands at a path is one of these values, of the same JSON type."""

    path: JsonPath
    values: tuple[str | int | float | bool | None, ...]

    def holds(self, message: Any, element: Any) -> bool:
        found = self.path.find(message, element)
        return any(type(found) is type(value) and found == value for value in self.values)


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """The description of a dialect.

    meter      how the meter is named; `otherwise` a second name, tried where nobody has the first
    each       a list or object whose elements are readings of their own
    part       one value a topic: the name of the value; paths lead into the object of all values by name
    when       only messages (or elements) of which this holds are readings; others are understood with nothing
    backfill   of which readings are sent later
    quantities quantity, or active power of a phase (pa, pb, pc), → where it stands
    """

    name: str
    topic: TopicPattern
    meter: Template
    quantities: dict[str, Quantity]
    otherwise: Template | None = None
    each: JsonPath | None = None
    part: Template | None = None
    when: Condition | None = None
    backfill: Condition | None = None
    time: TimeFormat | None = None

    @property
    def paths(self) -> list[JsonPath]:
        """Every path to a value, those of names left out."""
        found = [path for quantity in self.quantities.values() for path in quantity.paths]
        found += [condition.path for condition in (self.when, self.backfill) if condition]
        return found + ([self.time.path] if self.time else [])


def mapping(spec: MappingSpec) -> Dialect:
    """The dialect of a description."""
    reader = _Reader(spec)
    return Dialect((spec.topic.subscription,), reader.decode, SingleValues(reader.address) if spec.part else None)


class _Reader:
    def __init__(self, spec: MappingSpec) -> None:
        self._spec = spec
        self._wanted = frozenset(path.steps[0] for path in spec.paths if path.steps)
        self._is_plain = any(not path.steps for path in spec.paths) and spec.each is None

    def address(self, topic: str) -> tuple[str, str] | None:
        """Of one value a topic: the meter and the value's name; None for values that nothing is read from."""
        parts = self._spec.topic.match(topic)
        if parts is None or self._spec.part is None:
            return None
        name = self._spec.part.fill(parts)
        return (self._spec.meter.fill(parts), name) if name in self._wanted else None

    def decode(self, topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
        levels(topic)
        parts = self._spec.topic.match(topic)
        if parts is None:
            raise DecodeError(f"topic is not {self._spec.topic.text:.200}")
        if not payload or (self._spec.part and self.address(topic) is None):
            return Decoded([])
        message = self._message(payload, parts)
        gathering = Gathering()
        when = self._spec.when
        if when is not None and not when.path.from_element and not when.holds(message, message):
            return Decoded([])  # before its elements are looked for: a heart-beat has none
        for what, parts_of_element, element in self._elements(message, parts):
            with gathering.setting_aside(what):
                self._read(message, element, parts=parts_of_element, zone=zone, into=gathering)
        return gathering.decoded()

    def _message(self, payload: bytes, parts: dict[str, str]) -> Any:
        if self._spec.part:
            return values_of(payload, self._spec.part.fill(parts))
        return value_in(payload) if self._is_plain else parsed(payload)

    def _elements(self, message: Any, parts: dict[str, str]) -> Iterator[tuple[str, dict[str, str], Any]]:
        """(what to call it in a reason, named parts, element); `{key}` is its key or place."""
        if self._spec.each is None:
            yield "", parts, message
            return
        found = self._spec.each.find(message, message)
        if not isinstance(found, list | dict):
            raise DecodeError(f"{self._spec.each.text}[*] leads to no list or object")
        check_count(len(found))
        for key, element in found.items() if isinstance(found, dict) else enumerate(found):
            yield f"element {key!r:.60}", parts | {"key": str(key)}, element

    def _read(self, message: Any, element: Any, *, parts: dict[str, str], zone: Zone, into: Gathering) -> None:
        spec = self._spec
        if spec.when is not None and not spec.when.holds(message, element):
            return
        meter = _name(spec.meter, parts, message, element)
        values = self._values(message, element)
        ts = spec.time.read(message, element, local=zone.local(meter)) if spec.time else None
        later = spec.backfill is not None and spec.backfill.holds(message, element)
        otherwise = _name(spec.otherwise, parts, message, element) if spec.otherwise else ""
        if values:
            into.add(meter, values, ts=ts, src=BACKFILL if later else REALTIME, otherwise=otherwise)

    def _values(self, message: Any, element: Any) -> dict[str, float]:
        """The quantities that have a value; DecodeError where no path leads anywhere: it is no such message."""
        values: dict[str, float] = {}
        anything = False
        for quantity, place in self._spec.quantities.items():
            found = [path.find(message, element) for path in place.paths]
            anything = anything or any(value is not MISSING for value in found)
            known = [number(quantity, None if value is MISSING else value) for value in found]
            if None not in known:
                put(values, quantity, sum(value for value in known if value is not None), factor=place.factor)
        if not anything:
            raise DecodeError(f"none of the quantities of mapping {self._spec.name} is there")
        return values


def _name(template: Template, parts: dict[str, str], message: Any, element: Any) -> str:
    try:
        name = template.fill(parts, message, element)
    except ValueError as error:
        raise DecodeError(f"meter: {error}") from error
    if len(name) > LONGEST_NAME:
        raise DecodeError(f"meter: a name of {len(name)} characters; at most {LONGEST_NAME} are taken")
    return name
