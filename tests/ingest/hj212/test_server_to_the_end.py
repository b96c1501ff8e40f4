"""Every captured and every broken frame through a real socket and down the whole road."""

from collections import Counter

import pytest

from core.errors import DecodeError
from ingest.hj212.frame import encode, unframe
from ingest.hj212.segment import build, parse
from tests.ingest.hj212.platform import registry_of, running_platform
from tests.ingest.hj212.road import Station, broken, captured, eventually, frame

BROKEN_IN_CAPTURES = 16


def is_whole(line: bytes) -> bool:
    try:
        parse(unframe(line).segment)
    except DecodeError:
        return False
    return True


@pytest.mark.parametrize("connections", [1, 7])
def test_every_valid_frame_is_understood_every_broken_one_is_a_dead_letter_and_none_is_lost(connections: int) -> None:
    lines = captured() + broken()
    assert len(lines) == 27_938 + 98
    with running_platform(registry_of([])) as platform:
        stations = [Station(platform.server.port) for _ in range(connections)]
        for number, station in enumerate(stations):
            station.send(b"".join(line + b"\r\n" for line in lines[number::connections])).finish()
        for station in stations:
            station.answers()
        eventually(lambda: platform.kept.messages >= len(lines))
        kept = platform.kept
    unreadable = [line for line in lines if not is_whole(line)]
    dead = [letter.payload.strip(b"\r\n") for letter in kept.letters]
    assert len(unreadable) == BROKEN_IN_CAPTURES + 98
    # A line may come as several pieces, since frames that ran together are cut apart: byte for byte nothing is missing.
    assert Counter(b"".join(dead)) == Counter(b"".join(line.strip(b"\r\n") for line in unreadable))
    assert all(letter.reason and "internal" not in letter.reason for letter in kept.letters)
    assert kept.messages - len(dead) == len(lines) - len(unreadable)
    assert len(kept.said) > 3_000


def test_parts_of_a_packet_are_joined_and_each_is_answered() -> None:
    with running_platform(registry_of(["LD000000000001"])) as platform:
        station = Station(platform.server.port)
        parts = [part(1, "DataTime=20260320120000;100000-Pt=7.5,100000-Flag=N"), part(2, "100000-Ept=99.5")]
        station.send(parts[0])
        station.send(frame(3, mn="LD2"))
        assert [answer.mn for answer in station.answers(1)] == ["LD2"]
        station.send(parts[1])
        assert {answer.qn for answer in station.answers(2)} == {"20260320120000001", "20260320120000002"}
        [row] = platform.readings().values
        assert (row[0], row[1]) == (7.5, 99.5)


def part(number: int, cp: str) -> bytes:
    return encode(
        build(
            qn=f"2026032012000000{number}",
            st="80",
            cn="2011",
            pw="123456",
            mn="LD000000000001",
            flag=7,
            pnum=2,
            pno=number,
            cp=cp,
        )
    )
