"""`nightwatt decode` over all dialects: routed by topic or forced, joined, frames of HJ 212."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import SetupError
from ingest.decoders.decoded import Dialect
from ingest.decoders.shelly_gen1 import SHELLY_GEN1
from ingest.decoders.tasmota import TASMOTA
from ingest.decoders.zigbee2mqtt import ZIGBEE2MQTT
from nightwatt.commands.decode import decode
from tests.ingest.decoders.asking import captured

DIALECTS: dict[str, Dialect] = {"tasmota": TASMOTA, "shelly-gen1": SHELLY_GEN1, "zigbee2mqtt": ZIGBEE2MQTT}


def run(
    tmp_path: Path, data: bytes, topic: str | None = None, **options: Any
) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Exit code, rows on stdout, lines on stderr."""
    file = tmp_path / "given"
    file.write_bytes(data)
    out, err = io.StringIO(), io.StringIO()
    code = decode(str(file), topic=topic, zone=None, out=out, err=err, **({"dialects": DIALECTS} | options))
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue().splitlines()


def test_a_real_message_is_read_by_the_dialect_of_its_topic(tmp_path: Path) -> None:
    code, [row], err = run(tmp_path, captured("tasmota_pow_sensor.json"), "tele/washing/SENSOR")
    assert (code, err) == (0, [])
    assert (row["meter"], row["ts"], row["ep"]) == ("washing", "2018-03-22T01:49:20Z", 22.768)


def test_real_garbage_is_refused_with_its_reason(tmp_path: Path) -> None:
    code, rows, [line] = run(tmp_path, captured("z2m_moes_zm6lt1_garbage.json"), "zigbee2mqtt/MOES_test")
    assert (code, rows) == (1, [])
    assert line.startswith("zigbee2mqtt/MOES_test: current_a is not a number")


def test_a_dialect_can_be_forced_on_any_topic(tmp_path: Path) -> None:
    assert run(tmp_path, b'{"power": 5}', "zigbee2mqtt/a/b")[0] == 1
    assert run(tmp_path, b'{"power": 5}', "zigbee2mqtt/a/b", dialect="zigbee2mqtt")[1][0]["meter"] == "a/b"


def test_a_forced_dialect_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="'telepathy'; known are tasmota"):
        run(tmp_path, b"{}", "x", dialect="telepathy")


def test_a_topic_of_no_dialect_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, b"{}", "elsewhere") == (1, [], ["elsewhere: topic belongs to no dialect"])


def test_lines_are_joined_where_values_come_one_by_one(tmp_path: Path) -> None:
    lines = [line.split(" ") for line in captured("shelly_em3_gen1_topics.txt").decode().splitlines()]
    text = "\n".join(json.dumps({"topic": topic, "payload": payload}) for topic, payload in lines * 2)
    code, rows, err = run(tmp_path, text.encode())
    assert (code, err) == (0, [])
    assert [(row["meter"], row["p"], row["ua"]) for row in rows] == [
        ("shellyem3-68C63AFAF952", pytest.approx(0.3128), 239.03)
    ] * 2


def test_bad_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    text = (
        '{"topic": "zigbee2mqtt/a", "payload": {"power": 5000}}\n\nnonsense\n{"topic": "zigbee2mqtt/b", "payload": 7}\n'
    )
    code, [row], [first, second] = run(tmp_path, text.encode())
    assert (code, row["meter"], row["p"]) == (1, "a", 5.0)
    assert first.startswith("line 3 is not")
    assert second.startswith("zigbee2mqtt/b: an object is expected")


def test_names_that_no_file_can_hold_do_not_stop_it(tmp_path: Path) -> None:
    code, [row], _ = run(tmp_path, b'{"\\ud800": {"Power": 1500}}', "tele/d/SENSOR")
    assert (code, row["meter"], row["p"]) == (0, "d/?", 1.5)


def test_frames_of_hj212_are_read_from_a_file(tmp_path: Path) -> None:
    from ingest.hj212.dialect import HJ212

    segment = (
        "QN=20240601084500123;ST=44;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&DataTime=20240601084500;"
    )
    segment += "d20105-Rtd=220.20,d20105-Flag=N;d20205-Rtd=220.90,d20205-Flag=N;d20305-Rtd=221.10,d20305-Flag=N;"
    good = f"##0236{segment}d20405-Rtd=0.24,d20405-Flag=N&&6840\r\n".encode()
    code, _, err = run(tmp_path, good + b"rubbish" + good[:40], hj212=True, dialects={"hj212": HJ212})
    assert code == 1
    assert err
    assert not any(line.startswith("frame 1:") for line in err)
    assert all(line.startswith("frame ") for line in err)
