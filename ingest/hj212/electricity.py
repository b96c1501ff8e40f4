"""The electricity in a packet: values of CP by the code table → parcels, one for each circuit."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from core.errors import DecodeError
from core.readings import Quality
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Parcel, Sample, Zone
from ingest.decoders.instant import compact_local_ms
from ingest.decoders.named_values import NO_ELECTRICITY
from ingest.hj212.codes import ONLY, Meaning, is_of_electricity, meanings
from ingest.hj212.segment import Packet

REALTIME_DATA, MINUTES, HOUR, DAY = "2011", "2051", "2061", "2031"
UNKNOWN_CODES = "electricity under codes that are not in the table"
DAY_AVERAGES = "averages of days are no readings"

LATE_MS = 15 * 60_000
"""Data that was sent so long after it was measured is back-fill. By the station's own clock, which may be wrong."""

_MEASURED = frozenset("NFST")
"""Flags under which a value was measured: normal, stopped, by hand, out of range. Of all others none may be used."""


@dataclass(slots=True)
class Circuit:
    """The values of one channel: those measured, and those that the station itself says are no measurement."""

    alone: str
    measured: dict[str, float] = field(default_factory=dict)
    invalid: dict[str, float] = field(default_factory=dict)


def electricity(packet: Packet, *, zone: Zone) -> Decoded:
    """Readings of a data packet (CN 2011, 2051, 2061, 2031).

    Averages of minutes and hours are taken as samples at their DataTime, the start of the period: good enough for
    screening and for what was missed. An average over a day would hide the night from the day, so it is left out.
    """
    circuits, refused = _circuits(packet, period=packet.cn != REALTIME_DATA)
    if not circuits:
        return Decoded([], refused, remarks=[] if refused else [_why_none(packet)])
    if packet.cn == DAY:
        return Decoded([], refused, remarks=[DAY_AVERAGES])
    try:
        return Decoded(_parcels(packet, circuits, zone=zone), refused)
    except DecodeError as error:
        return Decoded([], [*refused, str(error)])


def measured_at(packet: Packet, *, zone_name: str) -> int | None:
    """DataTime, local, in ms UTC. A real-time packet without one is of the instant of its QN, else of its arrival."""
    text = packet.value("DataTime")
    if text is None and packet.cn == REALTIME_DATA:
        text = packet.qn.partition(",")[0] or None
        if text is None:
            return None
    if text is None:
        raise DecodeError("no DataTime")
    try:
        return _instant(text, zone_name)
    except DecodeError as error:
        raise DecodeError(f"DataTime is not a time: {text!r:.40}") from error


def _parcels(packet: Packet, circuits: Mapping[str, Circuit], *, zone: Zone) -> list[Parcel]:
    parcels = []
    for channel, circuit in circuits.items():
        name = f"{packet.mn}/{channel}"
        at = measured_at(packet, zone_name=zone.local(name))
        src = BACKFILL if packet.is_late or _sent_later(packet, at, zone_name=zone.local(name)) else REALTIME
        sample = Sample(ts=at, src=src, **(circuit.measured or circuit.invalid))  # type: ignore[arg-type]
        quality = 0 if circuit.measured else int(Quality.INVALID)
        is_alone = circuit.alone == channel or (circuit.alone == ONLY and len(circuits) == 1)
        parcels.append(Parcel("", name, [sample], quality, packet.mn if is_alone else ""))
    return parcels


def _sent_later(packet: Packet, at: int | None, *, zone_name: str) -> bool:
    if at is None or not packet.qn:
        return False
    try:
        return at < _instant(packet.qn.partition(",")[0], zone_name) - LATE_MS
    except DecodeError:
        return False


def _why_none(packet: Packet) -> str:
    """A system of electricity whose codes are not known is worth a look; the others only measure something else."""
    is_told = any(name != "DataTime" for item in packet.items for name in item)
    return UNKNOWN_CODES if is_told and is_of_electricity(packet.st) else NO_ELECTRICITY


def _circuits(packet: Packet, *, period: bool) -> tuple[dict[str, Circuit], list[str]]:
    """By channel, and the values that are no numbers. Those that are not finite (NaN) are absent."""
    circuits: dict[str, Circuit] = {}
    refused = []
    for key, text, is_measured, meant in _values(packet, period=period):
        try:
            value = float(text)
        except ValueError:
            refused.append(f"{key} is not a number: {text!r:.40}")
            continue
        if math.isfinite(value):
            circuit = circuits.get(meant.channel) or circuits.setdefault(meant.channel, Circuit(meant.alone))
            values = circuit.measured if is_measured else circuit.invalid
            values[meant.quantity] = value / meant.per_unit
    return circuits, refused


def _values(packet: Packet, *, period: bool) -> Iterator[tuple[str, str, bool, Meaning]]:
    known, elsewhere = meanings(packet.st, period=period), None
    for item in packet.items:
        for key, text in item.items():
            if meant := known[key]:
                flag = item.get(meant.flag)
                if not flag:
                    elsewhere = _flags(packet) if elsewhere is None else elsewhere
                    flag = elsewhere.get(meant.flag)
                yield key, text, not flag or flag.upper() in _MEASURED, meant


def _flags(packet: Packet) -> dict[str, str]:
    """Some senders put a flag into an item of its own. A value without any counts."""
    return {key: text for item in packet.items for key, text in item.items() if key.endswith("-Flag")}


@lru_cache(maxsize=4096)
def _instant(text: str, zone_name: str) -> int:
    """14 digits, or 17 with milliseconds."""
    fraction = text[14:]
    if fraction and not (len(fraction) == 3 and fraction.isascii() and fraction.isdigit()):
        raise DecodeError("not YYYYMMDDhhmmss or YYYYMMDDhhmmsszzz")
    return compact_local_ms(text[:14], zone_name=zone_name) + int(fraction or 0)
