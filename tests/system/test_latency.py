"""How long from a meter's publish to the committed row, and to the phone. Measured and printed, not asserted on."""

import json
import time

import numpy as np
import pytest

from ingest.mqtt import Broker, Publisher
from tests.mosquitto import running_mosquitto
from tests.system.plant import LIMIT_KW, configuration, registry_folder
from tests.system.service import environment, nightwatt, running_service
from tests.system.test_kill import phone, rows, wait_until_told

METERS, CROSSINGS_OF_EACH, EVERY_S = 20, 10, 0.05


@pytest.mark.system
def test_publish_to_commit_to_phone_is_measured(tmp_path, capsys):
    with running_mosquitto(tmp_path / "broker") as broker, phone(tmp_path / "phone.jsonl") as ringing:
        env = {
            "NIGHTWATT_MQTT_URL": f"mqtt://127.0.0.1:{broker.port}",
            "NIGHTWATT_CONFIG": str(configuration(tmp_path, ringing)),
            "NIGHTWATT_RULES": '{"merge_chatter": false}',  # every crossing counts
        }
        folder = registry_folder(tmp_path, METERS)
        assert nightwatt("import", folder, env=environment(tmp_path / "data"), cwd=tmp_path).returncode == 0
        with running_service(tmp_path, env=env):
            publish_crossings(Publisher(Broker("127.0.0.1", broker.port), client_id="gateway"))
            wait_until_told(tmp_path)
    found = rows(tmp_path, "SELECT id, since, recorded_at FROM transitions WHERE state = 'active'")
    arrived = {}
    for line in (tmp_path / "phone.jsonl").read_text("utf-8").splitlines():
        message = json.loads(line)
        arrived.setdefault(int(message["key"].split("-")[1]), message["received_at"])
    assert len(found) == METERS * CROSSINGS_OF_EACH
    assert {id for id, _, _ in found} <= set(arrived)
    committed = [recorded - since for _, since, recorded in found]
    told = [arrived[id] - since for id, since, _ in found]
    with capsys.disabled():
        print(f"\npublish → row committed: {spread(committed)}; publish → phone has it: {spread(told)}")


def publish_crossings(publisher: Publisher) -> None:
    """Every meter crosses its limit and comes back, again and again; `ts` is the instant of publishing."""
    waiting = []
    for _ in range(CROSSINGS_OF_EACH):
        for power in (LIMIT_KW + 50, LIMIT_KW / 2):
            for number in range(METERS):
                reading = {"ts": time.time_ns() // 1_000_000, "p": power}
                topic = f"nightwatt/v1/E{number}/E{number}-M/telemetry"
                waiting.append(publisher.publish(topic, json.dumps(reading).encode()))
                time.sleep(EVERY_S)  # the pace of the city: some 10 alarms a second
    assert all(delivery.wait(30) for delivery in waiting)
    publisher.close()


def spread(milliseconds: list[int]) -> str:
    p50, p99 = np.percentile(milliseconds, [50, 99])
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {max(milliseconds)} ms of {len(milliseconds)}"
