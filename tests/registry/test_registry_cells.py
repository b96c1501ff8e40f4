"""One cell at a time: what it means, and why it is refused."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.interval import to_text
from core.readings import QUANTITIES
from registry import cells, words
from registry.columns import TABLES

GOOD = [
    (cells.number, "12.5", 12.5),
    (cells.number, "-1e3", -1000.0),
    (cells.number, "１２．５", 12.5),
    (cells.whole(1, 86_400), "60", 60),
    (cells.whole(1, 86_400), "60.0", 60),
    (cells.one_of(words.YES_NO), "是", True),
    (cells.one_of(words.YES_NO), "NO", False),
    (cells.one_of(words.KINDS), "产治一体", "combined"),
    (cells.one_of(words.QUANTITIES), "Ua", "ua"),
    (cells.one_of(words.SEVERITIES), "严重", 3),
    (cells.one_of(words.LEVELS), "橙色预警", "orange"),
    (cells.one_of(words.LEVELS), "红", "red"),
    (cells.some_of(words.ANNOUNCED), "production-off 治污停", frozenset({"production-off", "treatment-off"})),
    (cells.ids, "F1 F2　F3", frozenset({"F1", "F2", "F3"})),
    (cells.weekdays, "1-5", frozenset({1, 2, 3, 4, 5})),
    (cells.weekdays, "1,3，5", frozenset({1, 3, 5})),
    (cells.weekdays, "6-7", frozenset({6, 7})),
    (cells.credit_code, "91430200MA4L1UE97X", "91430200MA4L1UE97X"),
    (cells.text, "二氧化硫\r\n氮氧化物", "二氧化硫\n氮氧化物"),
]


@pytest.mark.parametrize(("parse", "cell", "value"), GOOD)
def test_a_good_cell_gives_its_value(parse: Callable[[str], object], cell: str, value: object) -> None:
    assert parse(cell) == value


BAD = [
    (cells.number, "nan", "'nan' is not a number"),
    (cells.number, "inf", "'inf' is not a number"),
    (cells.number, "1_000", "'1_000' is not a number"),
    (cells.number, "1,000", "'1,000' is not a number"),
    (cells.number, "٣", "'٣' is not a number"),
    (cells.number, "30%", "'30%' is not a number; leave the % out"),
    (cells.number, "1e999", "'1e999' is too large"),
    (cells.between(-90, 90), "113.1", "'113.1' is not between -90 and 90"),
    (cells.positive, "0", "'0' is not above 0"),
    (cells.not_negative, "-1", "'-1' is below 0"),
    (cells.whole(1, 86_400), "0", "'0' is not a whole number between 1 and 86400"),
    (cells.whole(1, 86_400), "1.5", "'1.5' is not a whole number between 1 and 86400"),
    (cells.one_of(words.SIDES), "over", "'over' is none of above, below"),
    (
        cells.some_of(words.ANNOUNCED),
        "power-off no",
        "'no' is none of production-off, treatment-off, power-off, meter-off",
    ),
    (cells.window, "8-20", "'8-20' is not a window like 22:00-06:00"),
    (cells.window, "22:00-25:00", "'22:00-25:00' is not a window like 22:00-06:00"),
    (cells.weekdays, "5-1", "'5-1' is not weekdays like 1-5 or 1,3,5; format such cells as text"),
    (cells.weekdays, "0", "'0' is not weekdays like 1-5 or 1,3,5; format such cells as text"),
    (cells.weekdays, "5-Jan", "'5-Jan' is not weekdays like 1-5 or 1,3,5; format such cells as text"),
    (
        cells.credit_code,
        "91430200ma4l1ue97x",
        "'91430200ma4l1ue97x' is not a credit code of 18 digits and capital letters",
    ),
    (cells.credit_code, "9143", "'9143' is not a credit code of 18 digits and capital letters"),
    (cells.timezone, "Asia/Zhuzhou", "unknown time zone 'Asia/Zhuzhou'"),
    (cells.timezone, "../etc/passwd", "unknown time zone '../etc/passwd'"),
    (cells.facility_id, "F 1", "'F 1' holds a blank; ids of facilities have none"),
    (cells.identity, "M\x00", "holds a control character"),
    (cells.identity, "M" * 129, "has 129 characters; at most 128 are taken"),
]


@pytest.mark.parametrize(("parse", "cell", "reason"), BAD)
def test_a_bad_cell_says_what_is_wrong(parse: Callable[[str], object], cell: str, reason: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        parse(cell)
    assert str(refused.value) == reason


INSTANTS = [
    ("2026-03-01 08:00", "2026-03-01T00:00:00Z"),
    ("2026-03-01T08:00:00", "2026-03-01T00:00:00Z"),
    ("2026-03-01T08:00:00.25", "2026-03-01T00:00:00.250Z"),
    ("2026-03-01", "2026-02-28T16:00:00Z"),
    ("2026/3/1 8:00", "2026-03-01T00:00:00Z"),
    ("2026-03-01T08:00:00+01:00", "2026-03-01T07:00:00Z"),
    ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"),
    ("2026-03-01t08:00:00z", "2026-03-01T08:00:00Z"),
]


@pytest.mark.parametrize(("cell", "utc"), INSTANTS)
def test_an_instant_without_an_offset_is_local_time(cell: str, utc: str) -> None:
    at = cells.instant(cells.moment(cell), "Asia/Shanghai")
    assert at == round(datetime.fromisoformat(utc).astimezone(UTC).timestamp() * 1000), to_text(at)


@pytest.mark.parametrize(
    "cell", ["tomorrow", "2026-13-01", "2026-02-30", "2026-03-01 25:00", "2026-03-01T08:00+99:00", "20260301", "08:00"]
)
def test_what_is_no_instant_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is not an instant like"):
        cells.moment(cell)


@pytest.mark.parametrize("cell", ["0001-01-01", "1969-12-31", "9999-12-31 23:59"])
def test_an_instant_of_another_age_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is not in the years 1970 to 2199"):
        cells.moment(cell)


def test_no_heading_names_two_columns_of_a_table() -> None:
    for table in TABLES.values():
        headings = [heading for column in table.columns for heading in (column.name, *column.chinese)]
        assert len(headings) == len(set(headings)), table.name


def test_every_column_has_a_chinese_heading() -> None:
    assert [c.name for table in TABLES.values() for c in table.columns if not c.chinese] == []


def test_the_quantities_are_those_of_a_reading() -> None:
    assert set(words.QUANTITIES.values()) == set(QUANTITIES)
