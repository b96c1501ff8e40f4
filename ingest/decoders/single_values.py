"""One value a topic: a device's values, sent one by one, that make one reading together.

What is joined is a message on the first value's topic, `{"$values": {name: payload as text}}`, so that it
finds the same dialect again when it is a dead letter that is replayed.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import Part
from ingest.decoders.payload import check_count, check_size, parsed, parsed_object

JOINED = "$values"
MAX_VALUE_BYTES = 1_000

_OPENING = b'{"' + JOINED.encode() + b'"'

Address = Callable[[str], tuple[str, str] | None]
"""Topic → (device or circuit, name of the value); None for a topic that holds none of use."""


@dataclass(frozen=True, slots=True)
class SingleValues:
    """The parts of a dialect with one value a topic; how many values come together is not said."""

    address: Address

    def part(self, topic: str, payload: bytes) -> Part | None:
        """An empty payload is whole: it takes a retained value away, and measures nothing."""
        if not payload or len(payload) > MAX_VALUE_BYTES or is_joined(payload):
            return None
        found = self.address(topic)
        return None if found is None else Part(key=found[0], name=found[1])

    def join(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
        """One message with all values."""
        values = {}
        for topic, payload in parts:
            found = self.address(topic)
            if found is not None:
                values[found[1]] = payload.decode("utf-8", "replace")
        return parts[0][0], json.dumps({JOINED: values}, separators=(",", ":")).encode()


def is_joined(payload: bytes) -> bool:
    return payload.startswith(_OPENING)


def values_of(payload: bytes, name: str) -> dict[str, Any]:
    """Values by their names, of a joined message or of a single one, whose name its topic says."""
    if not is_joined(payload):
        if len(payload) > MAX_VALUE_BYTES:
            raise DecodeError(f"a value of {len(payload)} bytes; at most {MAX_VALUE_BYTES} are taken")
        return {name: value_in(payload)}
    texts = parsed_object(payload)[JOINED]
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise DecodeError(f"{JOINED} is an object of texts")
    check_count(len(texts))
    return {key: value_in(text.encode("utf-8", "replace")) for key, text in texts.items()}


def value_in(payload: bytes) -> Any:
    """JSON where it is some, else the text: plain numbers are both, "nan" and "on" are text."""
    check_size(payload)
    try:
        return parsed(payload)
    except DecodeError:
        return payload.decode("utf-8", "replace").strip()
