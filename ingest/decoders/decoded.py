"""What a decoder gives: samples as the meter sent them, before the registry is asked who it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from core.facility_state import FacilityState
from ingest.message import Answer

REALTIME, BACKFILL = "realtime", "backfill"


class Zone(Protocol):
    """Asks the dossiers for time zones."""

    def __call__(self, enterprise: str, meter: str) -> str | None:
        """The zone that the meter's dossier names, if it names one. `enterprise` "" where the message names none."""
        ...

    def local(self, meter: str) -> str:
        """For dialects whose times are local by their documents: the meter's zone, else its enterprise's, else ours."""
        ...


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One reading as sent, units converted. `ts` is ms UTC, None where the message has no time.

    The fields are those of our own contract, so that its messages are decoded straight into samples.
    """

    ts: int | None = None
    p: float | None = None
    ep: float | None = None
    q: float | None = None
    pf: float | None = None
    ua: float | None = None
    ub: float | None = None
    uc: float | None = None
    ia: float | None = None
    ib: float | None = None
    ic: float | None = None
    f: float | None = None
    seq: int = -1
    src: str = REALTIME

    @property
    def is_backfill(self) -> bool:
        return self.src == BACKFILL


@dataclass(frozen=True, slots=True)
class Parcel:
    """Samples of one meter, named as the message names it; `enterprise` "" where it does not say.

    `quality` holds bits that the message itself tells of all its samples. `otherwise` is a second name, tried
    where nobody has the first: a device with one circuit may be registered without the number of its circuit.
    """

    enterprise: str
    meter: str
    samples: list[Sample]
    quality: int = 0
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a message held: readings, what of it was refused with the reason, and what its device waits for.

    A message without readings is none the worse (a login, a heart-beat, a device that has gone). `remarks`
    are oddities worth counting ("peer uses Modbus CRC"), of a small fixed set.
    """

    parcels: list[Parcel]
    refused: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    states: list[FacilityState] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Decode(Protocol):
    def __call__(self, topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
        """Pure; `now` is ms UTC of arrival, for answers that carry the time.

        Raises DecodeError where nothing of the message can be understood, and nothing else.
        """
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A message that is a part of something larger. Parts of one `key` belong together.

    name   which part it is; the same name again starts the whole anew
    of     how many there are; 0 where the device does not say: then quiet, or a name that comes again, ends it
    """

    key: str
    name: str
    of: int = 0


class Parts(Protocol):
    """How a dialect spreads one reading over several messages (split packets, one value a topic). Pure."""

    def part(self, topic: str, payload: bytes) -> Part | None:
        """None: the message is whole. Never raises: what can't be read is whole, and `decode` says what is wrong."""
        ...

    def join(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
        """One (topic, payload) that `decode` reads, from those of all parts in the order they came."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way to speak: which topics to subscribe to, how to read a message, and how it may be spread over several."""

    topics: tuple[str, ...]
    decode: Decode
    parts: Parts | None = None
