"""deploy/compose.yaml and deploy/Dockerfile, read as Docker would: nothing open, nothing unpinned, no secrets."""

import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from nightwatt.settings import SECRETS, Settings
from tests.mosquitto import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PREFIX = "NIGHTWATT_"
STACK: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
MADE_BY_PREPARE = {"mosquitto/certificates/ca.crt", *(f"secrets/{name}" for name in STACK["secrets"])}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", "")

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_the_stack_is_whole() -> None:
    assert set(SERVICES) == {"mosquitto", "influxdb", "postgres", "nightwatt", "grafana"}


@every_service
def test_images_are_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+(\.\d+)*", SERVICES[name]["image"])


@every_service
def test_nobody_is_root_or_may_become_it(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    forbidden = {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "userns_mode"}
    assert forbidden.isdisjoint(service)
    assert "docker.sock" not in str(service)


@every_service
def test_what_ends_is_started_again_and_what_hangs_is_seen(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or ("build" in service and "\nHEALTHCHECK " in DOCKERFILE)


@every_service
def test_only_the_meters_ports_are_open_to_other_machines(name: str) -> None:
    open_ports = {port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")}
    assert open_ports == {"mosquitto": {"8883:8883"}, "nightwatt": {"8212:8212"}}.get(name, set())


def test_the_stores_are_on_a_network_of_their_own() -> None:
    assert STACK["networks"]["stores"] == {"internal": True}
    for name in ("influxdb", "postgres"):
        assert SERVICES[name]["networks"] == ["stores"]
    assert "stores" not in SERVICES["mosquitto"]["networks"]


@every_service
def test_state_lies_in_named_volumes_and_files_of_the_repository_are_read_only(name: str) -> None:
    for volume in SERVICES[name]["volumes"]:
        source, _, mode = (*volume.split(":"), "")[:3]
        if source.startswith("."):
            assert mode == "ro", volume
            made_later = source.removeprefix("./") in MADE_BY_PREPARE
            assert made_later or (DEPLOY / source).exists(), f"{source} is not there"
        else:
            assert source in STACK["volumes"]
    assert set(STACK["volumes"]) == {
        v.split(":")[0] for s in SERVICES.values() for v in s["volumes"] if not v.startswith(".")
    }


@every_service
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|TOKEN|SECRET|DATABASE_URL", variable):
            assert re.fullmatch(r"/run/secrets/[a-z-]+", value), f"{variable} holds a secret"
            assert Path(value).name in SERVICES[name]["secrets"]
        assert not re.search(r"://[^/\s@]*:[^/\s@]*@", str(value)), f"{variable} holds a password"


def test_every_secret_is_a_file_made_by_prepare_and_used() -> None:
    script = (DEPLOY / "prepare.sh").read_text("utf-8")
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert set(STACK["secrets"]) == used
    for name, secret in STACK["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert name in script


def test_every_variable_of_nightwatt_is_one_that_it_knows() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    secrets = {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    given = set(SERVICES["nightwatt"]["environment"]) | set(re.findall(rf"\b{PREFIX}\w+(?==)", DOCKERFILE))
    assert given <= known | secrets | {PREFIX + "CONFIG"}
    assert {PREFIX + "MQTT_URL", PREFIX + "MQTT_CLIENT_ID", PREFIX + "DATABASE_URL_FILE"} <= given


def test_who_must_be_there_first_is_a_service_that_can_say_so() -> None:
    for service in SERVICES.values():
        for first, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[first]


def test_grafana_finds_its_dashboards_where_its_provisioning_looks_for_them() -> None:
    mounts = {volume.split(":")[1]: volume.split(":")[0] for volume in SERVICES["grafana"]["volumes"]}
    files = sorted((ROOT / "grafana" / "provisioning" / "dashboards").glob("*.yaml"))
    paths = [row["options"]["path"] for file in files for row in yaml.safe_load(file.read_text("utf-8"))["providers"]]
    assert paths
    for path in map(Path, paths):
        mounted = next(target for target in map(str, (path, *path.parents)) if target in mounts)
        assert (DEPLOY / mounts[mounted] / path.relative_to(mounted)).is_dir()


def test_prepare_makes_all_that_is_mounted_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed (apt-get install mosquitto)")
    shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets", ".env", "certificates"))
    place = tmp_path / "deploy"
    subprocess.run(["sh", place / "prepare.sh", "broker.example.org"], check=True, capture_output=True)
    assert [name for name in MADE_BY_PREPARE if not (place / name).stat().st_size] == []
    assert (place / "secrets").stat().st_mode & 0o077 == 0
    assert "NIGHTWATT_MQTT_CLIENT_ID=nightwatt-" in (place / ".env").read_text()
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    subprocess.run(["sh", place / "prepare.sh", "broker.example.org"], check=True, capture_output=True)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_the_image_holds_every_package_and_runs_as_nobody_in_particular() -> None:
    packages = re.search(r"include = \[(.*)\]", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert packages
    for package in re.findall(r'"(\w+)\*"', packages[1]):
        assert f"\nCOPY {package} {package}\n" in DOCKERFILE
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.M):
        assert all((ROOT / source).exists() for source in line.split()[:-1]), line
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = {source for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.M) for source in line.split()[:-1]}
    assert {f"!{source}" for source in copied} == {line for line in allowed if line.startswith("!")}
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.M) == ["python:3.12-slim"] * 2
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.M)[-1] == SERVICES["nightwatt"]["user"]


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/healthz" else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_images_health_check_tells_alive_from_dead(status: int | None, healthy: bool) -> None:
    found = re.search(r'HEALTHCHECK .*CMD \["python", "-c", "(.*)"\]', DOCKERFILE)
    assert found
    server = HTTPServer(("127.0.0.1", 0), _Health) if status else None
    port = server.server_port if server else free_port()
    if server:
        server.status = status  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        command, env = [sys.executable, "-c", found[1]], {"NIGHTWATT_HTTP_PORT": str(port)}
        done = subprocess.run(command, env=env, capture_output=True, timeout=30, check=False)
    finally:
        if server:
            server.shutdown()
            server.server_close()
    assert (done.returncode == 0) is healthy
