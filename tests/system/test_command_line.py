"""The command line as a stranger meets it: words for everything, one line for every mistake, never a traceback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from nightwatt.cli import app
from tests.system.service import free_ports
from tests.system.stranger import refused, run, write_registry

TOPIC = "nightwatt/v1/E1/M1/telemetry"


def commands(of: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with the words that lead to it."""
    yield path, of
    for name, command in getattr(of, "commands", {}).items():
        yield from commands(command, (*path, name))


COMMANDS = {" ".join(path): (path, command) for path, command in commands(typer.main.get_command(app))}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, name: str) -> None:
    path, _ = COMMANDS[name]
    done = run(tmp_path, *path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    usage, _, text = done.stdout.partition("\n\n")
    assert usage.startswith(" ".join(("Usage: nightwatt", *path)))
    assert len(text.split()) >= 4
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_and_option_is_explained(name: str) -> None:
    _, command = COMMANDS[name]
    unexplained = [parameter.name for parameter in command.params if not (parameter.help or "").strip()]
    assert unexplained == []


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert "Usage: nightwatt" in done.stderr
    assert "imbalance" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["fly"], "'fly'"),
        (["user", "fly"], "'fly'"),
        (["run", "--fly"], "--fly"),
        (["run", "now"], "now"),
        (["run", "--speed", "fast"], "--speed"),
        (["run", "--speed", "5"], "--demo"),
        (["import"], "registry"),
        (["imbalance", "--registry", "x"], "--readings"),
        (["decode", "-"], "--topic"),
        (["decode", "-", "--topic", TOPIC, "--jsonl"], "--jsonl"),
        (["decode", "nowhere.json", "--topic", TOPIC], "nowhere.json"),
        (["decode", "-", "--topic", TOPIC, "--zone", "Asia/Atlantis"], "Asia/Atlantis"),
        (["replay", "nowhere.csv"], "nowhere.csv"),
        (["user", "add", "li", "--role", "king"], "king"),
        (["user", "add", "li", "--role", "inspector"], "--district"),
        (["user", "add", "li", "--role", "city-monitor"], "--password-file"),
        (["user", "add", "li", "--role", "city-monitor", "--password-file", "nowhere"], "nowhere"),
        (["user", "add", "li", "--role", "city-monitor", "--password-file", "-"], "password"),
        (["user", "add", " ", "--role", "city-monitor", "--password-file", "-"], "username"),
        (["token", "add", "nobody"], "nobody"),
        (["store", "setup"], "NIGHTWATT_SERIES_URL"),
        (["store", "roll-up"], "--from"),
        (["store", "roll-up", "--from", "2026-01-01"], "NIGHTWATT_SERIES_URL"),
    ],
    ids=" ".join,
)
def test_wrong_use_gets_one_line_that_names_it(tmp_path: Path, arguments: list[str], word: str) -> None:
    refused(run(tmp_path, *arguments), word)


def test_a_broker_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "readings.csv").write_text("meter,ts,p\nM1,2026-01-01T00:00:00Z,1\n")
    registry = write_registry(tmp_path / "registry")
    broker = ("--mqtt", f"127.0.0.1:{port}")
    refused(run(tmp_path, "replay", "readings.csv", "--registry", registry, *broker), f"127.0.0.1:{port}", "refused")


def test_a_wrong_registry_gets_all_its_faults_and_is_not_imported(tmp_path: Path) -> None:
    wrong = write_registry(
        tmp_path / "wrong",
        meters="id,facility,interval_s,colour\nM1,F9,soon,red\n",
        thresholds="meter,quantity,side,value\nM7,p,above,10\n",
    )
    done = run(tmp_path, "import", wrong)
    assert (done.returncode, done.stdout) == (1, "")
    *faults, summary = done.stderr.splitlines()
    assert summary == f"nightwatt: {len(faults)} fault(s) in the registry; nothing was imported"
    for place in ("meters.csv", "column colour", "'soon'", "thresholds.csv, row 2, column meter"):
        assert any(place in fault for fault in faults), (place, faults)
    assert not (tmp_path / "data" / "nightwatt.db").exists()


def test_a_registry_is_imported_once(tmp_path: Path) -> None:
    registry = write_registry(tmp_path / "registry")
    first, second = run(tmp_path, "import", registry), run(tmp_path, "import", registry)
    assert (first.returncode, second.returncode, first.stderr + second.stderr) == (0, 0, "")
    told, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (told["enterprises"], told["meters"], told["changed"]) == (1, 1, True)
    assert again == told | {"changed": False}


def test_decode_shows_one_reading_a_line(tmp_path: Path) -> None:
    (tmp_path / "payload.json").write_text('[{"ts": 1763741100, "p": "12.3", "seq": 7}, {"ts": 1763741160, "ep": 5}]')
    done = run(tmp_path, "decode", "payload.json", "--topic", TOPIC)
    assert (done.returncode, done.stderr) == (0, "")
    meter = {"enterprise": "E1", "meter": "M1"}
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        meter | {"ts": "2025-11-21T16:05:00Z", "p": 12.3, "seq": 7, "src": "realtime"},
        meter | {"ts": "2025-11-21T16:06:00Z", "ep": 5.0, "src": "realtime"},
    ]


def test_decode_says_what_it_refuses_and_goes_on(tmp_path: Path) -> None:
    done = run(tmp_path, "decode", "-", "--topic", TOPIC, stdin='[{"p": 1}, {"p": "much"}, 3, {"p": 2}]')
    assert done.returncode == 1
    assert [json.loads(line)["p"] for line in done.stdout.splitlines()] == [1.0, 2.0]
    assert len(done.stderr.splitlines()) == 2
    assert "'much'" in done.stderr


@pytest.mark.parametrize("payload", ["", "{", "nonsense", "[]", "{}", '{"ts": "soon", "p": 1}', "[" * 5000])
def test_decode_has_a_reason_for_what_is_no_message(tmp_path: Path, payload: str) -> None:
    done = run(tmp_path, "decode", "-", "--topic", TOPIC, stdin=payload)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{TOPIC}: ")


def test_decode_reads_lines_of_messages(tmp_path: Path) -> None:
    good, plain = {"topic": TOPIC, "payload": {"p": 1}}, {"topic": TOPIC, "payload": '{"p": 2}'}
    lines = [json.dumps(good), "", "[1]", "{", json.dumps({"topic": "elsewhere", "payload": "{}"}), json.dumps(plain)]
    done = run(tmp_path, "decode", "-", "--jsonl", stdin="\n".join(lines))
    assert done.returncode == 1
    assert [json.loads(line)["p"] for line in done.stdout.splitlines()] == [1.0, 2.0]
    assert [line.split(" ")[:2] for line in done.stderr.splitlines()] == [
        ["line", "3"],
        ["line", "4"],
        ["elsewhere:", "topic"],
    ]


def test_decode_takes_a_zone_for_times_without_one(tmp_path: Path) -> None:
    payload = '{"ts": "2026-01-01T08:00:00", "p": 1}'
    done = run(tmp_path, "decode", "-", "--topic", TOPIC, "--zone", "Asia/Shanghai", stdin=payload)
    assert json.loads(done.stdout)["ts"] == "2026-01-01T00:00:00Z"
    assert run(tmp_path, "decode", "-", "--topic", TOPIC, stdin=payload).returncode == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column 'meter'"),
        (b"meter,p\nM1,1\n", "no column 'ts'"),
        (b"\x1f\x8b\x08\x00\x00", "readings.csv"),
        (b"PAR1 and then nothing", "readings.csv"),
        (b"\xff\xfe\x00\x01", "readings.csv"),
    ],
)
@pytest.mark.parametrize("command", ["imbalance", "replay"])
def test_a_file_that_holds_no_readings_is_refused(tmp_path: Path, command: str, content: bytes, reason: str) -> None:
    (tmp_path / "readings.csv").write_bytes(content)
    registry = write_registry(tmp_path / "registry")
    file = ("--readings", "readings.csv") if command == "imbalance" else ("readings.csv",)
    refused(run(tmp_path, command, "--registry", registry, *file), reason)


def test_imbalance_answers_for_the_good_rows_and_names_the_bad_ones(tmp_path: Path) -> None:
    (tmp_path / "readings.csv").write_text("meter,ts,p\nM1,2026-01-01 00:00,1\nM1,soon,2\nM7,2026-01-01,3\n")
    registry = write_registry(tmp_path / "registry")
    done = run(tmp_path, "imbalance", "--registry", registry, "--readings", "readings.csv")
    assert done.returncode == 1
    assert json.loads(done.stdout)["class"] == "insufficient"
    assert len(done.stderr.splitlines()) == 2
    assert "unknown meter" in done.stderr
