"""What a message of many rows holds, gathered row by row: a bad row costs only itself."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.errors import DecodeError
from ingest.decoders.decoded import REALTIME, Decoded, Parcel, Sample
from ingest.decoders.named_values import sample_of
from ingest.message import Answer

LONGEST_NAME = 100


class Gathering:
    """Collects samples by meter, refusals and remarks. A remark counts once a message."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str], list[Sample]] = {}
        self._refused: list[str] = []
        self._remarks: dict[str, None] = {}

    @contextmanager
    def setting_aside(self, what: str) -> Iterator[None]:
        """A DecodeError within refuses `what`, and the others go on."""
        try:
            yield
        except DecodeError as error:
            self._refused.append(f"{what}: {error}" if what else str(error))

    def add(
        self, meter: str, values: Mapping[str, float], *, ts: int | None, src: str = REALTIME, otherwise: str = ""
    ) -> None:
        """One reading of a meter, if the values make one."""
        sample, odd = sample_of(values, ts=ts, src=src)
        for remark in odd:
            self.remark(remark)
        if sample is not None:
            self._samples.setdefault((meter, otherwise), []).append(sample)

    def remark(self, text: str) -> None:
        self._remarks[text] = None

    def decoded(self, *answers: Answer) -> Decoded:
        parcels = [
            Parcel("", meter, samples, otherwise=otherwise) for (meter, otherwise), samples in self._samples.items()
        ]
        return Decoded(parcels, self._refused, list(answers), remarks=list(self._remarks))


def name_of(given: object, *, what: str) -> str:
    """A serial number or name as text; DecodeError where it is none."""
    named = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not named or len(named) > LONGEST_NAME:
        raise DecodeError(f"{what} is no name: {given!r:.40}")
    return named


def object_of(given: object, *, what: str) -> dict[str, Any]:
    """DecodeError where an object is expected and something else is there."""
    if not isinstance(given, dict):
        raise DecodeError(f"{what} is an object, not {type(given).__name__}")
    return given


def list_of(given: object, *, what: str) -> list[Any]:
    """DecodeError where a list is expected and something else is there."""
    if not isinstance(given, list):
        raise DecodeError(f"{what} is a list, not {type(given).__name__}")
    return given


def answer(topic: str, **fields: object) -> Answer:
    """A JSON answer."""
    return Answer(topic, json.dumps(fields, separators=(",", ":")).encode())


def echoed(given: object) -> object:
    """What a device sent to have it back: a short text or a number as it came, "" otherwise."""
    if isinstance(given, str):
        return given if len(given) <= LONGEST_NAME else ""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return ""
    return given
