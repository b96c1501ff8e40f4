"""Good files: what they mean, in CSV and in a workbook, in English and in Chinese."""

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from core.errors import RegistryErrors
from core.filing import Announced
from core.interval import Window, to_text
from core.order import Preset
from core.registry import Kind, Meter, Order, Registry, Shift, Threshold
from registry import sheets
from registry import workbook as workbooks
from registry.read import read_registry

Read = Callable[..., Registry]
Write = Callable[..., Path]


def workbook(path: Path, *, formats: dict[str, str] | None = None, **sheets: list[list[object]]) -> Path:
    """An .xlsx of those sheets; `formats` are number formats of cells of the last one."""
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    book.save(path)
    return path


SHEETS: dict[str, list[list[object]]] = {
    "enterprises": [["id", "name", "district", "valley_tariff", "phone"], ["E1", "厂", "天元区", True, 13800000000.0]],
    "facilities": [["id", "enterprise", "kind", "rated_kw"], [1.0, "E1", "feeder", 12.5]],
    "meters": [["id", "facility", "interval_s"], [1001, "1", 60.0]],
}


def test_an_empty_cell_leaves_the_default(registry: Read) -> None:
    read = registry(meters="id,facility,interval_s,ct,values\nM1,F1,,,\n")
    assert read.meters == (Meter("M1", "F1"),)


def test_a_missing_optional_file_has_no_rows(registry: Read) -> None:
    read = registry(thresholds=None)
    assert read.thresholds == read.filings == read.orders == ()


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated(registry: Read) -> None:
    assert registry(meters="\ufeffid,facility\r\nM1,F1\r\n").meters == (Meter("M1", "F1"),)


def test_empty_rows_and_trailing_commas_are_skipped(registry: Read) -> None:
    assert registry(meters="id,facility,,\n\n,,,\nM1,F1,,\n  ,\n").meters == (Meter("M1", "F1"),)


def test_chinese_headings_and_words_mean_the_same(registry: Read) -> None:
    read = registry(
        enterprises="企业编号,名称,区县,镇街,网格,行业代码,统一社会信用代码,经度,纬度,班制,谷电,污染物,排污许可证,联系人,电话,执法人员\n"
        "E1,厂,天元区,马家河,3,3011,91430200MA4L1UE97X,113.1,27.8,两班,是,颗粒物,P1,李,138,王\nE2,厂,石峰区,,,,,,,,否,,,,,\n",
        lines="线组编号,企业编号,名称\nL1,E1,窑\n",
        facilities="设施编号,企业编号,类型,线组编号,治污环节,用备,启动阈值,停止阈值\n"
        "F1,E1,产污设施,L1,,,5,3\nF2,E1,治污设施,L1,除尘,备,2,1\nF3,E2,总进线,,,,,\nF4,E1,治污设施,L1,除尘,用,,\n",
        meters="电表编号,设施编号\nM1,F1\n",
        thresholds="电表编号,监测量,方向,限值,级别,时段,星期\nM1,有功功率,低于,2,报警,08:00-20:00,1-5\n",
        filings="报备编号,企业编号,类型,开始时间,结束时间,报备内容,状态,报备时间\nR1,E1,检修,2026-03-01,2026/3/2 8:00,"
        "治污停,已批准,2026-02-28 17:00\nR2,E1,停产,2026-03-04,2026-03-05,,已撤回,\n",
        orders="指令编号,对象,类型,开始时间,结束时间,限值,预警级别,保障负荷,状态\n"
        "O1,L1,限产,2026-03-01,2026-03-02,30,黄,12.5,已撤销\nO2,F1,豁免,2026-04-01,2026-04-02,,,,\n",
        presets="对象,预警级别,类型,限值,时段,保障负荷\nL1,橙,限产,50,,12.5\nL1,红色预警,停产,,,\nE2,黄,错峰,,22:00-06:00,\n",
    )
    plant = read.enterprises[0]
    assert (plant.shift, plant.valley_tariff, plant.lon) == (Shift.TWO, True, 113.1)
    assert [f.kind for f in read.facilities] == [Kind.PRODUCTION, Kind.TREATMENT, Kind.FEEDER, Kind.TREATMENT]
    assert (read.facilities[1].duty, read.facilities[1].stage, read.facilities[1].on_kw) == ("standby", "除尘", 2.0)
    window, weekdays = Window(time(8), time(20)), frozenset({1, 2, 3, 4, 5})
    assert read.thresholds == (Threshold("M1", "p", "below", 2.0, severity=2, window=window, weekdays=weekdays),)
    assert (read.filings[0].kind, read.filings[0].announces) == ("maintenance", {Announced.TREATMENT_OFF})
    assert (read.orders[0].kind, read.orders[0].value, read.orders[0].level) == ("limit", 30.0, "yellow")
    assert to_text(read.filings[0].filed_at or 0) == "2026-02-28T09:00:00Z"
    assert [f.status for f in read.filings] == ["approved", "withdrawn"]
    assert [(o.kind, o.guaranteed_kw, o.status) for o in read.orders] == [
        ("limit", 12.5, "revoked"),
        ("exempt", None, "issued"),
    ]
    assert read.presets == (
        Preset("L1", "orange", "limit", 50.0, guaranteed_kw=12.5),
        Preset("L1", "red", "stop"),
        Preset("E2", "yellow", "window", window=Window(time(22), time(6))),
    )


@pytest.mark.parametrize("scope", ["E1", "L1", "F1"])
def test_local_time_is_the_enterprises_whatever_the_order_is_on(registry: Read, scope: str) -> None:
    read = registry(
        enterprises="id,name,district,timezone\nE1,厂,d,Europe/Berlin\nE2,厂,d,\n",
        filings="id,enterprise,kind,from,to\nR1,E1,shutdown,2026-07-01 08:00,2026-07-02\n",
        orders=f"id,scope,kind,from,to\nO1,{scope},stop,2026-07-01 08:00,2026-07-02T00:00:00Z\n",
    )
    assert to_text(read.orders[0].from_at) == to_text(read.filings[0].from_at) == "2026-07-01T06:00:00Z"
    assert to_text(read.orders[0].to_at) == "2026-07-02T00:00:00Z"


def test_a_workbook_means_what_its_cells_show(tmp_path: Path) -> None:
    orders = [
        ["id", "scope", "kind", "from", "to", "value", "window", "level"],
        ["O1", "E1", "limit", datetime(2026, 3, 1, 8), "2026-03-02", 30, "22:00-06:00", "红"],
    ]
    read = read_registry(workbook(tmp_path / "registry.xlsx", **SHEETS, orders=orders))
    assert (read.enterprises[0].valley_tariff, read.enterprises[0].phone) == (True, "13800000000")
    assert (read.facilities[0].id, read.facilities[0].rated_kw) == ("1", 12.5)
    assert read.meters == (Meter("1001", "1", interval_s=60),)
    window = Window(time(22), time(6))
    from_at, to_at = read.orders[0].from_at, read.orders[0].to_at
    assert read.orders == (Order("O1", "E1", "limit", from_at, to_at, value=30.0, window=window, level="red"),)
    assert (to_text(from_at), to_text(to_at)) == ("2026-03-01T00:00:00Z", "2026-03-01T16:00:00Z")


def test_a_workbook_and_a_folder_of_the_same_give_the_same(tmp_path: Path, write: Write) -> None:
    folder = write()
    sheets = {
        path.stem: [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        for path in folder.glob("*.csv")
    }
    assert read_registry(workbook(tmp_path / "registry.xlsx", **sheets)) == read_registry(folder)


WRONG_CELLS = [
    (9.14302001234567e17, "is a number of more than 15 digits, of which spreadsheets lose the last; format it as text"),
    ("#N/A", "holds the spreadsheet error #N/A"),
]


@pytest.mark.parametrize(("cell", "reason"), WRONG_CELLS)
def test_a_cell_that_a_spreadsheet_has_spoilt_is_refused(tmp_path: Path, cell: object, reason: str) -> None:
    enterprises = [["id", "name", "district", "credit_code"], ["E1", "厂", "天元区", cell]]
    path = workbook(tmp_path / "registry.xlsx", **{**SHEETS, "enterprises": enterprises})
    with pytest.raises(RegistryErrors) as refused:
        read_registry(path)
    assert [str(fault) for fault in refused.value.faults] == [f"enterprises, row 2, column credit_code: {reason}"]


def test_a_percentage_is_not_read_as_a_fraction(tmp_path: Path) -> None:
    orders = [["id", "scope", "kind", "from", "to", "value"], ["O1", "E1", "limit", "2026-03-01", "2026-03-02", 0.3]]
    path = workbook(tmp_path / "registry.xlsx", **SHEETS, orders=orders, formats={"F2": "0%"})
    with pytest.raises(RegistryErrors) as refused:
        read_registry(path)
    assert [fault.reason for fault in refused.value.faults] == ["'30%' is not a number; leave the % out"]


def test_a_sheet_that_is_none_of_ours_is_refused_unless_empty(tmp_path: Path) -> None:
    path = workbook(tmp_path / "registry.xlsx", **SHEETS, Notes=[["call the plant"]])
    with pytest.raises(RegistryErrors) as refused:
        read_registry(path)
    [fault] = refused.value.faults
    assert (fault.file, fault.reason[:39]) == ("Notes", "is not a sheet of a registry; they are ")


def test_a_row_beyond_the_last_is_not_lost_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_ROWS", 20)
    monkeypatch.setattr(sheets, "MAX_ROWS", 20)
    meters = [*SHEETS["meters"], *[[]] * 50, [1002, "1", 60.0]]
    path = workbook(tmp_path / "registry.xlsx", **{**SHEETS, "meters": meters})
    with pytest.raises(RegistryErrors) as refused:
        read_registry(path)
    assert [fault.reason for fault in refused.value.faults] == ["has more than 20 rows; a registry is not that large"]


@pytest.mark.parametrize("cut", [0, 10, 500, -200, -30])
def test_a_damaged_workbook_is_one_fault_of_the_file(tmp_path: Path, cut: int) -> None:
    path = workbook(tmp_path / "registry.xlsx", **SHEETS)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(RegistryErrors) as refused:
        read_registry(path)
    [fault] = refused.value.faults
    assert fault.reason == "is not an .xlsx workbook; save it again as .xlsx"


def test_any_byte_of_a_workbook_may_be_wrong(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx", **SHEETS).read_bytes()
    path, refused = tmp_path / "registry.xlsx", 0
    for position in range(0, len(whole), 61):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            read_registry(path)
        except RegistryErrors:
            refused += 1
    assert refused > 0
