"""A batch of messages → what they hold, by one registry."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.errors import DecodeError
from core.facility_state import FacilityState
from core.readings import Readings
from core.registry import Registry
from ingest.columns import ClockLimits, Columns, ratios
from ingest.decoders.decoded import Decoded, Parcel
from ingest.message import Answer, Message
from ingest.routing import Routing
from ingest.zones import RegistryZones, number_of

log = logging.getLogger(__name__)

UNKNOWN = "unknown meter"
REASONS_TOLD = 3

LARGEST = 1e15
"""Of any quantity, as it is stored. A store that sums two values of 1e308 fails on all that it sums with them."""
BEYOND = "value beyond any meter"


@dataclass(slots=True)
class Found:
    """What a batch of messages held. `dead` are those of which something is to be kept, with the reason."""

    batch: Readings
    dead: list[tuple[Message, str]] = field(default_factory=list)
    answers: list[tuple[Message, Answer]] = field(default_factory=list)
    states: list[FacilityState] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    knows_all: bool = True
    """Whether every meter that was named is in the registry."""


class Decoding:
    """Decodes by one registry; a new one needs a new Decoding."""

    def __init__(self, registry: Registry, routing: Routing, *, clocks: ClockLimits) -> None:
        self._registry, self._routing, self._clocks = registry, routing, clocks
        self._ratio, self._zone = ratios(registry), RegistryZones(registry)

    def decode(self, messages: Sequence[Message]) -> Found:
        """Never raises: a message that can't be understood is dead, and the others go on."""
        columns = Columns(self._ratio, limits=self._clocks)
        found = Found(batch=columns.batch())
        for message in messages:
            try:
                decoded = self._decoded(message)
            except DecodeError as error:
                found.dead.append((message, str(error)))
                continue
            except Exception as error:  # a bug of a decoder must not stop the others
                log.exception("decoder failed on %r", message.topic)
                found.dead.append((message, f"internal error: {type(error).__name__}"))
                continue
            self._collect(message, decoded, columns, found)
        found.batch = columns.batch()
        if beyond := _left_out(found.batch):
            found.remarks[BEYOND] = beyond
        return found

    def _decoded(self, message: Message) -> Decoded:
        dialect = self._routing.of(message.topic)
        if dialect is None:
            raise DecodeError("no dialect speaks on this topic")
        return dialect.decode(message.topic, message.payload, zone=self._zone, now=message.received_at)

    def _collect(self, message: Message, decoded: Decoded, columns: Columns, found: Found) -> None:
        reasons = decoded.refused
        for parcel in decoded.parcels:
            number = self._number(parcel)
            if number is None:
                found.knows_all = False
                reasons = [*reasons, _unknown(parcel)]
            else:
                columns.add(number, parcel, received_at=message.received_at)
        for state in decoded.states:
            if state.at - message.received_at > self._clocks.ahead_ms:
                reasons = [*reasons, f"{state.facility} is told a state of the future"]
            else:
                found.states.append(state)
        if reasons:
            found.dead.append((message, _told(reasons)))
        if decoded.answers:
            found.answers += [(message, answer) for answer in decoded.answers]
        if decoded.remarks:
            found.remarks.update(decoded.remarks)

    def _number(self, parcel: Parcel) -> int | None:
        number = number_of(self._registry, parcel.enterprise, parcel.meter)
        if number is None and parcel.otherwise:
            number = number_of(self._registry, parcel.enterprise, parcel.otherwise)
        return number


def _left_out(batch: Readings) -> int:
    """Make values beyond LARGEST absent, as an infinity is: how many there were."""
    beyond = np.abs(batch.values) > LARGEST
    count = int(np.count_nonzero(beyond))
    if count:
        batch.values[beyond] = np.nan
    return count


def _unknown(parcel: Parcel) -> str:
    of = f" of enterprise {parcel.enterprise!r:.80}" if parcel.enterprise else ""
    return f"{UNKNOWN} {parcel.meter!r:.80}{of}"


def _told(reasons: Sequence[str]) -> str:
    return "; ".join(reasons[:REASONS_TOLD]) + (" …" if len(reasons) > REASONS_TOLD else "")
