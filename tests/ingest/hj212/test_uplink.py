"""The up-link: what we send on is what a platform reads, and nothing is lost between."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SetupError
from core.readings import QUANTITIES, Quality, Readings, readings
from ingest.hj212.frame import Splitter, encode, unframe
from ingest.hj212.segment import Packet, build, parse
from ingest.hj212.station import Gate
from ingest.hj212.uplink import Platform, Uplink
from ingest.hj212.upward import SEGMENT_BYTES, Sender, instants
from stores.memory import MemorySeries
from tests.ingest.hj212.platform import registry_of, running_platform
from tests.ingest.hj212.road import DEADLINE_S, NOON, eventually

MINUTE = 60_000
CODES = {i: f"1000{i:02}" for i in range(8)}
SENDER = Sender("UP1", "s3cret")
ADDRESSES = [f"UP1/{code}" for code in CODES.values()]
SENT = [name for name in QUANTITIES if name != "f"]


def batch(minutes: range, meters: range = range(8)) -> Readings:
    """A reading a minute of every meter, no two values alike."""
    rows = [(meter, NOON + minute * MINUTE) for minute in minutes for meter in meters]
    values = np.arange(len(rows) * len(QUANTITIES)).reshape(len(rows), -1) / 7 + minutes.start * 1000
    values[:, QUANTITIES.index("f")] = np.nan
    values[:, QUANTITIES.index("p")] -= 500
    values[::3, QUANTITIES.index("ua")] = np.nan
    return readings([row[0] for row in rows], [row[1] for row in rows], values=values)


def platform(port: int, **changed: float) -> Platform:
    wanted = Platform("127.0.0.1", port, SENDER, CODES, every_s=0.05, overtime_s=2, look_back_s=600)
    return replace(wanted, **changed)  # type: ignore[arg-type]


@contextmanager
def running(wanted: Platform, series: MemorySeries, cursor: Path, now: int = NOON) -> Iterator[Uplink]:
    uplink = Uplink(wanted, series=series, cursor=cursor, clock=lambda: now)
    uplink.start()
    try:
        yield uplink
    finally:
        uplink.stop()


def same(found: Readings, sent: Readings) -> bool:
    order = np.lexsort((sent.meter, sent.ts))
    return (
        found.ts.tolist() == sent.ts[order].tolist()
        and found.meter.tolist() == sent.meter[order].tolist()
        and bool(np.array_equal(found.values, sent.values[order], equal_nan=True))
    )


def test_the_readings_that_a_platform_stores_are_those_that_were_sent(tmp_path: Path) -> None:
    series, sent = MemorySeries(), batch(range(-5, 0))
    series.append(sent)
    with (
        running_platform(registry_of(ADDRESSES), gate=Gate({"UP1": "s3cret"}, required=True)) as above,
        running(platform(above.server.port), series, tmp_path / "cursor.json") as uplink,
    ):
        eventually(lambda: above.series.count() == len(sent))
        assert same(above.readings(), sent)
        eventually(lambda: not uplink.trouble)
        late = batch(range(-9, -8))
        series.append(late)
        eventually(lambda: above.series.count() == len(sent) + len(late))
        assert above.kept.letters == []


def test_what_the_platform_missed_while_it_was_away_is_sent_when_it_is_back(tmp_path: Path) -> None:
    series, cursor = MemorySeries(), tmp_path / "cursor.json"
    registry = registry_of(ADDRESSES)
    series.append(batch(range(-9, -6)))
    with running_platform(registry) as above:
        port = above.server.port
        with running(platform(port), series, cursor, now=NOON - 7 * MINUTE):
            eventually(lambda: above.series.count() == 24)
    before = cursor.read_text()
    series.append(batch(range(-6, 0)))
    with running(platform(port), series, cursor) as uplink:
        eventually(lambda: "refused" in uplink.trouble)
        assert cursor.read_text() == before
        with running_platform(registry, port=port) as above:
            eventually(lambda: cursor.read_text() == f'{{"sent_up_to": {NOON - MINUTE}}}')
            stored = above.readings()
            assert set(stored.ts.tolist()) >= {NOON + minute * MINUTE for minute in range(-6, 0)}


def test_without_a_cursor_the_past_beyond_the_look_back_is_not_sent(tmp_path: Path) -> None:
    series = MemorySeries()
    series.append(batch(range(-60, 0)))
    with running_platform(registry_of(ADDRESSES)) as above:
        with running(platform(above.server.port, look_back_s=300), series, tmp_path / "cursor.json") as uplink:
            eventually(lambda: not uplink.trouble)
        assert set(above.readings().ts.tolist()) == {NOON + minute * MINUTE for minute in range(-5, 0)}


def test_a_platform_that_refuses_the_password_is_said_so(tmp_path: Path) -> None:
    series = MemorySeries()
    series.append(batch(range(-1, 0)))
    with (
        running_platform(registry_of(ADDRESSES), gate=Gate({"UP1": "other"})) as above,
        running(platform(above.server.port), series, tmp_path / "cursor.json") as uplink,
    ):
        eventually(lambda: "QnRtn=3" in uplink.trouble)
        assert above.series.count() == 0
        assert "s3cret" not in uplink.trouble + repr(platform(1))


def test_a_cursor_that_can_not_be_kept_is_said_before_anything_runs(tmp_path: Path) -> None:
    uplink = Uplink(platform(1), series=MemorySeries(), cursor=tmp_path / "no" / "cursor", clock=lambda: NOON)
    with pytest.raises(SetupError, match="cursor"):
        uplink.start()
    uplink.stop()


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"sent_up_to": null}', "[]"])
def test_a_cursor_that_can_not_be_read_begins_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "cursor").write_text(text)
    with running(platform(1), MemorySeries(), tmp_path / "cursor"):
        assert (tmp_path / "cursor").read_text() == f'{{"sent_up_to": {NOON}}}'


class Deaf:
    """A platform by hand: answers as it is told, and writes down what comes."""

    def __init__(self, answer: Callable[[int, Packet], bytes | None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard: list[Packet] = []
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            peer.settimeout(DEADLINE_S)
            splitter = Splitter()
            while data := peer.recv(65_536):
                for piece in splitter.feed(data):
                    self.heard.append(parse(unframe(piece).segment))
                    answer = self._answer(len(self.heard), self.heard[-1])
                    if answer is None:
                        break
                    peer.sendall(answer)
                else:
                    continue
                break
            peer.close()


def answer(packet: Packet) -> bytes:
    return encode(build(qn=packet.qn, st="91", cn="9014", pw=packet.pw, mn=packet.mn, flag=4))


def test_a_packet_without_an_answer_is_sent_again_under_its_number(tmp_path: Path) -> None:
    deaf = Deaf(lambda count, packet: answer(packet) if count >= 3 else b"")
    series = MemorySeries()
    series.append(batch(range(-1, 0), range(1)))
    with running(platform(deaf.port, overtime_s=0.3), series, tmp_path / "cursor") as uplink:
        eventually(lambda: not uplink.trouble)
    assert len({packet.qn for packet in deaf.heard}) == 1
    assert len(deaf.heard) == 3


def test_after_the_last_time_the_connection_is_given_up_and_the_packet_goes_over_the_next(tmp_path: Path) -> None:
    deaf = Deaf(lambda count, packet: answer(packet) if count > 3 else b"")
    series = MemorySeries()
    series.append(batch(range(-1, 0), range(1)))
    with running(platform(deaf.port, overtime_s=0.1, recount=2), series, tmp_path / "cursor") as uplink:
        eventually(lambda: "not answered" in uplink.trouble)
        eventually(lambda: not uplink.trouble)
    assert len(deaf.heard) == 4


def test_a_connection_that_breaks_loses_nothing(tmp_path: Path) -> None:
    deaf = Deaf(lambda count, packet: None if count in (2, 5) else answer(packet))
    series, sent = MemorySeries(), batch(range(-6, 0), range(1))
    series.append(sent)
    with running(platform(deaf.port), series, tmp_path / "cursor") as uplink:
        eventually(lambda: len({packet.value("DataTime") for packet in deaf.heard}) == 6 and not uplink.trouble)
    assert len(deaf.heard) == 8


def test_what_a_platform_asks_of_us_is_refused(tmp_path: Path) -> None:
    request = encode(build(qn="20260320120000000", st="80", cn="1012", pw="x", mn="UP1", flag=5, cp="SystemTime=1"))
    deaf = Deaf(lambda count, packet: answer(packet) + (request if count == 1 else b""))
    series = MemorySeries()
    series.append(batch(range(-2, 0), range(1)))
    with running(platform(deaf.port), series, tmp_path / "cursor"):
        eventually(lambda: any(packet.cn == "9011" for packet in deaf.heard))
    [refusal] = [packet for packet in deaf.heard if packet.cn == "9011"]
    assert (refusal.qn, refusal.value("QnRtn")) == ("20260320120000000", "2")


def test_an_instant_of_many_meters_is_split_and_no_segment_is_too_long() -> None:
    [instant] = instants(batch(range(1)), codes=CODES, sender=SENDER, now=NOON)
    packets = [parse(unframe(frame).segment) for frame in instant.frames.values()]
    assert len(packets) > 1
    assert all(len(unframe(frame).segment) <= SEGMENT_BYTES for frame in instant.frames.values())
    assert [(packet.pnum, packet.pno, packet.flag) for packet in packets] == [
        (len(packets), number, 7) for number in range(1, len(packets) + 1)
    ]
    assert [packet.qn for packet in packets] == list(instant.frames)
    assert {packet.value("DataTime") for packet in packets} == {"20260320120000"}


def test_values_that_their_meter_calls_invalid_are_flagged() -> None:
    doubtful = readings([0], [NOON + 1], p=[1.5], quality=np.array([Quality.INVALID | Quality.FROZEN]))
    [instant] = instants(doubtful, codes=CODES, sender=SENDER, now=NOON)
    [frame] = instant.frames.values()
    assert b"CP=&&DataTime=20260320120000001;100000-Pt=1.5,100000-Flag=D&&" in frame


def test_a_reading_of_nothing_that_has_a_code_sends_nothing() -> None:
    [instant] = instants(readings([0], [NOON], f=[50.0]), codes=CODES, sender=SENDER, now=NOON)
    assert instant.frames == {}


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 30), max_size=40),
    st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=11, max_size=11),
)
def test_any_readings_make_frames_that_are_read_again(minutes: list[int], values: list[float]) -> None:
    rows = [(i % 8, NOON + minute * MINUTE) for i, minute in enumerate(minutes)]
    given_values = np.array([values] * len(rows)).reshape(-1, 11)
    made = readings([row[0] for row in rows], [row[1] for row in rows], values=given_values)
    found = list(instants(made, codes=CODES, sender=SENDER, now=NOON))
    numbers = [qn for instant in found for qn in instant.frames]
    assert len(numbers) == len(set(numbers)) <= len(rows)
    assert [instant.at for instant in found] == sorted(set(made.ts.tolist()))
    for instant in found:
        packets = [parse(unframe(frame).segment) for frame in instant.frames.values()]
        stated = [value for packet in packets for item in packet.items for key, value in item.items() if "-Pt" in key]
        assert {float(value) for value in stated} <= {values[0]}
