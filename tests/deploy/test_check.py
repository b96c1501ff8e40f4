"""`nightwatt check` asks the real parts: the deployed broker, a PostgreSQL, a running service."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stores.sql.engine import open_database
from tests.deploy.broker import Client, DeployedBroker, deployed_broker
from tests.mosquitto import free_port
from tests.postgres import Postgres, running_postgres
from tests.system.service import environment, free_ports, nightwatt, running_service

REGISTRY = {
    "enterprises.csv": "id,name,district\nE-1,湘江铸造,天元区\n",
    "facilities.csv": "id,enterprise,kind\nE-1-F,E-1,feeder\n",
    "meters.csv": "id,facility\nM-1,E-1-F\n",
}


def checked(env: dict[str, str], folder: Path, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code and the findings by part."""
    done = nightwatt("check", *options, env=env, cwd=folder)
    assert "Traceback" not in done.stderr, done.stderr
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({finding["part"] for finding in findings}) == len(findings)
    return done.returncode, {finding["part"]: finding for finding in findings}


def on_free_ports(folder: Path, **settings: str) -> dict[str, str]:
    names = ("HTTP_PORT", "MQTT_PORT", "HJ212_PORT")
    ports = dict(zip(names, map(str, free_ports(3)), strict=True))
    return environment(folder / "data", **(ports | settings))


def verdicts(found: dict[str, dict[str, Any]], verdict: str) -> set[str]:
    return {part for part, finding in found.items() if finding["verdict"] == verdict}


def test_a_fresh_machine_is_well_and_stays_as_it_is(tmp_path: Path) -> None:
    code, found = checked(on_free_ports(tmp_path), tmp_path)
    assert (code, verdicts(found, "wrong")) == (0, set())
    assert {"settings", "clock", "data folder", "database", "broker", "http port", "HJ 212 port"} <= set(found)
    assert "nobody is told" in found["channels"]["found"]
    assert list(tmp_path.iterdir()) == []


def test_settings_that_cannot_be_are_the_only_thing_it_speaks_of(tmp_path: Path) -> None:
    code, found = checked(environment(tmp_path / "data", HTTP_PORT="0"), tmp_path)
    assert (code, set(found)) == (1, {"settings"})
    assert "http_port" in found["settings"]["found"]


def test_a_configuration_that_everybody_may_read_and_that_holds_a_secret_is_a_caution(tmp_path: Path) -> None:
    file = tmp_path / "nightwatt.toml"
    file.write_text('mqtt_password = "s3cret"\n')
    file.chmod(0o644)
    code, found = checked(on_free_ports(tmp_path, CONFIG=str(file)), tmp_path)
    assert (code, found["settings"]["verdict"]) == (0, "caution")
    assert "s3cret" not in str(found)


def test_a_port_that_another_program_has_is_wrong(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        env = on_free_ports(tmp_path, HJ212_PORT=str(other.getsockname()[1]))
        code, found = checked(env, tmp_path)
    assert (code, verdicts(found, "wrong")) == (1, {"HJ 212 port"})


def test_a_data_folder_that_cannot_be_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    code, found = checked(on_free_ports(tmp_path), tmp_path)
    assert (code, found["data folder"]["verdict"]) == (1, "wrong")


def test_an_address_of_a_channel_that_cannot_work_is_wrong_and_not_shown(tmp_path: Path) -> None:
    channels = [{"name": "duty", "url": "nosuch://s3cret@x"}, {"name": "file", "url_file": "/no/such/file"}]
    channels.append({"name": "good", "url": "json://127.0.0.1/"})
    code, found = checked(on_free_ports(tmp_path, CHANNELS=json.dumps(channels)), tmp_path)
    assert (code, verdicts(found, "wrong")) == (1, {"channel 'duty'", "channel 'file'"})
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("port_is_open", "meter", "verdict", "words"),
    [
        (True, "M-1", "ok", "1 meters are sent"),
        (False, "M-1", "caution", "can't be reached"),
        (True, "M-2", "wrong", "'M-2'"),
    ],
)
def test_a_platform_above_is_tried_and_told_nothing(
    tmp_path: Path, port_is_open: bool, meter: str, verdict: str, words: str
) -> None:
    (tmp_path / "password").write_text("s3cret")
    (tmp_path / "registry").mkdir()
    for name, text in REGISTRY.items():
        (tmp_path / "registry" / name).write_text(text, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as platform:
        uplink = {"host": "127.0.0.1", "port": platform.getsockname()[1], "mn": "UP1", "meters": {meter: "100000"}}
        uplink["password_file"] = str(tmp_path / "password")
        env = on_free_ports(tmp_path, UPLINK=json.dumps(uplink))
        assert nightwatt("import", tmp_path / "registry", env=env, cwd=tmp_path).returncode == 0
        if not port_is_open:
            platform.close()
        code, found = checked(env, tmp_path)
        assert (code, found["uplink"]["verdict"]) == (int(verdict == "wrong"), verdict)
        assert words in found["uplink"]["found"]
        if verdict == "ok":
            connection, _ = platform.accept()
            with connection:
                assert connection.recv(1) == b""
    assert "s3cret" not in str(found)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeployedBroker, dict[str, str], Postgres]]:
    """The deployed broker, its passwords, and a PostgreSQL that is set up as a real one is."""
    folder = tmp_path_factory.mktemp("stack")
    names = ("nightwatt", "M-1")
    with deployed_broker(folder, accounts=names) as (broker, passwords), running_postgres(config="") as postgres:
        yield broker, passwords, postgres


@pytest.fixture
def env(stack: tuple[DeployedBroker, dict[str, str], Postgres], tmp_path: Path) -> dict[str, str]:
    broker, passwords, postgres = stack
    (tmp_path / "mqtt-password").write_text(passwords["nightwatt"] + "\n")
    (tmp_path / "database-url").write_text(postgres.new_database() + "\n")
    return on_free_ports(
        tmp_path,
        MQTT_URL=f"mqtts://nightwatt@localhost:{broker.port}",
        MQTT_CA=str(broker.ca),
        MQTT_CLIENT_ID=f"nightwatt-{tmp_path.name}"[:60],
        MQTT_PASSWORD_FILE=str(tmp_path / "mqtt-password"),
        DATABASE_URL_FILE=str(tmp_path / "database-url"),
    )


def test_the_whole_stack_is_well_before_and_while_the_service_runs(
    env: dict[str, str], stack: tuple[DeployedBroker, dict[str, str], Postgres], tmp_path: Path
) -> None:
    broker, passwords, _ = stack
    code, found = checked(env, tmp_path)
    assert (code, verdicts(found, "wrong")) == (0, set())
    assert "PostgreSQL" in found["database"]["found"]
    assert "a message is back after" in found["broker"]["found"]
    assert "days" in found["broker's certificate"]["found"]

    registry = tmp_path / "registry"
    registry.mkdir()
    for name, text in REGISTRY.items():
        (registry / name).write_text(text, "utf-8")
    assert nightwatt("import", registry, env=env, cwd=tmp_path).returncode == 0
    with running_service(tmp_path, env=env) as service:
        with Client(broker, "M-1", passwords["M-1"]) as meter:
            for minute in range(5):
                ts = 1_773_979_200_000 + 60_000 * minute
                meter.publish("nightwatt/v1/E-1/M-1/telemetry", json.dumps({"ts": ts, "p": 1.5}))
        code, found = checked(env, tmp_path)
        assert (code, verdicts(found, "wrong")) == (0, set())
        assert "is ready" in found["service"]["found"]
        assert found["registry"]["found"] == "1 enterprises, 1 meters"
        # Its own session was not taken over: all five come, by the connection that it had.
        deadline = time.monotonic() + 30
        while service.metric("nightwatt_readings_stored_total") < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert service.metric("nightwatt_readings_stored_total") == 5


@pytest.mark.parametrize(
    ("change", "part", "words"),
    [
        ({"MQTT_PASSWORD_FILE": "", "MQTT_PASSWORD": "guessed"}, "broker", "refuses the sign-in"),
        ({"MQTT_CA": ""}, "broker", "certificate is not believed"),
        ({"MQTT_CA": "/no/such/file"}, "broker's authority", "can't be read"),
        ({"MQTT_URL": f"mqtts://nightwatt@localhost:{free_port()}"}, "broker", "can't be reached"),
        ({"MQTT_URL": "mqtt://nightwatt@localhost:{port}"}, "broker", "cut the connection off"),
        ({"MQTT_URL": "mqtts://M-1@localhost:{port}", "MQTT_PASSWORD": "{M-1}"}, "broker", "does not come back"),
        ({"DATABASE_URL_FILE": "", "DATABASE_URL": "postgresql://x:guessed@127.0.0.1:1/x"}, "database", "refused"),
        ({"SERIES_URL": "influx://u:guessed@127.0.0.1:1/nightwatt?version=1"}, "series store", "127.0.0.1"),
        ({"SERIES_URL": "influx://guessed"}, "series store", "an InfluxDB address looks like"),
        ({"MAPPINGS": '[{"name": "box"}]'}, "dialects", "topic: is missing"),
        ({"HJ212": '{"passwords_file": "/no/such/file"}'}, "dialects", "hj212.passwords_file"),
    ],
)
def test_what_is_wrong_is_named_without_the_secret(
    env: dict[str, str],
    stack: tuple[DeployedBroker, dict[str, str], Postgres],
    tmp_path: Path,
    change: dict[str, str],
    part: str,
    words: str,
) -> None:
    broker, passwords, _ = stack
    for name, value in change.items():
        env[f"NIGHTWATT_{name}"] = value.replace("{port}", str(broker.port)).replace("{M-1}", passwords["M-1"])
    if "MQTT_PASSWORD" in change:
        env.pop("NIGHTWATT_MQTT_PASSWORD_FILE")
    code, found = checked({name: value for name, value in env.items() if value}, tmp_path)
    assert code == 1
    assert verdicts(found, "wrong") == {part}
    assert words in found[part]["found"]
    assert found[part]["do"]
    assert not any(secret in str(found) for secret in ("guessed", *passwords.values()))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "newer nightwatt"),
        ("ALTER ROLE nightwatt SET synchronous_commit = off", "synchronous_commit is off"),
    ],
)
def test_a_database_that_would_lose_something_is_wrong(
    env: dict[str, str],
    tmp_path: Path,
    stack: tuple[DeployedBroker, dict[str, str], Postgres],
    statement: str,
    words: str,
) -> None:
    database = open_database((tmp_path / "database-url").read_text().strip())
    with database.write() as connection:
        connection.exec_driver_sql(statement)
    database.close()
    code, found = checked(env, tmp_path, "--no-publish")
    stack[2].run("ALTER ROLE nightwatt RESET synchronous_commit")
    assert (code, found["database"]["verdict"]) == (1, "wrong")
    assert words in found["database"]["found"]
    assert "a message is back" not in found["broker"]["found"]
