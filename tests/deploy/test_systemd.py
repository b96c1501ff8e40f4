"""The units are understood by systemd itself, and name what is there."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from nightwatt.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
SYSTEMD = DEPLOY / "systemd"
PREFIX = "NIGHTWATT_"

# What `systemd-analyze verify` is to find in the place of the real programs.
PROGRAMS = {"/opt/nightwatt/bin/nightwatt": "/bin/true", "/usr/sbin/mosquitto": "/bin/true"}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def in_place_of_programs(text: str) -> str:
    for real, stand_in in PROGRAMS.items():
        text = text.replace(real, stand_in)
    return text


def test_systemd_understands_both_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    service = tmp_path / "nightwatt.service"
    service.write_text(in_place_of_programs((SYSTEMD / "nightwatt.service").read_text("utf-8")))
    broker = tmp_path / "mosquitto.service"
    broker.write_text("[Service]\nType=notify\nExecStart=/bin/false\n")
    drop_in = tmp_path / "mosquitto.service.d"
    drop_in.mkdir()
    text = (SYSTEMD / "mosquitto.service.d" / "nightwatt.conf").read_text("utf-8")
    (drop_in / "nightwatt.conf").write_text(in_place_of_programs(text))
    command = ["systemd-analyze", "verify", "--man=no", str(service), str(broker)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "nightwatt" in line or "mosquitto" in line]
    assert (done.returncode, complaints) == (0, [])


def test_the_service_has_few_rights() -> None:
    service = unit(SYSTEMD / "nightwatt.service")["Service"]
    assert service["User"] == "nightwatt"
    assert service["CapabilityBoundingSet"] == ""
    wanted = ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "LockPersonality")
    assert [name for name in wanted if service[name] != "yes"] == []
    assert service["ProtectSystem"] == "strict"
    assert service["Restart"] == "always"


def test_the_brokers_own_configuration_is_the_only_one_it_reads() -> None:
    drop_in = (SYSTEMD / "mosquitto.service.d" / "nightwatt.conf").read_text("utf-8").splitlines()
    starts = [line for line in drop_in if line.startswith("ExecStart=")]
    assert starts == ["ExecStart=", "ExecStart=/usr/sbin/mosquitto -c /etc/nightwatt/mosquitto/mosquitto.conf"]


def test_every_variable_of_the_environment_file_is_a_setting() -> None:
    lines = (SYSTEMD / "environment").read_text("utf-8").splitlines()
    given = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "CONFIG"}
    assert [name for name in given if name.removesuffix("_FILE") not in known] == []


@pytest.mark.parametrize("script", [*sorted(path.name for path in DEPLOY.glob("*.sh")), "systemd/nightwatt"])
def test_scripts_are_executable_and_a_shell_understands_them(script: str) -> None:
    path = DEPLOY / script
    assert path.stat().st_mode & 0o111 == 0o111
    subprocess.run(["sh", "-n", path], check=True)
