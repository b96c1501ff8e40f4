"""One service sends its readings on to another, as a district's station does to the city's platform."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from core.interval import to_text
from ingest.mqtt import Broker, Publisher
from tests.system.service import RunningService, environment, free_ports, nightwatt, running_service
from tests.system.stranger import REGISTRY, refused, run, write_registry

DEADLINE_S = 60
METERS = ("M1", "M2")
MINUTES = 5


def settings(folder: Path, port: int, *, meters: tuple[str, ...] = METERS) -> dict[str, str]:
    """The variable of an up-link to that port of this machine."""
    (folder / "uplink-password").write_text("s3cret\n")
    uplink = {
        "host": "127.0.0.1",
        "port": port,
        "mn": "DISTRICT-1",
        "password_file": str(folder / "uplink-password"),
        "every_s": 1,
        "meters": {meter: f"1000{number:02}" for number, meter in enumerate(meters)},
    }
    return {"NIGHTWATT_UPLINK": json.dumps(uplink)}


def registered(folder: Path, address: str) -> Path:
    """A folder with a data folder whose database knows both meters, under an address with {number} in it."""
    folder.mkdir()
    rows = [f"{meter},F1,{address.format(number=number)}\n" for number, meter in enumerate(METERS)]
    registry = write_registry(folder / "registry", meters="id,facility,address\n" + "".join(rows))
    assert nightwatt("import", registry, env=environment(folder / "data"), cwd=folder).returncode == 0
    return folder


def eventually(is_so: Callable[[], bool], service: RunningService) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline, service.get("/readyz")[1].decode() + service.output()
        time.sleep(0.1)


def publish(service: RunningService, now: int) -> None:
    """A reading a minute of each meter, the last of them now."""
    publisher = Publisher(Broker("127.0.0.1", service.mqtt_port), client_id="gateway")
    for number, meter in enumerate(METERS):
        rows = [{"ts": now - i * 60_000, "p": 10 * number + i + 0.25, "ep": 1000.5 + 60 - i} for i in range(MINUTES)]
        delivery = publisher.publish(f"nightwatt/v1/E1/{meter}/telemetry", json.dumps(rows).encode())
        assert delivery.wait(DEADLINE_S)
    publisher.close()


def stored(service: RunningService, token: str, now: int) -> list[list[dict[str, object]]]:
    """The readings of each meter."""
    span = {"from": to_text(now - 600_000), "to": to_text(now + 1)}
    return [
        service.api(f"/readings?{urlencode({'meter': meter, **span})}", token=token)["readings"] for meter in METERS
    ]


@pytest.mark.system
def test_readings_of_one_service_arrive_in_another(tmp_path: Path) -> None:
    district, city = registered(tmp_path / "district", ""), registered(tmp_path / "city", "DISTRICT-1/1000{number:02}")
    (city / "stations.toml").write_text('DISTRICT-1 = "s3cret"\n')
    (port,) = free_ports(1)
    gate = {"require_password": True, "passwords_file": str(city / "stations.toml")}
    above = {"NIGHTWATT_HJ212_PORT": str(port), "NIGHTWATT_HJ212": json.dumps(gate)}
    with running_service(district, env=settings(district, port)) as below:
        now = time.time_ns() // 1_000_000
        publish(below, now)
        eventually(lambda: "refused" in json.loads(below.get("/readyz")[1])["uplink"], below)
        status, body = below.get("/readyz")
        assert status == 200
        assert json.loads(body)["uplink"].startswith("degraded: ")
        with running_service(city, env=above) as platform:
            eventually(lambda: platform.metric("nightwatt_readings_stored_total") == MINUTES * len(METERS), platform)
            eventually(lambda: json.loads(below.get("/readyz")[1])["uplink"] == "ok", below)
            sent = stored(below, below.token(), now)
            assert [len(readings) for readings in sent] == [MINUTES] * len(METERS)
            assert stored(platform, platform.token(), now) == sent
            assert platform.metric("nightwatt_dead_letters_total") == 0
        assert "s3cret" not in below.output()


def test_meters_that_the_registry_lacks_are_named_at_the_start(tmp_path: Path) -> None:
    wanted = settings(tmp_path, 8212, meters=("M1", "M7", "M8"))["NIGHTWATT_UPLINK"]
    assert run(tmp_path, "import", write_registry(tmp_path / "registry")).returncode == 0
    ports = dict(zip(("HTTP_PORT", "MQTT_PORT", "HJ212_PORT"), map(str, free_ports(3)), strict=True))
    assert REGISTRY["meters.csv"].endswith("M1,F1\n")
    refused(run(tmp_path, "run", UPLINK=wanted, **ports), "'M7', 'M8'", "uplink.meters")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"meters": {}}, ["uplink.meters"]),
        ({"meters": {"M1": "100000", "M2": "100000"}}, ["circuit 100000 has more than one meter"]),
        ({"meters": {"M1": "7"}}, ["100000 to 100099", "'7'"]),
        ({"mn": "a;b"}, ["uplink.mn"]),
        ({"password_file": "nowhere"}, ["nowhere", "uplink.password_file"]),
        ({"password_file": "registry/meters.csv"}, ["holds no password", "uplink.password_file"]),
        ({"colour": "red"}, ["'uplink.colour'", "overtime_s"]),
    ],
    ids=str,
)
def test_an_uplink_that_cannot_be_is_refused_at_the_start(
    tmp_path: Path, change: dict[str, object], words: list[str]
) -> None:
    registered(tmp_path / "place", "")
    wanted = json.loads(settings(tmp_path, 8212)["NIGHTWATT_UPLINK"]) | change
    ports = dict(zip(("HTTP_PORT", "MQTT_PORT", "HJ212_PORT"), map(str, free_ports(3)), strict=True))
    refused(run(tmp_path / "place", "run", UPLINK=json.dumps(wanted), **ports), *words)
