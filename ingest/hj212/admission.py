"""Signing in: HJ 212 has no log-in, so every frame names its station and its password."""

import re
from dataclasses import dataclass

from core.errors import DecodeError
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import Packet, build, peek
from ingest.hj212.station import Gate, Hj212Limits, Refusal

_STATION = re.compile(rb";MN=([^;]{1,40});")
_HEAD_BYTES = 250

LEAST_BYTES = 1_024
"""What a piece that is no frame counts at least: it costs as much work as a large one."""

REASONS = {Refusal.PASSWORD: "wrong password", Refusal.STATION: "a station without a password"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a piece.

    lets_in  whether it goes on
    station  that is named on this connection for the first time
    why      it was refused
    answer   for the peer at once
    end      why the connection is to be closed after it
    """

    lets_in: bool = True
    station: str = ""
    why: str = ""
    answer: bytes = b""
    end: str = ""


LET_IN, TURNED_AWAY = Verdict(), Verdict(lets_in=False)


class Admission:
    """Looks at every piece of one connection."""

    def __init__(self, gate: Gate, *, limits: Hj212Limits, address: str) -> None:
        self._gate, self._limits, self._address = gate, limits, address
        self._unknown_bytes = self._refused = 0
        self._is_over = False
        self._known: set[bytes] = set()
        self.stations: set[str] = set()

    def judge(self, piece: bytes, *, now: float) -> Verdict:
        """A piece that is no frame goes on: it becomes a dead letter, never data. `now` is s, monotonic."""
        if not self._gate.asks and self._is_known(piece):
            return LET_IN
        try:
            packet = peek(unframe(piece).segment)
        except DecodeError:
            return self._unknown(len(piece))
        refusal = self._gate.admit(packet.mn, packet.pw, address=self._address, now=now)
        if refusal is not None:
            return self._refuse(packet, refusal)
        if not packet.mn or packet.mn in self.stations:
            return LET_IN
        if len(self.stations) >= self._limits.stations_at_once:
            return Verdict(end="speaks for too many stations")
        self.stations.add(packet.mn)
        self._known.add(packet.mn.encode())
        return Verdict(station=packet.mn)

    def _is_known(self, piece: bytes) -> bool:
        """A quick look, for where nobody has a password: whom a frame is from then changes nothing here."""
        named = _STATION.search(piece, 0, _HEAD_BYTES)
        return named is not None and named.group(1) in self._known

    def _unknown(self, size: int) -> Verdict:
        self._unknown_bytes += max(size, LEAST_BYTES)
        if self.stations or self._unknown_bytes <= self._limits.sign_in_bytes:
            return LET_IN
        # Not kept: letters of nobody would be in the way of those of stations.
        said, self._is_over = self._is_over, True
        return TURNED_AWAY if said else Verdict(lets_in=False, end="named no station")

    def _refuse(self, packet: Packet, refusal: Refusal) -> Verdict:
        """Not kept: what is not acknowledged its station keeps, and a password is nothing for the dead letters."""
        self._refused += 1
        return Verdict(
            lets_in=False,
            station=packet.mn,
            why=REASONS[refusal],
            answer=refused(packet, refusal),
            end="refused too often" if self._refused >= self._limits.wrong_passwords else "",
        )


def refused(packet: Packet, refusal: Refusal) -> bytes:
    """9011 that says why a station is not listened to; it tells nothing that the station did not say itself.

    Empty for senders of 2005, whose frames have no number to answer, and for what is an answer itself.
    """
    if not packet.qn or packet.cn.startswith("90"):
        return b""
    flag = (packet.flag or 0) & ~0b11
    cp = f"QnRtn={int(refusal)}"
    return encode(build(qn=packet.qn, st="91", cn="9011", pw=packet.pw, mn=packet.mn, flag=flag, cp=cp))
