"""What a decoder gives: samples as the meter sent them, before the registry is asked who it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

REALTIME, BACKFILL = "realtime", "backfill"

Zone = Callable[[str, str], str | None]
"""(enterprise, meter) → the time zone that the meter's dossier names, if it names one."""


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
    """Samples of one meter, named as the message names it; `enterprise` "" where it does not say."""

    enterprise: str
    meter: str
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a message held, and what of it was refused, with the reason."""

    parcels: list[Parcel]
    refused: list[str]


class Decode(Protocol):
    def __call__(self, topic: str, payload: bytes, *, zone: Zone) -> Decoded:
        """Pure. Raises DecodeError where nothing of the message can be understood, and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way to speak: which topics to subscribe to, and how to read a message."""

    topics: tuple[str, ...]
    decode: Decode
