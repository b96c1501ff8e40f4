"""Packets that a station splits because a segment holds 1,024 bytes at most: PNUM of them, numbered PNO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import DecodeError
from ingest.decoders.decoded import Part
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import Packet, build, divided, peek
from ingest.hj212.sm4 import plain_segment

MOST_PARTS = 500


@dataclass(frozen=True, slots=True)
class PacketParts:
    """`keys` are the SM4 keys of stations: parts are encrypted one by one."""

    keys: Mapping[str, bytes]

    def part(self, topic: str, payload: bytes) -> Part | None:
        """A station sends the parts of one packet under different numbers (QN), as the standard's example does.

        So its station, system and command are what parts share; a station sends one packet after the other.
        """
        if b"PNO=" not in payload:
            return None
        try:
            packet = peek(unframe(payload).segment)
        except DecodeError:
            return None
        if not 1 <= packet.pno <= packet.pnum <= MOST_PARTS or packet.pnum == 1:
            return None
        return Part(f"{packet.mn}/{packet.st}/{packet.cn}", str(packet.pno), packet.pnum)

    def join(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
        """One frame of all, in the order of PNO. Encrypted parts without a key stay so, for `decode` to refuse."""
        segments = [unframe(payload) for _, payload in parts]
        try:
            plain = [plain_segment(frame, self.keys) for frame in segments]
        except DecodeError:
            plain = [frame.segment for frame in segments]
        ordered = sorted(((peek(segment), segment) for segment in plain), key=lambda one: one[0].pno)
        bodies = [divided(segment)[1].strip(b";") for _, segment in ordered]
        head = _head([packet for packet, _ in ordered])
        return parts[0][0], encode(head + b"&&" + b";".join(bodies) + b"&&")


def _head(packets: Sequence[Packet]) -> bytes:
    """That of the first part, with the numbers of all: each waits for its answer."""
    first = packets[0]
    segment = build(
        qn=",".join(dict.fromkeys(packet.qn for packet in packets if packet.qn)),
        st=first.st,
        cn=first.cn,
        pw=first.pw,
        mn=first.mn,
        flag=None if first.flag is None else first.flag & ~0b10,
        rf=first.rf,
    )
    return segment.removesuffix("&&&&").encode()
