"""The tables of a registry as data: which files, which columns, what each cell holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.filing import Filing
from core.order import Order, Preset
from core.registry import Enterprise, Facility, Line, Meter, Threshold
from registry import cells, words
from registry.cells import Parser


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `chinese` are the headings accepted beside `name`, the usual one first.

    An empty cell of an optional column leaves the record's own default. `field` is the record's
    field where it is called otherwise.
    """

    name: str
    parse: Parser
    chinese: tuple[str, ...] = ()
    required: bool = False
    field: str = ""

    @property
    def target(self) -> str:
        """The field of the record that the cell fills."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """One file or sheet: `name` is also the field of `Registry` that it fills."""

    name: str
    record: Callable[..., Any]
    columns: tuple[Column, ...]
    required: bool = False


def _must(name: str, parse: Parser, *chinese: str, field: str = "") -> Column:
    return Column(name, parse, chinese, required=True, field=field)


def _may(name: str, parse: Parser, *chinese: str) -> Column:
    return Column(name, parse, chinese)


_DELAY_S = cells.whole(0, 604_800)
_ENTERPRISE = _must("enterprise", cells.identity, "企业编号", "企业", "所属企业")
_FROM = _must("from", cells.moment, "开始时间", field="from_at")
_TO = _must("to", cells.moment, "结束时间", field="to_at")
_VALUE = _may("value", cells.not_negative, "限值")
_WINDOW = _may("window", cells.window, "时段")
_GUARANTEED = _may("guaranteed_kw", cells.not_negative, "保障负荷")

ENTERPRISES = Table(
    "enterprises",
    Enterprise,
    (
        _must("id", cells.identity, "企业编号"),
        _must("name", cells.text, "名称", "企业名称"),
        _must("district", cells.text, "区县"),
        _may("township", cells.text, "镇街"),
        _may("grid", cells.text, "网格"),
        _may("industry", cells.text, "行业代码"),
        _may("credit_code", cells.credit_code, "统一社会信用代码"),
        _may("lon", cells.between(-180, 180), "经度"),
        _may("lat", cells.between(-90, 90), "纬度"),
        _may("timezone", cells.timezone, "时区"),
        _may("shift", cells.one_of(words.SHIFTS), "班制"),
        _may("valley_tariff", cells.one_of(words.YES_NO), "谷电"),
        _may("pollutants", cells.text, "污染物"),
        _may("permit", cells.text, "排污许可证"),
        _may("contact", cells.text, "联系人"),
        _may("phone", cells.text, "电话"),
        _may("officer", cells.text, "执法人员"),
    ),
    required=True,
)

LINES = Table(
    "lines",
    Line,
    (
        _must("id", cells.identity, "线组编号"),
        _ENTERPRISE,
        _must("name", cells.text, "名称", "线组名称"),
    ),
)

FACILITIES = Table(
    "facilities",
    Facility,
    (
        _must("id", cells.facility_id, "设施编号"),
        _ENTERPRISE,
        _must("kind", cells.one_of(words.KINDS), "类型", "设施类型"),
        _may("line", cells.identity, "线组编号", "线组"),
        _may("name", cells.text, "名称", "设施名称"),
        _may("stage", cells.text, "治污环节"),
        _may("duty", cells.one_of(words.DUTIES), "用备"),
        _may("rated_kw", cells.not_negative, "额定功率"),
        _may("on_kw", cells.not_negative, "启动阈值"),
        _may("off_kw", cells.not_negative, "停止阈值"),
    ),
    required=True,
)

METERS = Table(
    "meters",
    Meter,
    (
        _must("id", cells.identity, "电表编号"),
        _must("facility", cells.identity, "设施编号", "设施"),
        _may("interval_s", cells.whole(1, 86_400), "采样间隔"),
        _may("ct", cells.positive, "电流变比"),
        _may("pt", cells.positive, "电压变比"),
        _may("values", cells.one_of(words.VALUES), "读数类型"),
        _may("timezone", cells.timezone, "时区"),
        _may("address", cells.text, "通信地址"),
    ),
    required=True,
)

THRESHOLDS = Table(
    "thresholds",
    Threshold,
    (
        _must("meter", cells.identity, "电表编号", "电表"),
        _must("quantity", cells.one_of(words.QUANTITIES), "监测量"),
        _must("side", cells.one_of(words.SIDES), "方向"),
        _must("value", cells.number, "限值"),
        _may("on_delay_s", _DELAY_S, "报警延时"),
        _may("off_delay_s", _DELAY_S, "恢复延时"),
        _may("deadband", cells.not_negative, "回差"),
        _may("severity", cells.one_of(words.SEVERITIES), "级别"),
        _may("window", cells.window, "时段"),
        _may("weekdays", cells.weekdays, "星期"),
    ),
)

FILINGS = Table(
    "filings",
    Filing,
    (
        _must("id", cells.identity, "报备编号"),
        _ENTERPRISE,
        _must("kind", cells.one_of(words.FILING_KINDS), "类型", "报备类型"),
        _FROM,
        _TO,
        _may("facilities", cells.ids, "设施编号", "设施"),
        _may("announces", cells.some_of(words.ANNOUNCED), "报备内容"),
        _may("status", cells.one_of(words.STATUSES), "状态"),
        _may("filed_at", cells.moment, "报备时间"),
    ),
)

ORDERS = Table(
    "orders",
    Order,
    (
        _must("id", cells.identity, "指令编号"),
        _must("scope", cells.identity, "对象", "范围"),
        _must("kind", cells.one_of(words.ORDER_KINDS), "类型", "指令类型"),
        _FROM,
        _TO,
        _VALUE,
        _WINDOW,
        _may("level", cells.one_of(words.LEVELS), "预警级别"),
        _GUARANTEED,
        _may("status", cells.one_of(words.ORDER_STATUSES), "状态"),
    ),
)

PRESETS = Table(
    "presets",
    Preset,
    (
        _must("scope", cells.identity, "对象", "范围"),
        _must("level", cells.one_of(words.LEVELS), "预警级别"),
        _must("kind", cells.one_of(words.ORDER_KINDS), "类型", "指令类型"),
        _VALUE,
        _WINDOW,
        _GUARANTEED,
    ),
)

TABLES = {table.name: table for table in (ENTERPRISES, LINES, FACILITIES, METERS, THRESHOLDS, FILINGS, ORDERS, PRESETS)}
