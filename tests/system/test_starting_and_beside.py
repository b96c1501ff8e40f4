"""Settings and surroundings that nightwatt can't start with, and what works beside a running one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.service import RunningService, free_ports, running_service
from tests.system.stranger import refused, run, write_registry

PORTS = ("HTTP_PORT", "MQTT_PORT", "HJ212_PORT", "DEMO_PHONE_PORT", "DEMO_MAIL_PORT")


def ports() -> dict[str, str]:
    """Free ports for all that nightwatt listens on."""
    return dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CONFIG": "nowhere.toml"}, ["nowhere.toml", "No such file", "NIGHTWATT_CONFIG"]),
        ({"CONFIG": "broken.toml"}, ["broken.toml", "not TOML"]),
        ({"CONFIG": "unknown.toml"}, ["'htp_port'", "http_port", "'screening.nihgt'", "period_days"]),
        ({"CONFIG": "wrong.toml"}, ["'http_port'", "65535", "'screening.night'", "22:00-06:00"]),
        ({"MQTT_PASSWORD_FILE": "nowhere"}, ["nowhere", "NIGHTWATT_MQTT_PASSWORD_FILE"]),
        ({"MQTT_PASSWORD_FILE": "."}, ["Is a directory", "NIGHTWATT_MQTT_PASSWORD_FILE"]),
        ({"MQTT_PASSWORD_FILE": "latin"}, ["not UTF-8", "NIGHTWATT_MQTT_PASSWORD_FILE"]),
        ({"DATABASE_URL_FILE": "nowhere"}, ["nowhere", "NIGHTWATT_DATABASE_URL_FILE"]),
        ({"HTTP_PORT": "eighty"}, ["http_port", "integer"]),
        ({"HTTP_PORT": "0"}, ["http_port"]),
        ({"MQTT_PORT": "65536"}, ["mqtt_port", "65535"]),
        ({"MQTT_URL": "http://broker"}, ["mqtt_url", "mqtts://"]),
        ({"MQTT_URL": "mqtt://broker:123456"}, ["mqtt_url"]),
        ({"CHANNELS": "[{"}, ["channels", "JSON"]),
        ({"LOG_LEVEL": "loud"}, ["log_level", "warning"]),
    ],
    ids=str,
)
def test_wrong_settings_get_one_line_that_says_what_to_mend(
    tmp_path: Path, settings: dict[str, str], words: list[str]
) -> None:
    (tmp_path / "broken.toml").write_text("http_port = = 1\n")
    (tmp_path / "unknown.toml").write_text('htp_port = 80\n[screening]\nnihgt = "22:00-06:00"\n')
    (tmp_path / "wrong.toml").write_text('http_port = 80000\n[screening]\nnight = "late"\n')
    (tmp_path / "latin").write_bytes(b"gr\xfcn\n")
    refused(run(tmp_path, "run", **settings), *words)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    refused(run(tmp_path, "run", **ports()), str(tmp_path / "data"), "NIGHTWATT_DATA")
    refused(run(tmp_path, "token", "add", "li"), str(tmp_path / "data"), "NIGHTWATT_DATA")


def test_a_secret_is_never_told(tmp_path: Path) -> None:
    for url in ("http://li:hunter2@broker", "mqtt://li:hunter2@broker:port"):
        done = run(tmp_path, "run", MQTT_URL=url)
        refused(done, "mqtt_url")
        assert "hunter2" not in done.stderr


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_service(tmp_path_factory.mktemp("stranger")) as running:
        yield running


@pytest.mark.parametrize(
    ("port", "what"), [("HTTP_PORT", "the pages"), ("MQTT_PORT", "MQTT"), ("HJ212_PORT", "HJ 212")]
)
def test_a_port_in_use_is_named_with_the_variable_that_moves_it(
    service: RunningService, tmp_path: Path, port: str, what: str
) -> None:
    taken = service.env[f"NIGHTWATT_{port}"]
    refused(run(tmp_path, "run", **(ports() | {port: taken})), f"port {taken} for {what}", f"NIGHTWATT_{port}")


@pytest.mark.parametrize("port", ["DEMO_PHONE_PORT", "DEMO_MAIL_PORT"])
def test_a_demo_port_in_use_is_named(service: RunningService, tmp_path: Path, port: str) -> None:
    taken = service.env["NIGHTWATT_HTTP_PORT"]
    refused(run(tmp_path, "run", "--demo", **(ports() | {port: taken})), f"port {taken} for the demo's")


def test_a_second_nightwatt_on_the_same_data_is_refused(service: RunningService) -> None:
    refused(run(service.folder, "run", **ports()), "another nightwatt", "NIGHTWATT_DATA")


def test_a_user_and_a_token_work_at_once_in_the_running_service(service: RunningService) -> None:
    (service.folder / "password").write_text("a city at night\n")
    added = service.command("user", "add", "zhao", "--role", "city-monitor", "--password-file", "password")
    made = service.command("token", "add", "zhao", "--name", "report")
    assert (added.returncode, made.returncode, added.stderr + made.stderr) == (0, 0, "")
    assert json.loads(added.stdout)["username"] == "zhao"
    token = made.stdout.strip()
    me = service.api("/me", token=token)
    assert me["username"] == "zhao"
    assert service.get("/api/v1/me", token=token + "x")[0] == 401
    assert [row["name"] for row in service.api("/tokens", token=token)["rows"]] == ["report"]
    assert "a city at night" not in service.output()
    assert token not in service.output()


def test_a_username_is_taken_once(service: RunningService) -> None:
    arguments = ("user", "add", "qian", "--role", "city-monitor", "--password-file", "-")
    assert service.command(*arguments, stdin="first\n").returncode == 0
    refused(service.command(*arguments, stdin="second\n"), "'qian'")


def test_a_registry_reaches_the_running_service(service: RunningService, tmp_path: Path) -> None:
    token = service.token(username="sun")
    assert service.command("import", tmp_path / "nowhere").returncode == 1
    assert service.api("/enterprises", token=token)["rows"] == []
    assert service.command("import", write_registry(tmp_path / "registry")).returncode == 0
    assert [row["id"] for row in service.api("/enterprises", token=token)["rows"]] == ["E1"]


def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    with running_service(tmp_path) as running:
        assert running.stop() == 0
        assert "Traceback" not in running.output()
        assert "stopped" in running.output()
