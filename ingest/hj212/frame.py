"""The frame around a data segment: `##` + its length in 4 digits + segment + CRC in 4 hex digits + CR LF."""

import re
from typing import Literal

import msgspec

from core.errors import DecodeError
from ingest.hj212.crc import crc, modbus_crc
from ingest.hj212.sealed import is_sealed
from ingest.hj212.splitter import Splitter

__all__ = ["Frame", "PeerCrc", "Splitter", "crc_of_peer", "encode", "unframe"]

PeerCrc = Literal["standard", "modbus"]

_AROUND = 10
"""Bytes of a frame around its segment, without CR LF."""
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A segment that came whole.

    peer_crc   the check sum that fits
    sealed     CP is encrypted and `stated_crc` covers its plain text: nothing of CP has been checked yet
    """

    segment: bytes
    peer_crc: PeerCrc
    sealed: bool = False
    stated_crc: int = 0


def unframe(piece: bytes) -> Frame:
    """The segment of a frame with or without CR LF; DecodeError says what is wrong with it.

    A length that is wrong refuses the frame even where the CRC is right: one damaged frame in 256 passes this CRC, and
    the length is the only other check there is. A frame lost is sent again; a register with a digit lost is believed.
    """
    body = piece.strip(b"\r\n")
    digits = _digits(body)
    held = len(body) - 6 - len(digits)
    if held < 0:
        raise DecodeError(f"{len(body)} bytes are too few for a frame")
    segment, stated = body[2 + len(digits) : -4], body[-4:]
    if int(digits) != held:
        told = f"length says {int(digits)} but there are {held} bytes"
        raise DecodeError(told if crc_of_peer(segment, stated) else f"{told}; {_crc_fault(segment, stated)}")
    peer_crc = crc_of_peer(segment, stated)
    if peer_crc:
        return Frame(segment, peer_crc, stated_crc=int(stated, 16))
    if _HEX.fullmatch(stated) and is_sealed(segment):
        return Frame(segment, "standard", sealed=True, stated_crc=int(stated, 16))
    raise DecodeError(_crc_fault(segment, stated))


def encode(segment: str | bytes) -> bytes:
    """The whole frame of a segment. Joined segments longer than 9,999 bytes get a length of more digits."""
    data = segment.encode() if isinstance(segment, str) else segment
    return b"##%04d%b%04X\r\n" % (len(data), data, crc(data))


def crc_of_peer(segment: bytes, stated: bytes | int) -> PeerCrc | None:
    """Which check sum it is that the sender states, as 4 hex digits or a number; None where neither fits."""
    if isinstance(stated, bytes):
        if not _HEX.fullmatch(stated):
            return None
        stated = int(stated, 16)
    if crc(segment) == stated:
        return "standard"
    return "modbus" if modbus_crc(segment) == stated else None


def _digits(body: bytes) -> bytes:
    if body[:2] != b"##":
        raise DecodeError(f"no ## at the start: {body[:20]!r}")
    if not body[2:6].isdigit() or len(body) < 6:
        raise DecodeError(f"length is not 4 digits: {body[2:6]!r}")
    # No station can send so much in one frame, but packets that were joined can: see `encode`.
    more = re.match(rb"[1-9]\d{4,5}(?=\D)", body[2:9]) if len(body) > _AROUND + 9999 else None
    return more.group() if more else body[2:6]


def _crc_fault(segment: bytes, stated: bytes) -> str:
    if not _HEX.fullmatch(stated):
        return f"CRC is not 4 hex digits: {stated!r}"
    return f"CRC {stated.decode().upper()} but {crc(segment):04X} computed"
