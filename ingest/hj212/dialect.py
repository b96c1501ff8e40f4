"""HJ 212 (2005, 2017, 2025): one whole frame → what it holds and what its station waits to hear.

Readings are named "{MN}/{channel}", states of facilities by MN and "SB1". Frames of any system and command are
understood, those that hold no electricity (pollutants, heart-beats, answers) as nothing to store.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from core.errors import DecodeError
from core.facility_state import FacilityState, Running
from ingest.decoders.decoded import Decoded, Dialect, Zone
from ingest.decoders.payload import check_size
from ingest.hj212.answers import answers
from ingest.hj212.electricity import DAY, HOUR, MINUTES, REALTIME_DATA, electricity, measured_at
from ingest.hj212.frame import unframe
from ingest.hj212.parts import PacketParts
from ingest.hj212.segment import Packet, parse
from ingest.hj212.sm4 import plain_segment

FACILITY_STATES = "2021"
MODBUS_CRC = "peer uses Modbus CRC"

_OF_DATA = frozenset({REALTIME_DATA, MINUTES, HOUR, DAY})
_STATE = re.compile(r"(SB\d{1,4})-RS", re.ASCII)
_NO_KEYS: Mapping[str, bytes] = MappingProxyType({})


def decode(topic: str, payload: bytes, *, zone: Zone, now: int, keys: Mapping[str, bytes] = _NO_KEYS) -> Decoded:
    """Read one frame, with or without its line end. `keys` are the SM4 keys of stations, 16 bytes each, by MN."""
    check_size(payload)
    frame = unframe(payload)
    packet = parse(plain_segment(frame, keys))
    held = _held(packet, zone=zone, now=now)
    held.answers.extend(answers(packet, zone=zone, now=now))
    if frame.peer_crc == "modbus":
        held.remarks.append(MODBUS_CRC)
    return held


def with_keys(keys: Mapping[str, bytes]) -> Dialect:
    """The dialect that also reads what stations encrypt by these SM4 keys, 16 bytes each, by MN."""

    def decode_sealed(topic: str, payload: bytes, *, zone: Zone, now: int) -> Decoded:
        return decode(topic, payload, zone=zone, now=now, keys=keys)

    return Dialect(topics=(), decode=decode_sealed, parts=PacketParts(keys))


HJ212 = Dialect(topics=(), decode=decode, parts=PacketParts(_NO_KEYS))


def _held(packet: Packet, *, zone: Zone, now: int) -> Decoded:
    if packet.cn in _OF_DATA:
        return electricity(packet, zone=zone)
    if packet.cn == FACILITY_STATES:
        return _states(packet, zone=zone)
    return Decoded([])


def _states(packet: Packet, *, zone: Zone) -> Decoded:
    told = [(key, text) for item in packet.items for key, text in item.items() if _STATE.fullmatch(key)]
    if not told:
        return Decoded([])
    try:
        at = measured_at(packet, zone_name=zone.local(packet.mn))
    except DecodeError as error:
        return Decoded([], [str(error)])
    assert at is not None  # noqa: S101 — only a real-time packet may lack a time
    states, refused = [], []
    for key, text in told:
        if text in _RUNNING:
            states.append(FacilityState(packet.mn, key.removesuffix("-RS"), _RUNNING[text], at))
        else:
            refused.append(f"{key} is no state: {text!r:.20}")
    return Decoded([], refused, states=states)


_RUNNING = {str(int(state)): state for state in Running}
