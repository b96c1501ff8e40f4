"""Bad files: every fault at once, each with its place and reason."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import RegistryErrors, RegistryFault
from core.registry import Registry
from registry import sheets
from registry.read import read_registry

Faults = Callable[..., list[str]]

E, F = "id,name,district", "id,enterprise,kind"
T, FILING = "meter,quantity,side,value", "id,enterprise,kind,from,to"
ORDER = "id,scope,kind,from,to"
SPAN = "2026-03-01,2026-03-02"

CASES: list[tuple[str, dict[str, str | bytes | None], list[str]]] = [
    (
        "a missing required file",
        {"meters": None},
        ["meters.csv: is required and missing"],
    ),
    (
        "a missing file is not also a hundred missing references",
        {"enterprises": None},
        ["enterprises.csv: is required and missing"],
    ),
    (
        "an unknown file",
        {"meter": "id\n"},
        [
            "meter.csv: is not a file of a registry; they are enterprises.csv, lines.csv, facilities.csv, meters.csv, "
            "thresholds.csv, filings.csv, orders.csv, presets.csv"
        ],
    ),
    (
        "an empty file",
        {"lines": "", "facilities": f"{F}\nF1,E1,production\nF2,E1,feeder\nF3,E2,feeder\n"},
        ["lines.csv, row 1: has no headings; the first row names the columns"],
    ),
    (
        "an unknown column",
        {"lines": "id,enterprise,name,colour\nL1,E1,窑,red\n"},
        ["lines.csv, row 1, column colour: is unknown; the columns are id, enterprise, name"],
    ),
    (
        "a missing required column",
        {"lines": "id,name\nL1,窑\n"},
        ["lines.csv, row 1, column enterprise: is required and missing (in Chinese: 企业编号 or 企业 or 所属企业)"],
    ),
    (
        "a table without its ids takes no references",
        {"lines": "enterprise,name\nE1,窑\n"},
        ["lines.csv, row 1, column id: is required and missing (in Chinese: 线组编号)"],
    ),
    (
        "a column twice, in two languages",
        {"lines": "id,enterprise,name,名称\nL1,E1,窑,窑\n"},
        ["lines.csv, row 1, column 名称: is a second column for name"],
    ),
    (
        "a column without a heading",
        {"lines": "id,enterprise,,name\nL1,E1,x,窑\n"},
        ["lines.csv, row 1, column number 3: has no heading"],
    ),
    (
        "too many cells",
        {"lines": "id,enterprise,name\nL1,E1,窑,more\n"},
        ["lines.csv, row 2: has more cells than the 3 headings"],
    ),
    (
        "required cells left empty",
        {"lines": "id,enterprise,name\nL1,E1\nL2,,x\n"},
        [
            "lines.csv, row 2, column name: is required and empty",
            "lines.csv, row 3, column enterprise: is required and empty",
        ],
    ),
    (
        "a quote that is never closed",
        {"lines": 'id,enterprise,name\nL1,E1,"窑\n'},
        ["lines.csv, row 2: is not well-formed CSV (unexpected end of data); rows from here on were not read"],
    ),
    (
        "a file in another encoding",
        {"lines": "id,enterprise,name\nL1,E1,回转窑\n".encode("gbk")},
        ["lines.csv: is not UTF-8 (byte 26); save it as 'CSV UTF-8'"],
    ),
    (
        "every bad cell of a row, under the heading that the file has",
        {"enterprises": "企业编号,名称,区县,经度,纬度,谷电\nE1,a,b,200,x,maybe\nE2,,b,,,\n"},
        [
            "enterprises.csv, row 2, column 经度: '200' is not between -180 and 180",
            "enterprises.csv, row 2, column 纬度: 'x' is not a number",
            "enterprises.csv, row 2, column 谷电: 'maybe' is none of yes, no, true, false",
            "enterprises.csv, row 3, column 名称: is required and empty",
        ],
    ),
    (
        "an id three times",
        {"facilities": f"{F}\nF1,E1,production\nF1,E1,treatment\nF2,E1,treatment\nF3,E2,feeder\nF1,E2,feeder\n"},
        [
            "facilities.csv, row 2, column id: 'F1' also in row 3, 6",
            "facilities.csv, row 3, column id: 'F1' also in row 2, 6",
            "facilities.csv, row 6, column id: 'F1' also in row 2, 3",
        ],
    ),
    (
        "references to nothing",
        {
            "lines": "id,enterprise,name\nL1,E9,窑\n",
            "meters": "id,facility\nM1,F9\n",
            "thresholds": f"{T}\nM9,p,above,1\n",
        },
        [
            "lines.csv, row 2, column enterprise: no enterprise 'E9' in enterprises.csv",
            "meters.csv, row 2, column facility: no facility 'F9' in facilities.csv",
            "thresholds.csv, row 2, column meter: no meter 'M9' in meters.csv",
        ],
    ),
    (
        "a line without its file",
        {"lines": None},
        [
            "facilities.csv, row 2, column line: no line 'L1' in lines.csv",
            "facilities.csv, row 3, column line: no line 'L1' in lines.csv",
        ],
    ),
    (
        "a facility in a line of another enterprise",
        {"facilities": f"{F},line\nF1,E1,production,L1\nF2,E2,treatment,L1\nF3,E2,feeder,\n"},
        ["facilities.csv, row 3, column line: 'L1' is a line of enterprise 'E1'"],
    ),
    (
        "switching limits the wrong way round, and a stage of a production line",
        {"facilities": f"{F},on_kw,off_kw,stage\nF1,E1,production,2,2,S\nF2,E1,treatment,2,1,S\nF3,E2,feeder,,,\n"},
        [
            "facilities.csv, row 2, column off_kw: 2 is not below on_kw 2",
            "facilities.csv, row 2, column stage: is for treatment facilities; this one is of kind production",
        ],
    ),
    (
        "an address that two meters share, or that is another's id",
        {"meters": "id,facility,address\nM1,F1,A\nM2,F2,A\nM3,F3,M1\nM4,F3,M4\n"},
        [
            "meters.csv, row 2, column address: 'A' also in row 3",
            "meters.csv, row 3, column address: 'A' also in row 2",
            "meters.csv, row 4, column address: 'M1' is the id of the meter in row 2",
        ],
    ),
    (
        "the same limit twice, once by default",
        {"thresholds": f"{T},severity\nM1,p,above,1,\nM1,p,above,2,1\nM1,p,above,3,2\nM1,p,above,3,9\n"},
        [
            "thresholds.csv, row 2, column meter: meter, quantity, side and severity also in row 3",
            "thresholds.csv, row 3, column meter: meter, quantity, side and severity also in row 2",
            "thresholds.csv, row 5, column severity: '9' is none of 1, 2, 3",
        ],
    ),
    (
        "filings",
        {
            "filings": f"{FILING},facilities\nR1,E1,shutdown,2026-03-02,2026-03-01,\nR2,E1,holiday,{SPAN},\n"
            f"R3,E1,shutdown,{SPAN},F1 F3 F9\nR4,E9,shutdown,{SPAN},\n"
        },
        [
            "filings.csv, row 2, column to: 2026-03-01 is not after 2026-03-02",
            "filings.csv, row 3, column kind: 'holiday' is none of maintenance, shutdown, process-change, "
            "treatment-fault, metering-fault, power-cut, trial-run",
            "filings.csv, row 4, column facilities: 'F3' is a facility of enterprise 'E2'",
            "filings.csv, row 4, column facilities: no facility 'F9' in facilities.csv",
            "filings.csv, row 5, column enterprise: no enterprise 'E9' in enterprises.csv",
        ],
    ),
    (
        "orders",
        {
            "lines": "id,enterprise,name\nL1,E1,窑\nE2,E1,窑\n",
            "orders": f"{ORDER},value,window\nO1,X,stop,{SPAN},,\nO2,E2,stop,{SPAN},,\nO3,E1,limit,{SPAN},,\n"
            f"O4,L1,limit,{SPAN},120,\nO5,F1,cap,{SPAN},120,\nO6,F1,window,{SPAN},,\nO7,F1,cap,{SPAN},,\n"
            "O8,F1,stop,2026-03-01T08:00:00Z,2026-03-01 09:00,,\n",
        },
        [
            "orders.csv, row 2, column scope: no enterprise, line or facility 'X'",
            "orders.csv, row 3, column scope: 'E2' is an id in enterprises.csv and in lines.csv",
            "orders.csv, row 4, column value: is empty; an order of kind limit needs per cent",
            "orders.csv, row 5, column value: 120 is more than 100 per cent",
            "orders.csv, row 7, column window: is empty; an order of kind window needs a window like 22:00-06:00",
            "orders.csv, row 8, column value: is empty; an order of kind cap needs kW",
            "orders.csv, row 9, column to: 2026-03-01 09:00 is not after 2026-03-01T08:00:00Z",
        ],
    ),
    (
        "a bad row still answers to its id",
        {
            "facilities": f"{F}\nF1,E1,fan\nF 2,E1,treatment\nF3,E2,feeder\n",
            "meters": "id,facility\nM1,F1\nM2,F 2\n",
        },
        [
            "facilities.csv, row 2, column kind: 'fan' is none of feeder, production, treatment, auxiliary, combined",
            "facilities.csv, row 3, column id: 'F 2' holds a blank; ids of facilities have none",
        ],
    ),
]


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_fault_is_named(faults: Faults, files: dict[str, str | bytes | None], expected: list[str]) -> None:
    assert faults(**files) == expected


def test_a_missing_path_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(RegistryErrors) as refused:
        read_registry(tmp_path / "nowhere")
    [fault] = refused.value.faults
    assert fault.reason == "does not exist; give a folder of CSV files or one .xlsx workbook"


def test_a_file_that_is_no_workbook_says_what_to_give(write: Callable[..., Path]) -> None:
    with pytest.raises(RegistryErrors) as refused:
        read_registry(write() / "meters.csv")
    [fault] = refused.value.faults
    assert fault.reason == "is not a registry; give a folder of CSV files or one .xlsx workbook"


def test_a_file_too_large_is_not_read(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_BYTES", 1000)
    too_large = "id,enterprise,name\n" + "L1,E1,窑\n" * 200
    assert faults(lines=too_large) == ["lines.csv: is larger than 0 MB; a registry is not that large"]


def test_a_file_of_too_many_rows_is_not_read(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 5)
    too_long = "id,enterprise,name\n" + "".join(f"L{i},E1,窑\n" for i in range(9))
    assert faults(lines=too_long) == ["lines.csv: has more than 5 rows; a registry is not that large"]


def outcome(path: Path) -> tuple[Registry | None, tuple[RegistryFault, ...]]:
    """The registry, or its faults; any other error is a defect and escapes."""
    try:
        return read_registry(path), ()
    except RegistryErrors as error:
        return None, error.faults


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=5).map(",".join), max_size=5).map(
        lambda rows: "\n".join([f"{E},timezone,lon", *rows]).encode()
    )
)
def test_any_bytes_give_a_registry_or_its_faults(write: Callable[..., Path], raw: bytes) -> None:
    read, faults = outcome(write(enterprises=raw))
    assert (read is None) == bool(faults)
    assert all(fault.reason for fault in faults)
