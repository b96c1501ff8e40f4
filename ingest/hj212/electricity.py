"""The electricity in a packet: values of CP by the code table → parcels, one for each circuit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core.errors import DecodeError
from core.readings import Quality
from ingest.decoders.decoded import BACKFILL, REALTIME, Decoded, Parcel, Sample, Zone
from ingest.decoders.instant import compact_local_ms
from ingest.decoders.named_values import NO_ELECTRICITY
from ingest.hj212.codes import ONLY, is_of_electricity
from ingest.hj212.groups import Group, groups
from ingest.hj212.segment import Packet

REALTIME_DATA, MINUTES, HOUR, DAY = "2011", "2051", "2061", "2031"
UNKNOWN_CODES = "electricity under codes that are not in the table"
DAY_AVERAGES = "averages of days are no readings"

LATE_MS = 15 * 60_000
"""Data that was sent so long after it was measured is back-fill. By the station's own clock, which may be wrong."""

_MEASURED = frozenset("NFST")
"""Flags under which a value was measured: normal, stopped, by hand, out of range. Of all others none may be used."""


@dataclass(slots=True)
class Circuits:
    """The values of each channel: those measured, and those that the station itself says are no measurement.

    `alone` has every channel that has a value, as the code table says of it.
    """

    alone: dict[str, str] = field(default_factory=dict)
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    invalid: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, group: Group, values: dict[str, float], *, is_measured: bool) -> None:
        self.alone.setdefault(group.channel, group.alone)
        kind = self.measured if is_measured else self.invalid
        if group.channel in kind:
            kind[group.channel].update(values)
        else:
            kind[group.channel] = values


def electricity(packet: Packet, *, zone: Zone) -> Decoded:
    """Readings of a data packet (CN 2011, 2051, 2061, 2031).

    Averages of minutes and hours are taken as samples at their DataTime, the start of the period: good enough for
    screening and for what was missed. An average over a day would hide the night from the day, so it is left out.
    """
    circuits, refused = _circuits(packet, period=packet.cn != REALTIME_DATA)
    if not circuits.alone:
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


def _parcels(packet: Packet, circuits: Circuits, *, zone: Zone) -> list[Parcel]:
    parcels = []
    times: dict[str, tuple[int | None, str]] = {}
    for channel, alone in circuits.alone.items():
        name = f"{packet.mn}/{channel}"
        zone_name = zone.local(name)
        at, src = times.get(zone_name) or times.setdefault(zone_name, _time(packet, zone_name=zone_name))
        values, quality = circuits.measured.get(channel), 0
        if not values:
            values, quality = circuits.invalid[channel], int(Quality.INVALID)
        sample = Sample(ts=at, src=src, **values)  # type: ignore[arg-type]
        is_alone = alone == channel or (alone == ONLY and len(circuits.alone) == 1)
        parcels.append(Parcel("", name, [sample], quality, packet.mn if is_alone else ""))
    return parcels


def _time(packet: Packet, *, zone_name: str) -> tuple[int | None, str]:
    """When it was measured, and whether it was sent then or later."""
    at = measured_at(packet, zone_name=zone_name)
    is_late = packet.is_late or _sent_later(packet, at, zone_name=zone_name)
    return at, BACKFILL if is_late else REALTIME


def _sent_later(packet: Packet, at: int | None, *, zone_name: str) -> bool:
    if at is None or not packet.qn:
        return False
    try:
        return at < _instant(packet.qn.partition(",")[0], zone_name) - LATE_MS
    except DecodeError:
        return False


def _why_none(packet: Packet) -> str:
    """A system of electricity whose codes are not known is worth a look; the others only measure something else."""
    is_told = any(name != "DataTime" for name in packet.shape.names)
    return UNKNOWN_CODES if is_told and is_of_electricity(packet.st) else NO_ELECTRICITY


def _circuits(packet: Packet, *, period: bool) -> tuple[Circuits, list[str]]:
    """With the values that are no numbers. Those that are not finite (NaN) are absent."""
    circuits, refused = Circuits(), list[str]()
    for group in groups(packet.st, period=period)[packet.shape]:
        values = _numbers(packet, group, refused)
        if values:
            circuits.add(group, values, is_measured=_is_measured(packet.texts, group.flags))
    return circuits, refused


def _is_measured(texts: Sequence[str], flags: Sequence[int]) -> bool:
    """By the first flag that says something; a value without any counts."""
    for place in flags:
        if flag := texts[place]:
            return flag.upper() in _MEASURED
    return True


def _numbers(packet: Packet, group: Group, refused: list[str]) -> dict[str, float]:
    """The values of a group by quantity: all at once, and with care only where one is no finite number."""
    texts = packet.texts
    try:
        values = {quantity: float(texts[place]) for place, quantity in group.quantities}
    except ValueError:
        values = _some_numbers(packet, group, refused)
    if not math.isfinite(sum(values.values())):
        values = {quantity: value for quantity, value in values.items() if math.isfinite(value)}
    for quantity, per_unit in group.per_unit.items():
        if quantity in values:
            values[quantity] /= per_unit
    return values


def _some_numbers(packet: Packet, group: Group, refused: list[str]) -> dict[str, float]:
    values = {}
    for place, quantity in group.quantities:
        try:
            values[quantity] = float(packet.texts[place])
        except ValueError:
            refused.append(f"{packet.shape.names[place]} is not a number: {packet.texts[place]!r:.40}")
    return values


def _instant(text: str, zone_name: str) -> int:
    """14 digits, or 17 with milliseconds."""
    fraction = text[14:]
    if fraction and not (len(fraction) == 3 and fraction.isascii() and fraction.isdigit()):
        raise DecodeError("not YYYYMMDDhhmmss or YYYYMMDDhhmmsszzz")
    return _second(text[:14], zone_name) + int(fraction or 0)


@lru_cache(maxsize=4096)
def _second(text: str, zone_name: str) -> int:
    """Of the same second tell many stations."""
    return compact_local_ms(text, zone_name=zone_name)
