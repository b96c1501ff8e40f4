"""What a station waits to hear (HJ 212-2017, 6.6 and Annex C; before 2017 the number answered stands in CP)."""

from enum import IntEnum
from functools import lru_cache

from ingest.decoders.decoded import Zone
from ingest.decoders.instant import compact_local
from ingest.hj212.frame import encode
from ingest.hj212.segment import Packet, build
from ingest.message import Answer

REQUEST_ANSWER, NOTICE_ANSWER, DATA_ANSWER, HEART_BEAT = "9011", "9013", "9014", "9015"
SET_TIME, WANTS_TIME = "1012", "1013"
SYSTEM_OF_ANSWERS = "91"

_ALARMS = frozenset({"2071", "2072", "2073"})  # of 2005: notices, though they carry a time of their own
_NOTICES = frozenset({WANTS_TIME, HEART_BEAT}) | _ALARMS
_REQUESTS = frozenset({"1000", "1001", "1011", "1012", "1014", "1061", "1062", "1063", "1064", "1072"}) | (
    frozenset({"2011", "2012", "2021", "2022", "2031", "2041", "2051", "2061", "2081"})
    | frozenset(str(number) for number in range(3011, 3022))
)

_REMEMBERED = 16_384
LONGEST_NUMBER = 20
"""Of QN; what is longer is none, and is not sent back."""


class RequestOutcome(IntEnum):
    """QnRtn of the answer to a request."""

    READY = 1
    REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_STATION = 4
    WRONG_SYSTEM = 5
    WRONG_FLAG = 6
    WRONG_NUMBER = 7
    WRONG_COMMAND = 8
    WRONG_CRC = 9
    UNKNOWN = 100


def answers(packet: Packet, *, zone: Zone, now: int) -> list[Answer]:
    """Data gets 9014, notices and heart-beats 9013, requests 9011: nobody can command us, so they are refused.

    Nothing where the flag asks for nothing, as with old senders that have none; never anything for an answer.
    A station that asks for the time (1013) gets it as the platform's own command (1012), as the standard has it.
    """
    if not packet.wants_answer or (packet.cn.startswith("9") and packet.cn != HEART_BEAT):
        return []
    if packet.cn in _NOTICES:
        said = _answers(packet, NOTICE_ANSWER)
        return [*said, _time(packet, zone=zone, now=now)] if _is_told_the_time(packet) else said
    if packet.value("DataTime") is not None:
        return _answers(packet, DATA_ANSWER)
    known = packet.cn in _REQUESTS
    outcome = RequestOutcome.REFUSED if known else RequestOutcome.WRONG_COMMAND
    return _answers(packet, REQUEST_ANSWER, f"QnRtn={outcome:d}")


def _answers(packet: Packet, cn: str, cp: str = "") -> list[Answer]:
    """One for each number that a joined packet was sent under; senders of before 2017 may number it in CP."""
    numbers = dict.fromkeys(packet.qn.split(",")) if "," in packet.qn else [packet.qn or packet.value("QN") or ""]
    return [_answer(packet, cn, qn=qn, cp=cp) for qn in numbers if len(qn) <= LONGEST_NUMBER]


def _answer(packet: Packet, cn: str, *, qn: str, cp: str) -> Answer:
    said = _said(cn, packet.pw, packet.mn, _flag(packet))
    number = f"QN={qn};" if qn else ""
    if packet.version == 2005:
        return Answer("", encode(f"{said}{(number + cp).strip(';')}&&"))
    return Answer("", encode(f"{number}{said}{cp}&&"))


@lru_cache(maxsize=_REMEMBERED)
def _said(cn: str, pw: str, mn: str, flag: int) -> str:
    """What is the same in all answers to a station."""
    return f"ST={SYSTEM_OF_ANSWERS};CN={cn};PW={pw};MN={mn};Flag={flag};CP=&&"


def _flag(packet: Packet) -> int:
    """The sender's version; no answer wanted, no parts."""
    return (packet.flag or 0) & ~0b11


def _is_told_the_time(packet: Packet) -> bool:
    return packet.cn == WANTS_TIME and packet.version > 2005


def _time(packet: Packet, *, zone: Zone, now: int) -> Answer:
    clock = compact_local(now, zone_name=zone.local(packet.mn))
    instrument = packet.value("PolId")
    cp = f"PolId={instrument};SystemTime={clock}" if instrument else f"SystemTime={clock}"
    segment = build(
        qn=f"{clock}{now % 1000:03}",
        st=packet.st,
        cn=SET_TIME,
        pw=packet.pw,
        mn=packet.mn,
        flag=_flag(packet) | 1,
        cp=cp,
    )
    return Answer("", encode(segment))
