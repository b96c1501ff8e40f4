"""Readings → HJ 212 packets for a higher platform (ST=80, CN=2011), pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from core.readings import QUANTITIES, Quality, Readings
from ingest.decoders.instant import compact_local
from ingest.hj212.frame import encode
from ingest.hj212.segment import build
from ingest.hj212.shape import Item

SEGMENT_BYTES = 1024
SYSTEM, REALTIME_DATA = "80", "2011"
WANTS_ANSWER, IN_PARTS = 5, 7  # Flag: version 2017, with the bits A and D

MEASURES = {
    "p": "Pt",
    "ep": "Ept",
    "q": "Qt",
    "pf": "cos",
    **{f"{of}{phase}": f"{of.upper()}{phase}" for of in "ui" for phase in "abc"},
}
"""What follows the circuit's code; a frequency has no code there."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who we are for the higher platform. `zone` is that of the times in its packets."""

    mn: str
    pw: str = field(repr=False)
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Instant:
    """The readings of one instant (ms UTC): frames by their number (QN), and the meters that they hold."""

    at: int
    frames: Mapping[str, bytes]
    meters: tuple[int, ...]


def instants(batch: Readings, *, codes: Mapping[int, str], sender: Sender, now: int) -> Iterator[Instant]:
    """Packets for every instant of a batch in order of time; `codes` name the circuits of meters ("100000").

    Numbers (QN) count the milliseconds from `now`, one for every frame, of which there are as many as readings at most.
    """
    order = np.lexsort((batch.meter, batch.ts))
    for rows in np.split(order, np.flatnonzero(np.diff(batch.ts[order])) + 1):
        if len(rows):
            found = _instant(batch.take(rows), codes=codes, sender=sender, now=now)
            now += len(found.frames)
            yield found


def _instant(batch: Readings, *, codes: Mapping[int, str], sender: Sender, now: int) -> Instant:
    at = int(batch.ts[0])
    items = [_item(batch, row, codes[int(batch.meter[row])]) for row in range(len(batch))]
    time = {"DataTime": _time(at, sender.zone)}
    longest_head = _segment(sender, [time], qn="9" * 17, flag=IN_PARTS, pnum=99, pno=99)
    packets = _fitting([item for item in items if len(item) > 1], time=time, room=SEGMENT_BYTES - len(longest_head))
    frames = {}
    for number, packet in enumerate(packets, start=1):
        qn = _time(now + number - 1, sender.zone, digits=17)
        flag, pnum = (IN_PARTS, len(packets)) if len(packets) > 1 else (WANTS_ANSWER, 0)
        frames[qn] = encode(_segment(sender, packet, qn=qn, flag=flag, pnum=pnum, pno=number if pnum else 0))
    return Instant(at, frames, tuple(batch.meter.tolist()))


def _item(batch: Readings, row: int, code: str) -> Item:
    """One circuit; the flag says whether its meter calls the values measured."""
    values = zip(QUANTITIES, batch.values[row].tolist(), strict=True)
    item = {f"{code}-{MEASURES[name]}": _plain(value) for name, value in values if name in MEASURES and value == value}
    return item | {f"{code}-Flag": "D" if int(batch.quality[row]) & Quality.INVALID else "N"}


def _fitting(items: list[Item], *, time: Item, room: int) -> list[list[Item]]:
    """Items put together in packets, each of which says its time and has room for so many bytes beside."""
    packets: list[list[Item]] = []
    left = 0
    for item in items:
        size = sum(len(name) + len(value) + 2 for name, value in item.items())
        if not packets or size > left:
            packets.append([time])
            left = room
        packets[-1].append(item)
        left -= size
    return packets


def _segment(sender: Sender, items: list[Item], *, qn: str, flag: int, pnum: int, pno: int) -> str:
    return build(
        qn=qn,
        st=SYSTEM,
        cn=REALTIME_DATA,
        pw=sender.pw,
        mn=sender.mn,
        flag=flag,
        pnum=pnum,
        pno=pno,
        items=items,
    )


def _time(ms: int, zone: str, *, digits: int = 14) -> str:
    """YYYYMMDDhhmmss, with milliseconds where there are some or they are asked for."""
    seconds, fraction = compact_local(ms, zone_name=zone), ms % 1000
    return f"{seconds}{fraction:03}" if fraction or digits == 17 else seconds


def _plain(value: float) -> str:
    """All digits that the value has, never as 1e-07."""
    return np.format_float_positional(value, trim="-")
