"""The five lists as a page and as a workbook."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from core.interval import DAY_MS
from core.screening import Finding, Judgement, Period, ScreeningList
from tests.api.place import Place
from tests.cases import NOON, city

EVIL = "=HYPERLINK(1)"


def finding(list_: ScreeningList, judgement: Judgement = Judgement.FLAGGED, *, enterprise: str = "foundry") -> Finding:
    evidence = {
        "days": ["2026-03-18", "2026-03-19"],
        "earlier": {"2026-01": 0.3, "2026-02": 0.31},
        "own_band": [0.28, 0.34],
        "profile_kw": [1.0] * 24,
    }
    line = f"{enterprise}-L1" if list_ is ScreeningList.INTENSITY else enterprise
    return Finding(list_, enterprise, line, 0.12, 0.28, judgement, "below own band", "valley tariff", evidence)


@pytest.fixture
def screened(place: Place) -> Place:
    book = place.services.screenings
    months = [date(2026, 1, 1), date(2026, 2, 1)]
    for month in months:
        rows = [finding(list_) for list_ in ScreeningList] + [
            finding(list_, Judgement.INSUFFICIENT, enterprise="paint") for list_ in ScreeningList
        ]
        book.save(Period(NOON - 60 * DAY_MS, NOON - 30 * DAY_MS, month), rows, day="", now=NOON)
    return place


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("list_", list(ScreeningList))
def test_each_list_of_a_month_is_a_page_with_its_evidence(screened: Place, list_: ScreeningList, language: str):
    page = screened.browser_of("monitor").get(
        f"/focus?list={list_}&period=2026-02", headers={"Accept-Language": language}
    )
    assert page.status_code == 200
    assert "湘江铸造" in page.text
    assert ("2 periods in a row" if language == "en" else "连续 2 期") in page.text
    assert "0.28 – 0.34" in page.text
    assert "2026-02" in page.text


def test_what_could_not_be_judged_is_told_and_not_hidden(screened: Place):
    page = screened.browser_of("monitor").get("/focus?list=band&period=2026-02", headers={"Accept-Language": "en"})
    assert "Not judged for lack of data (1 of 2)" in page.text
    assert "芦淞涂装" in page.text


def test_another_districts_findings_are_on_neither_page_nor_sheet(screened: Place):
    browser = screened.browser_of("lu")
    assert "湘江铸造" not in browser.get("/focus?list=band&period=2026-02").text
    book = load_workbook(BytesIO(browser.get("/focus/export.xlsx?period=2026-02").content))
    assert {row[0].value for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=2)} == {"paint"}


@pytest.mark.parametrize(
    "address", ["/focus?list=luck", "/focus?period=1999-01", "/focus?start=-3", "/focus?start=9999999"]
)
def test_mangled_addresses_show_the_first_list(screened: Place, address: str):
    assert screened.browser_of("monitor").get(address).status_code == 200


def test_the_workbook_has_a_sheet_for_each_list_and_one_that_explains(screened: Place):
    answer = screened.browser_of("monitor").get("/focus/export.xlsx?period=2026-02", headers={"Accept-Language": "en"})
    assert answer.headers["content-disposition"] == 'attachment; filename="nightwatt-2026-02.xlsx"'
    book = load_workbook(BytesIO(answer.content))
    assert len(book.sheetnames) == 1 + len(ScreeningList)
    rows = [[cell.value for cell in row] for row in book["Treatment intensity"].iter_rows()]
    assert rows[0][:4] == ["Enterprise id", "Enterprise", "District", "Industry"]
    assert rows[1][:3] == ["foundry", "湘江铸造", "天元区"]
    assert rows[1][5:9] == ["Flagged", 0.12, 0.28, "2 periods in a row"]
    assert rows[2][5] == "Too little data"


def test_a_name_that_is_a_formula_is_text_in_the_workbook(screened: Place):
    from dataclasses import replace

    before = city()
    renamed = tuple(replace(row, name=EVIL) if row.id == "foundry" else row for row in before.enterprises)
    screened.services.registry.save(replace(before, enterprises=renamed), by="test", now=NOON)
    book = load_workbook(BytesIO(screened.browser_of("monitor").get("/focus/export.xlsx?period=2026-02").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == f"'{EVIL}" for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)
