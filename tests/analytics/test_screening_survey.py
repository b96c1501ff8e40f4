"""From readings to findings: one scan, months as history, the command over files."""

import io
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from analytics.screening.survey import survey
from core.filing import Filing
from core.readings import Readings, concatenate, readings
from core.registry import Enterprise, Facility, Kind, Line, Meter, Registry
from core.screening import Finding, Judgement, Period, ScreeningList
from nightwatt.commands.screen import screen
from registry.write import write_registry
from tests.analytics.loads import MONDAY, Columns, at, days_of, two_levels

PLANT = Registry(
    enterprises=(Enterprise("E", "Plant", "Shifeng", industry="3011"),),
    lines=(Line("L", "E", "Line 1"),),
    facilities=(
        Facility("F", "E", Kind.FEEDER),
        Facility("P", "E", Kind.PRODUCTION, line="L"),
        Facility("T", "E", Kind.TREATMENT, line="L", stage="dust"),
    ),
    meters=tuple(Meter(f"{id}-m", id, interval_s=900) for id in ("F", "P", "T")),
)


def found(batch: Readings, *, of: Registry = PLANT, n: int = 5) -> dict[ScreeningList, Finding]:
    period = Period(at(MONDAY, "00:00"), at(MONDAY + timedelta(days=n), "12:00"))
    return {row.list: row for row in survey(of, Columns(batch), period).findings}


def city(days: int = 5, first: date = MONDAY, *, spike: datetime | None = None) -> Readings:
    """A feeder of 100 kW, production of 50 and treatment of 10; one quarter of an hour at 400 kW."""

    def load(local: datetime) -> float:
        return 400.0 if spike and spike <= local < spike + timedelta(minutes=15) else 100.0

    feeder = days_of(lambda local: load(local.replace(tzinfo=None)), days=days, first=first)
    others = [
        days_of(two_levels(night=kw, day=kw), days=days, first=first, meter=i + 1) for i, kw in enumerate((50, 10))
    ]
    return concatenate([feeder, *others])


def test_one_scan_gives_a_finding_of_every_list() -> None:
    rows = found(city())
    assert set(rows) == set(ScreeningList)
    assert rows[ScreeningList.NIGHT_SHARE].value == pytest.approx(8 / 24)
    assert rows[ScreeningList.INTENSITY].value == pytest.approx(0.2)
    assert rows[ScreeningList.INTENSITY].subject == "L"
    assert rows[ScreeningList.BAND].evidence["mean_kw"] == pytest.approx([100.0] * 5)
    assert {row.judgement for list_, row in rows.items() if list_ in ("intensity", "band", "growth")} == {
        Judgement.INSUFFICIENT
    }


def test_the_demand_is_the_highest_quarter_of_an_hour() -> None:
    spike = datetime.combine(MONDAY + timedelta(days=2), datetime.min.time()).replace(hour=10, minute=15)
    demand = found(city(spike=spike))[ScreeningList.GROWTH].evidence["demand_kw"]
    assert demand == pytest.approx({f"2024-03-0{day}": 400.0 if day == 6 else 100.0 for day in range(4, 9)})


def test_a_minute_of_high_load_is_not_a_quarter_of_it() -> None:
    minute = np.arange(at(MONDAY, "00:00"), at(MONDAY + timedelta(days=4), "12:00"), 60_000)
    p = np.full(len(minute), 60.0)
    p[minute == at(MONDAY, "10:05")] = 960.0
    quick = replace(PLANT, meters=tuple(replace(meter, interval_s=60) for meter in PLANT.meters))
    rows = found(readings(np.zeros(len(minute), dtype=np.int64), minute, p=p), of=quick, n=3)
    assert rows[ScreeningList.GROWTH].evidence["demand_kw"]["2024-03-04"] == pytest.approx(120.0)


def test_days_under_a_filing_count_in_no_list() -> None:
    span = at(MONDAY + timedelta(days=1), "09:00"), at(MONDAY + timedelta(days=1), "17:00")
    filed = replace(PLANT, filings=(Filing("f", "E", "shutdown", *span, status="approved"),))
    rows = found(city(), of=filed)
    assert "2024-03-05" not in rows[ScreeningList.GROWTH].evidence["demand_kw"]
    assert "2024-03-05" not in rows[ScreeningList.BAND].evidence["days"]
    assert "2024-03-05" not in rows[ScreeningList.INTENSITY].evidence["days"]
    assert "2024-03-05" in rows[ScreeningList.NIGHT_SHARE].evidence["excluded_days"]


def test_without_readings_nothing_is_judged() -> None:
    rows = found(readings([], []))
    assert {row.judgement for row in rows.values()} == {Judgement.INSUFFICIENT}
    assert all(row.reason for row in rows.values())


def test_the_command_takes_earlier_months_of_the_file_as_history(tmp_path: Path) -> None:
    write_registry(PLANT, tmp_path / "registry")
    first = date(2023, 6, 1)
    batch = city((date(2024, 2, 20) - first).days, first)
    grown = (batch.ts > at(date(2024, 1, 25), "00:00")) & (batch.meter == 0)
    p = np.where(grown, batch.p * 1.5, batch.p)
    ids = np.array(["F-m", "P-m", "T-m"])[batch.meter]
    rows = zip(ids.tolist(), batch.ts.tolist(), p.tolist(), strict=True)
    path, book = tmp_path / "readings.csv", tmp_path / "lists.xlsx"
    path.write_text("meter,ts,p\n" + "".join(f"{id},{ts},{kw}\n" for id, ts, kw in rows))
    out, err = io.StringIO(), io.StringIO()
    code = screen(
        tmp_path / "registry", [path], from_="2024-02-01", to=None, xlsx=book, language="en", out=out, err=err
    )
    lines = {row["list"]: row for row in map(json.loads, out.getvalue().splitlines())}
    assert (code, err.getvalue(), set(lines)) == (0, "", {list_.value for list_ in ScreeningList})
    assert (lines["growth"]["flagged"], lines["growth"]["value"]) == (True, pytest.approx(1.5))
    assert lines["intensity"]["line"] == "L"
    assert lines["intensity"]["reason"] == "few peers"
    assert lines["band"]["evidence"]["past_days"] > 200
    assert load_workbook(book).sheetnames[0] == "About"
