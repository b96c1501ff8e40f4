"""The city's registry."""

import re
from collections import Counter
from pathlib import Path

import pytest

from core.registry import Kind, Shift
from nightwatt.simulate.city import City, build_city
from nightwatt.simulate.works import HIDDEN_NIGHTS, NIGHT_ONLY
from registry.read import read_registry
from registry.write import write_registry
from tests.simulate.truth import START_MS


def test_the_city_has_the_numbers_of_the_first_real_one(city: City) -> None:
    registry = city.registry
    kinds = Counter(registry.facility(m.facility).kind for m in registry.meters)
    producing = {registry.facility(m.facility).enterprise for m in registry.meters if m.id.split("-")[2][0] == "P"}
    assert len(registry.enterprises) == 88
    assert kinds == {Kind.FEEDER: 88, Kind.TREATMENT: 99, Kind.PRODUCTION: 36}
    assert len(producing) == 30
    assert {e.district for e in registry.enterprises} == {"天元区", "芦淞区", "石峰区", "荷塘区", "渌口区", "醴陵市"}


def test_feeders_are_read_each_quarter_of_an_hour_and_the_rest_each_minute(city: City) -> None:
    intervals = {(m.id.endswith("-F-M"), m.interval_s) for m in city.registry.meters}
    assert intervals == {(True, 900), (False, 60)}


@pytest.mark.parametrize("table", ["enterprises", "lines", "facilities", "meters", "filings"])
def test_ids_are_unique(city: City, table: str) -> None:
    ids = [row.id for row in getattr(city.registry, table)]
    assert ids
    assert len(ids) == len(set(ids))


def test_names_and_codes_are_unique_and_well_formed(city: City) -> None:
    rows = city.registry.enterprises
    assert len({e.name for e in rows}) == len({e.credit_code for e in rows}) == 88
    assert all(re.fullmatch("[0-9A-HJ-NPQRTUWXY]{18}", e.credit_code or "") for e in rows)
    assert all(112.9 < (e.lon or 0) < 113.7 and 27.4 < (e.lat or 0) < 28.1 for e in rows)


def test_every_reference_in_the_registry_leads_somewhere(city: City) -> None:
    registry = city.registry
    lines = {line.id: line.enterprise for line in registry.lines}
    for facility in registry.facilities:
        assert facility.enterprise in registry.enterprise_number
        assert facility.line is None or lines[facility.line] == facility.enterprise
        assert facility.on_kw is None or (facility.off_kw or 0) < facility.on_kw
    assert all(m.facility in registry.facility_number for m in registry.meters)
    assert all(t.meter in registry.meter_number for t in registry.thresholds)
    for filing in registry.filings:
        assert filing.from_at < filing.to_at
        assert all(registry.facility(f).enterprise == filing.enterprise for f in filing.facilities)
    keys = [(t.meter, t.quantity, t.side, t.severity) for t in registry.thresholds]
    assert len(keys) == len(set(keys))


def test_the_registry_survives_being_written_checked_and_read(city: City, tmp_path: Path) -> None:
    write_registry(city.registry, tmp_path)
    assert read_registry(tmp_path) == city.registry


def test_two_thresholds_have_no_delay_and_a_shutdown_is_approved_for_the_start(city: City) -> None:
    assert sum(t.on_delay_s == 0 for t in city.registry.thresholds) == 2
    approved = [f for f in city.registry.filings if f.status == "approved" and f.kind == "shutdown"]
    assert [f.id for f in approved if f.from_at < START_MS < f.to_at] == ["BB-001"]


def test_who_hides_night_work_is_registered_for_the_day(city: City) -> None:
    hidden = [city.registry.enterprise(f"ZZ-{n:03d}") for n in (*HIDDEN_NIGHTS, NIGHT_ONLY)]
    assert all(e.shift is Shift.DAY and not e.valley_tariff for e in hidden)
    assert sum(e.shift is Shift.NIGHT for e in city.registry.enterprises) == 2
    assert sum(e.valley_tariff for e in city.registry.enterprises) == 1


def test_the_same_seed_gives_the_same_city_and_another_seed_another(city: City) -> None:
    again, other = build_city(start_at=START_MS), build_city(2018, start_at=START_MS)
    assert again.registry == city.registry
    assert again.planted == city.planted
    assert other.registry != city.registry
