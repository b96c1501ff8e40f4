"""The real year of a steel plant: day-heavy, never suspicious, however it was metered."""

import csv
import gzip
import io
import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from nightwatt.commands.imbalance import imbalance

STEEL = Path(__file__).parents[2] / "../shared/data/load/steel_2018_15min.csv.gz"
QUARTER = timedelta(minutes=15)


def quarters() -> list[tuple[datetime, float]]:
    """(local end of the quarter, kWh in it). The stamp of midnight carries the date that has just ended."""
    with gzip.open(STEEL, "rt", encoding="utf-8-sig") as file:
        rows = [(datetime.strptime(r["date"], "%d/%m/%Y %H:%M"), float(r["Usage_kWh"])) for r in csv.DictReader(file)]
    return [(at + timedelta(days=1) if (at.hour, at.minute) == (0, 0) else at, kwh) for at, kwh in rows]


@pytest.fixture(scope="module")
def year() -> list[tuple[datetime, float]]:
    if not STEEL.exists():
        missing = f"{STEEL} is absent: the real year is not tested"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return quarters()


def write_registry(folder: Path) -> Path:
    (folder / "enterprises.csv").write_text("id,name,district,timezone\nsteel,Steel plant,North,Asia/Seoul\n")
    (folder / "facilities.csv").write_text("id,enterprise,kind\nfeeder,steel,feeder\n")
    (folder / "meters.csv").write_text("id,facility,interval_s\nmain,feeder,900\n")
    return folder


def written(folder: Path, year: list[tuple[datetime, float]], quantity: str) -> Path:
    path, total = folder / "readings.csv.gz", 0.0
    with gzip.open(path, "wt") as file:
        file.write(f"meter,ts,{quantity}\n")
        for at, kwh in year:
            total += kwh
            file.write(f"main,{at},{4 * kwh if quantity == 'p' else total}\n")
    return path


def test_the_midnight_stamps_are_put_right(year: list[tuple[datetime, float]]) -> None:
    assert [at for at, _ in year] == [datetime(2018, 1, 1) + (i + 1) * QUARTER for i in range(35_040)]


@pytest.mark.parametrize("quantity", ["p", "ep"])
def test_the_steel_plant_is_day_heavy_over_the_year(
    tmp_path: Path, year: list[tuple[datetime, float]], quantity: str
) -> None:
    out, err = io.StringIO(), io.StringIO()
    folder = tmp_path / "registry"
    folder.mkdir()
    readings = written(tmp_path, year, quantity)
    code = imbalance(write_registry(folder), [readings], from_=None, to=None, out=out, err=err)
    (line,) = [json.loads(text) for text in out.getvalue().splitlines()]
    assert (code, err.getvalue()) == (0, "")
    assert line["ratio"] == pytest.approx(0.153, abs=0.002)
    assert (line["enterprise"], line["class"], line["flagged"], line["remark"]) == ("steel", "day-heavy", False, "")
    assert line["valid_days"] == (date(2018, 12, 31) - date(2018, 1, 1)).days
    assert line["coverage"] == 1
