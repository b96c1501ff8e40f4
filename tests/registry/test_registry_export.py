"""Workbooks for people: what is text stays text, whatever it looks like."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from registry.export import MOST_ROWS, plain, workbook


def read(content: bytes) -> list[list[list[object]]]:
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in load_workbook(BytesIO(content))]


def test_rows_come_out_as_they_went_in() -> None:
    rows = [["name", "kW"], ["铸造", 1.5], ["", None], [None, 3]]
    assert read(workbook([("list", rows)])) == [[["name", "kW"], ["铸造", 1.5], [None, None], [None, 3]]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_what_looks_like_a_formula_is_no_formula(text: str) -> None:
    (((cell,),),) = read(workbook([("list", [[text]])]))
    assert str(cell).startswith("'")
    assert load_workbook(BytesIO(workbook([("list", [[text]])]))).active["A1"].data_type == "s"


@given(st.text(max_size=40))
def test_any_text_makes_a_workbook_that_can_be_read(text: str) -> None:
    (((cell,),),) = read(workbook([(text, [[text]])]))
    assert cell is None or not str(cell).startswith(("=", "+", "-", "@"))
    assert plain(text)[:1] not in set("=+-@")


def test_infinite_and_missing_numbers_are_empty_cells() -> None:
    assert read(workbook([("list", [["h"], [float("nan")], [float("inf")]])])) == [[["h"], [None], [None]]]


def test_a_sheet_is_bounded_and_says_how_many_rows_are_left_out() -> None:
    (rows,) = read(workbook([("list", [["h"]] + [["x"]] * (MOST_ROWS + 5))]))
    assert len(rows) == MOST_ROWS + 2
    assert rows[-1] == ["… 5"]
