"""The sending side: captures go out as they are, and what comes back is counted."""

import asyncio
import gzip
import json
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from core.errors import SetupError
from ingest.hj212.client import Conversation, converse, wants_answer
from ingest.hj212.station import Gate, Hj212Limits
from nightwatt.cli import app
from nightwatt.commands.replay_tcp import captured, replay_tcp, spread, timed
from tests.ingest.hj212.road import eventually, frame, running, shared_file

FRAMES = [frame(i, mn=f"LD{i % 3}") for i in range(30)] + [b"broken\x00\rline\r\n", frame(99, flag=None)]


def replayed(capsys: pytest.CaptureFixture[str], file: Path, port: int, **options: Any) -> tuple[int, dict[str, Any]]:
    code = replay_tcp(file, tcp=f"127.0.0.1:{port}", speed=options.pop("speed", 0), **options)
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "frames.h212"
    path.write_bytes(b"".join(FRAMES))
    return path


@pytest.mark.parametrize("connections", [1, 4])
def test_a_capture_is_sent_as_it_is_and_its_answers_are_counted(
    file: Path, capsys: pytest.CaptureFixture[str], connections: int
) -> None:
    with running() as place:
        code, said = replayed(capsys, file, place.server.port, connections=connections)
        assert code == 0
        assert said == {"frames": 32, "unsent": 0, "answers": {"9014": 30}, "unanswered": 0, "refused": 0}
        eventually(lambda: len(place.road.messages) == 32)
        assert sorted(place.road.pieces) == sorted(FRAMES)
        for station in ("MN=LD0;", "MN=LD1;", "MN=LD2;"):
            theirs = [piece for piece in FRAMES if station.encode() in piece]
            assert [piece for piece in place.road.pieces if station.encode() in piece] == theirs


def test_a_whole_hour_as_it_was_received_arrives_byte_by_byte(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_file("capture/2016-08-24_00.h212.gz")
    with running() as place:
        code, said = replayed(capsys, path, place.server.port)
        assert (code, said["frames"]) == (0, 9_455)
        eventually(lambda: b"".join(place.road.pieces) == gzip.decompress(path.read_bytes()))


def test_frames_that_are_refused_or_unanswered_make_the_exit_code_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(gate=Gate({"LD1": "other"}), limits=Hj212Limits(wrong_passwords=100)) as place:
        code, said = replayed(capsys, file, place.server.port)
        assert code == 1
        assert (said["answers"], said["refused"], said["unanswered"]) == ({"9011": 10, "9014": 20}, 10, 0)


def test_a_platform_that_closes_early_is_said_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "long.h212"
    path.write_bytes(b"".join(frame(i) for i in range(50_000)))
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
    code = replay_tcp(path, tcp=f"127.0.0.1:{listener.getsockname()[1]}", speed=0)
    out, err = capsys.readouterr()
    assert code == 1
    assert "the connection broke" in err
    assert json.loads(out)["unsent"] > 0


def test_nobody_there_is_one_line(file: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    with pytest.raises(SetupError, match="can't reach the platform"):
        replay_tcp(file, tcp=f"127.0.0.1:{port}", speed=0)


@pytest.mark.parametrize("address", ["", "host", ":8212", "host:", "host:0", "host:65536", "host:x", "host:８"])
def test_an_address_that_is_none_is_refused(file: Path, address: str) -> None:
    with pytest.raises(SetupError, match="HOST:PORT"):
        replay_tcp(file, tcp=address, speed=0)


def test_lines_come_out_as_they_stand_in_the_file(tmp_path: Path) -> None:
    data = b"\r\n##a\rb\r\n\x0b\x00\n\nend"
    for name, content in (("x.h212", data), ("x.h212.gz", gzip.compress(data))):
        (tmp_path / name).write_bytes(content)
        assert captured(tmp_path / name) == [b"\r\n", b"##a\rb\r\n", b"\x0b\x00\n", b"\n", b"end"]
    (tmp_path / "empty.h212").write_bytes(b"")
    assert captured(tmp_path / "empty.h212") == []


def test_json_lines_give_their_frames_with_an_end(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"frame": "##é"}\n\n{"frame": "b\\r\\n", "other": 1}\n', "utf-8")
    assert captured(tmp_path / "x.jsonl") == ["##é\r\n".encode(), b"b\r\n"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.jsonl", b"nonsense"),
        ("x.jsonl", b"{}"),
        ("x.jsonl", b"[]"),
        ("x.jsonl", b'{"frame": 1}'),
        ("x.jsonl", b"\xff"),
        ("x.gz", b"\x1f\x8b broken"),
    ],
)
def test_a_file_that_can_not_be_read_is_said_so(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SetupError, match=name):
        captured(tmp_path / name)


def test_frames_keep_their_distance_in_time_and_wrong_clocks_are_overlooked() -> None:
    stamps = ["20160824000000", "20160824000010", "20000101000000", "20000101000030", "20169999000000", "2016"]
    lines = [f"##x;CP=&&DataTime={stamp};&&".encode() for stamp in stamps]
    assert [due for due, _ in timed(lines, speed=10)] == [0, 1, 1, 4, 4, 4]
    assert [due for due, _ in timed(lines, speed=0)] == [0] * 6


def test_at_a_speed_frames_wait_for_their_turn() -> None:
    lines = [b"##x;CP=&&DataTime=2016082400000%d&&\r\n" % i for i in range(3)]
    with running() as place:
        began = time.monotonic()
        told = asyncio.run(converse("127.0.0.1", place.server.port, timed(lines, speed=4), began=began, quiet_s=5))
        assert time.monotonic() - began >= 0.5
        assert told.sent == 3


def test_one_station_keeps_to_one_connection() -> None:
    random.seed(1)
    lines = [(0.0, frame(i, mn=f"LD{random.randrange(40)}")) for i in range(400)]
    shares = spread(lines, 5)
    assert sum(map(len, shares)) == 400
    homes = [{line.split(b"MN=")[1].split(b";")[0] for _, line in share} for share in shares]
    assert sum(map(len, homes)) == len(set().union(*homes)) == 40


@pytest.mark.parametrize(
    ("piece", "wanted"),
    [(frame(), True), (frame(flag=4), False), (frame(flag=None), False), (frame(cn="9014"), False), (b"##", False)],
)
def test_only_frames_that_ask_for_an_answer_are_waited_for(piece: bytes, wanted: bool) -> None:
    assert wants_answer(piece) is wanted


def test_conversations_add_up() -> None:
    told = Conversation(sent=3, wanted=3)
    told.answers["9014"] = 2
    told.add(Conversation(sent=1, wanted=1, broken="gone"))
    assert (told.sent, told.unanswered, told.broken) == (4, 2, "gone")


@pytest.mark.parametrize(
    "options", [["--tcp", "h:1", "--mqtt", "h:1"], ["--tcp", "h:1", "--meter", "m"], ["--connections", "2"]]
)
def test_options_that_do_not_go_together_are_refused(options: list[str], file: Path) -> None:
    with pytest.raises(typer.TyperException, match="--tcp"):
        app(["replay", str(file), *options], standalone_mode=False)


def test_the_command_sends_and_says_what_came_back(file: Path) -> None:
    with running() as place:
        command = [sys.executable, "-m", "nightwatt", "replay", str(file), "--tcp", f"127.0.0.1:{place.server.port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["answers"] == {"9014": 30}
        assert sorted(place.road.pieces) == sorted(FRAMES)
