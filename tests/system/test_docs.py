"""The pages for operators say what the program does."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from analytics.rule_choice import MERGE_CHATTER, parameters
from analytics.rules import RULES
from core.errors import SetupError
from core.readings import QUANTITIES, UNITS
from ingest.hj212.station import Hj212Limits
from nightwatt.dialects import dialects_of
from nightwatt.series import influx_address
from nightwatt.settings import (
    SECRETS,
    ChannelSettings,
    ClockSettings,
    DeadLetterSettings,
    Hj212Settings,
    ScreeningSettings,
    SeasonSettings,
    Settings,
    SpoolSettings,
    UplinkSettings,
    load_settings,
)
from tests.system.service import ROOT
from tests.system.stranger import run, write_registry

SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
READINGS = (ROOT / "docs" / "readings.md").read_text("utf-8")


def rows(text: str) -> dict[str, list[str]]:
    """The cells of every table row by its first cell."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0]: row[1:] for row in cells}


def section(of: str, heading: str) -> str:
    return of.split(f"\n## {heading}")[1].split("\n## ")[0]


def test_the_page_names_every_setting_with_its_variable_and_default() -> None:
    found = rows(SETTINGS)
    tables = {"rules", "screening", "channels", "spool", "clock", "dead_letters", "hj212", "uplink"}
    for name, field in Settings.model_fields.items():
        if name in tables:
            continue
        variable, default, meaning = found[name]
        assert variable == f"`NIGHTWATT_{name.upper()}`"
        said = json.dumps(field.default) if isinstance(field.default, bool) else str(field.default)
        is_none = field.default in (None, (), {})
        assert default.startswith("none") if is_none else default == f"`{said}`", name
        assert len(meaning.split()) > 3, name


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("The day/night screening: `[screening]`", ScreeningSettings),
        ("Seasons: `[[screening.seasons]]`", SeasonSettings),
        ("Channels to phones", ChannelSettings),
        ("HJ 212 stations", Hj212Settings),
        ("A higher platform", UplinkSettings),
        ("Readings that wait", SpoolSettings),
        ("Messages that could not be understood", DeadLetterSettings),
        ("Clocks of meters", ClockSettings),
    ],
)
def test_the_page_names_every_setting_of_the_tables(heading: str, model: type[BaseModel]) -> None:
    found = rows(section(SETTINGS, heading))
    assert set(model.model_fields) == set(found) - {"setting", "---"}
    for name, field in model.model_fields.items():
        if field.is_required():
            assert "needed" in found[name][0]
        elif field.default is not None and name != "limits":
            assert found[name][0] == f"`{field.default}`"


def test_the_page_names_every_parameter_of_every_rule_with_its_default() -> None:
    found = rows(section(SETTINGS, "Rules and their parameters"))
    known = {f"{id}.{name}": value for id, rule in RULES.items() for name, value in parameters(rule).items()}
    said = {name: row[0] for name, row in found.items() if name not in ("setting", "---", "disabled", "enabled")}
    assert said == {name: f"`{value}`" for name, value in known.items()} | {MERGE_CHATTER: "`true`"}


def test_the_page_names_every_limit_of_stations() -> None:
    found = rows(section(SETTINGS, "Limits of stations"))
    limits = asdict(Hj212Limits())
    assert set(limits) == set(found) - {"setting", "---"}
    assert {name: row[0] for name, row in found.items() if name in limits} == {
        name: f"`{value}`" for name, value in limits.items()
    }


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf"])
def test_a_limit_of_stations_that_can_only_be_a_mistake_is_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / "nightwatt.toml").write_text(f"[hj212.limits]\nidle_for_s = {value}\n")
    with pytest.raises(SetupError, match=r"'hj212\.limits': idle_for_s must be a number above 0"):
        load_settings({"NIGHTWATT_CONFIG": str(tmp_path / "nightwatt.toml")})


@pytest.mark.parametrize(
    ("table", "known"),
    [("hj212.limits", "burst_frames"), ("uplink", "overtime_s"), ("spool", "most_bytes"), ("clock", "behind_days")],
)
def test_an_unknown_setting_of_a_table_is_told_with_those_that_there_are(
    tmp_path: Path, table: str, known: str
) -> None:
    (tmp_path / "nightwatt.toml").write_text(f"[{table}]\ncolour = 1\n")
    with pytest.raises(SetupError, match=rf"'{table}\.colour'; known are .*{known}"):
        load_settings({"NIGHTWATT_CONFIG": str(tmp_path / "nightwatt.toml")})


def test_the_page_names_no_setting_that_is_not_there() -> None:
    known = {f"NIGHTWATT_{name.upper()}" for name in Settings.model_fields}
    known |= {"NIGHTWATT_CONFIG"} | {f"NIGHTWATT_{name.upper()}_FILE" for name in SECRETS}
    assert set(re.findall(r"NIGHTWATT_[A-Z0-9_]*[A-Z0-9]", SETTINGS)) <= known


def test_the_sample_is_taken(tmp_path: Path) -> None:
    (sample,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    (tmp_path / "nightwatt.toml").write_text(sample, encoding="utf-8")
    settings = load_settings({"NIGHTWATT_CONFIG": str(tmp_path / "nightwatt.toml")})
    assert settings.broker().tls
    assert settings.screening.period_days == 30
    assert set(dialects_of(settings)) == {"nightwatt", "acrel", "tasmota", "hj212"}
    assert influx_address(settings).database == "nightwatt"
    assert settings.uplink is not None
    assert list(settings.uplink.meters.values()) == ["100000", "100001"]
    assert [channel.district for channel in settings.channels] == [None, "石峰区"]


def test_a_variable_wins_over_the_file_and_over_the_file_of_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(" from the file\n")
    (tmp_path / "nightwatt.toml").write_text("http_port = 8100\nmqtt_port = 8101\n")
    monkeypatch.setenv("NIGHTWATT_HTTP_PORT", "8200")
    files = {
        "NIGHTWATT_CONFIG": str(tmp_path / "nightwatt.toml"),
        "NIGHTWATT_MQTT_PASSWORD_FILE": str(tmp_path / "secret"),
    }
    settings = load_settings(files)
    assert (settings.http_port, settings.mqtt_port) == (8200, 8101)
    assert settings.mqtt_password == SecretStr("from the file")
    monkeypatch.setenv("NIGHTWATT_MQTT_PASSWORD", "from the variable")
    assert load_settings(files).mqtt_password == SecretStr("from the variable")


def test_the_page_names_every_quantity_with_its_unit() -> None:
    told = {name: row[0] for names, row in rows(READINGS).items() for name in names.split(", ")}
    assert {name: told[name] for name in QUANTITIES} == UNITS
    assert {"**meter**", "**ts**"} <= set(told)


def test_the_example_readings_are_taken_whole(tmp_path: Path) -> None:
    ((name, block),) = re.findall(r"`(\w+\.csv)`\n\n((?:    .*\n)+)", READINGS)
    (tmp_path / name).write_text(re.sub(r"^    ", "", block, flags=re.MULTILINE))
    registry = write_registry(tmp_path / "registry", meters="id,facility,interval_s\nE1-M0,F1,900\n")
    done = run(tmp_path, "imbalance", "--registry", registry, "--readings", name)
    assert (done.returncode, done.stderr) == (0, "")
    told, _, _ = section(READINGS, "nightwatt imbalance").partition("\n\n* ")
    assert set(json.loads(done.stdout)) == set(re.findall(r"`(\w+)`", told))


def hourly(folder: Path, *, interval_s: int) -> tuple[Path, Path]:
    """A fortnight of hourly readings from 1 March to 15 March 06:00, Shanghai time, heavier by night."""
    registry = write_registry(folder / f"registry-{interval_s}", meters=f"id,facility,interval_s\nM1,F1,{interval_s}\n")
    hours = [f"2026-03-{1 + i // 24:02} {i % 24:02}:00" for i in range(14 * 24 + 7)]
    kw = [30 if 6 <= i % 24 < 22 else 90 for i in range(len(hours))]
    lines = [f"M1,{at},{p}" for at, p in zip(hours, kw, strict=True)]
    (folder / "hourly.csv").write_text("\n".join(["meter,ts,p", *lines]))
    return registry, folder / "hourly.csv"


@pytest.mark.parametrize(("to", "days"), [("2026-03-15", 13), ("2026-03-15T06:00", 14), ("2026-03-14", 12)])
def test_a_date_alone_means_its_midnight(tmp_path: Path, to: str, days: int) -> None:
    registry, file = hourly(tmp_path, interval_s=3600)
    done = run(
        tmp_path,
        *("imbalance", "--registry", registry, "--readings", file, "--from", "2026-03-01", "--to", to),
    )
    assert json.loads(done.stdout)["valid_days"] == days


def test_hourly_readings_need_an_interval_of_an_hour(tmp_path: Path) -> None:
    found = []
    for interval_s in (60, 3600):
        registry, file = hourly(tmp_path, interval_s=interval_s)
        done = run(tmp_path, "imbalance", "--registry", registry, "--readings", file)
        found.append(json.loads(done.stdout)["class"])
    assert found == ["insufficient", "night-heavy"]
