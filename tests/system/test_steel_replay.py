"""The real year of a steel plant, over a real broker, through the running service."""

import csv
import gzip
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.mosquitto import running_mosquitto
from tests.system.service import ROOT, RunningService, environment, nightwatt, running_service

pytestmark = pytest.mark.system

STEEL = ROOT / "../shared/data/load/steel_2018_15min.csv.gz"
ROWS = 35_040
STORED_WITHIN_S = 120
YEAR = ("2018-01-01T00:00:00+09:00", "2019-01-01T00:00:00+09:00")
AROUND = ("2017-12-31T00:00:00+09:00", "2019-01-02T00:00:00+09:00")


@dataclass
class Replayed:
    """The service after the year was replayed twice, and what was counted after each time."""

    service: RunningService
    token: str
    registry: Path
    replays: list[subprocess.CompletedProcess[str]]
    stored: list[float]

    def readings(self) -> list[dict[str, Any]]:
        """All readings of the meter, in the pages that the API gives at once."""
        begin, found = datetime.fromisoformat(AROUND[0]), []
        while begin < datetime.fromisoformat(AROUND[1]):
            end = begin + timedelta(days=90)
            query = urlencode({"meter": "main", "from": begin.isoformat(), "to": end.isoformat()})
            page = self.service.api(f"/readings?{query}", token=self.token)
            assert page["step_s"] is None
            found += page["readings"]
            begin = end
        return found

    def profile(self) -> dict[str, Any]:
        """The screening of the year by the service."""
        query = urlencode({"enterprise": "steel", "from": YEAR[0], "to": YEAR[1]})
        found: dict[str, Any] = self.service.api(f"/profiles?{query}", token=self.token)
        return found


def write_registry(folder: Path) -> Path:
    folder.mkdir()
    (folder / "enterprises.csv").write_text("id,name,district,timezone\nsteel,Steel plant,North,Asia/Seoul\n")
    (folder / "facilities.csv").write_text("id,enterprise,kind\nsupply,steel,feeder\n")
    (folder / "meters.csv").write_text("id,facility,interval_s\nmain,supply,900\n")
    return folder


def replay_year(service: RunningService, received: int) -> tuple[subprocess.CompletedProcess[str], float]:
    """Replay and wait until the service has received that many in all; with what it has stored then."""
    replay = service.command("replay", STEEL.resolve())
    deadline = time.monotonic() + STORED_WITHIN_S
    while service.metric("nightwatt_readings_received_total") < received and time.monotonic() < deadline:
        time.sleep(0.1)
    return replay, service.metric("nightwatt_readings_stored_total")


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    if not STEEL.exists():
        missing = f"{STEEL} is absent: the real year is not replayed"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = tmp_path_factory.mktemp("steel")
    registry = write_registry(folder / "registry")
    imported = nightwatt("import", registry, env=environment(folder / "data"), cwd=folder)
    assert imported.returncode == 0, imported.stderr
    with (
        running_mosquitto(folder) as broker,
        running_service(folder, env={"NIGHTWATT_MQTT_URL": f"mqtt://127.0.0.1:{broker.port}"}) as service,
    ):
        counts = [replay_year(service, ROWS), replay_year(service, 2 * ROWS)]
        yield Replayed(service, service.token(), registry, [run for run, _ in counts], [stored for _, stored in counts])


@pytest.fixture(scope="module")
def archive() -> list[dict[str, str]]:
    """The rows of the archive, in its order."""
    with gzip.open(STEEL, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_quarter_of_the_year_is_stored_once(replayed: Replayed) -> None:
    at = [datetime.fromisoformat(row["at"]) for row in replayed.readings()]
    first = datetime.fromisoformat(YEAR[0]) + timedelta(minutes=15)
    assert at == [first + timedelta(minutes=15 * i) for i in range(ROWS)]


def test_the_energy_is_that_of_the_archive(replayed: Replayed, archive: list[dict[str, str]]) -> None:
    used = [float(row["Usage_kWh"]) for row in archive]
    found = replayed.readings()
    assert [row["p"] for row in found] == pytest.approx([4 * kwh for kwh in used], rel=1e-9)
    assert found[-1]["ep"] == pytest.approx(sum(used), rel=1e-9)


def test_the_replay_says_what_the_broker_has_taken(replayed: Replayed) -> None:
    for replay in replayed.replays:
        assert (replay.returncode, replay.stderr) == (0, "")
        assert json.loads(replay.stdout) == {"readings": ROWS, "acknowledged": ROWS, "refused": 0}


def test_a_second_replay_adds_nothing(replayed: Replayed) -> None:
    assert replayed.stored == [ROWS, ROWS]
    assert replayed.service.metric("nightwatt_readings_stored_total") == ROWS
    assert replayed.service.metric("nightwatt_readings_received_total") == 2 * ROWS


def test_nothing_is_set_aside_and_nobody_is_alarmed(replayed: Replayed) -> None:
    assert replayed.service.metric("nightwatt_dead_letters_total") == 0
    assert replayed.service.api("/dead-letters", token=replayed.token)["rows"] == []
    assert replayed.service.api("/alarms", token=replayed.token)["rows"] == []
    assert replayed.service.api("/focus-list", token=replayed.token)["rows"] == []


def test_the_steel_plant_is_day_heavy_and_not_flagged(replayed: Replayed) -> None:
    profile = replayed.profile()
    assert profile["ratio"] == pytest.approx(0.153, abs=0.002)
    assert (profile["load_class"], profile["flagged"], profile["remark"]) == ("day-heavy", False, "")
    assert profile["valid_days"] == 364  # the night of 31 December ends in the next year
    assert profile["coverage"] == pytest.approx(1)


def test_the_command_line_gives_the_same_answer_over_a_file(replayed: Replayed, tmp_path: Path) -> None:
    with (tmp_path / "readings.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, ["meter", "ts", "p", "ep"])
        rows.writeheader()
        rows.writerows({"meter": "main", "ts": r["at"], "p": r["p"], "ep": r["ep"]} for r in replayed.readings())
    told = replayed.service.command(
        *("imbalance", "--registry", replayed.registry, "--readings", tmp_path / "readings.csv"),
        *("--from", YEAR[0], "--to", YEAR[1]),
    )
    assert (told.returncode, told.stderr) == (0, "")
    line, profile = json.loads(told.stdout), replayed.profile()
    for number in ("ratio", "night_kw", "day_kw", "coverage"):
        assert line[number] == pytest.approx(profile[number], rel=1e-6, abs=1e-6)
    assert (line["class"], line["flagged"]) == (profile["load_class"], profile["flagged"])
    assert (line["valid_days"], line["remark"]) == (profile["valid_days"], profile["remark"])
