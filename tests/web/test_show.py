"""How values are written."""

import math

import pytest
from markupsafe import Markup

from api.web.show import Show, kw, preview
from api.web.sparkline import night_hours, sparkline
from api.web.words import Words
from core.imbalance import LoadClass
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from tests.cases import NOON, imbalance

EN, ZH = Show(Words("en"), NOON), Show(Words("zh"), NOON)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 kW"),
        (0.034, "0.03 kW"),
        (3.14159, "3.14 kW"),
        (31.4159, "31.4 kW"),
        (1234.5, "1,234 kW"),
        (-2.5, "-2.50 kW"),
    ],
)
def test_powers_have_three_digits(value: float, text: str):
    assert kw(value) == text


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "12", {}])
def test_what_is_no_number_is_a_dash(value: object):
    assert kw(value) == "–"


@pytest.mark.parametrize(
    ("ms", "english", "chinese"),
    [
        (0, "less than a minute", "不到 1 分钟"),
        (-HOUR_MS, "less than a minute", "不到 1 分钟"),
        (7 * MINUTE_MS, "7 min", "7 分钟"),
        (2 * HOUR_MS, "2 h", "2 小时"),
        (2 * HOUR_MS + 5 * MINUTE_MS, "2 h 5 min", "2 小时 5 分钟"),
        (3 * DAY_MS + 4 * HOUR_MS + MINUTE_MS, "3 d 4 h", "3 天 4 小时"),
    ],
)
def test_spans_are_told_in_their_two_largest_units(ms: int, english: str, chinese: str):
    assert (EN.lasted(ms), ZH.lasted(ms)) == (english, chinese)


def test_an_instant_of_today_is_a_time_and_of_another_day_has_its_date():
    assert ">12:00<" in EN.instant(NOON)
    assert ">03-19 12:00<" in EN.instant(NOON - DAY_MS)
    assert ">2025-03-20 12:00<" in EN.instant(NOON - 365 * DAY_MS)


def test_an_instant_elsewhere_names_its_zone():
    assert ">05:00 CET<" in EN.instant(NOON, "Europe/Berlin")
    assert 'datetime="2026-03-20T04:00:00Z"' in EN.instant(NOON, "Europe/Berlin")


@pytest.mark.parametrize(
    ("from_at", "to_at", "text"),
    [
        (NOON - 14 * DAY_MS, NOON, "03-06 12:00 – 03-20 12:00"),
        (NOON - HOUR_MS, NOON + HOUR_MS, "03-20 11:00 – 03-20 13:00"),
        (NOON - 365 * DAY_MS, NOON, "2025-03-20 12:00 – 03-20 12:00"),
    ],
)
def test_a_period_has_the_date_of_both_its_ends(from_at: int, to_at: int, text: str):
    assert Markup(EN.period(from_at, to_at)).striptags() == text


def test_the_ratio_of_a_night_only_enterprise_is_infinite():
    assert EN.ratio(imbalance(ratio=None, load_class=LoadClass.NIGHT_ONLY)) == "∞"
    assert EN.ratio(imbalance(ratio=None, load_class=LoadClass.INSUFFICIENT)) == "–"
    assert EN.ratio(imbalance(ratio=2.404)) == "2.40"


def test_remarks_are_told_in_the_readers_language():
    assert ZH.remark("registered night shift; valley tariff") == "登记为夜班、谷电用户"
    assert EN.remark("something new") == "something new"


@pytest.mark.parametrize(
    ("code", "trade"),
    [("3074", "Ceramics, glass and cement"), ("C3074", "Ceramics, glass and cement"), ("炼丹", "炼丹"), (None, "")],
)
def test_industry_codes_are_told_as_trades(code: str | None, trade: str):
    assert EN.trade(code) == trade


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"", ("", False)),
        (b'{"p": 1}', ('{"p": 1}', False)),
        ("电".encode(), ("电", False)),
        (b"\xff\x00\x10", ("ff 00 10", True)),
        (b"a\x1b[31m", ("61 1b 5b 33 31 6d", True)),
        (b"x" * 401, ("x" * 400 + "…", False)),
        (("电" * 200).encode(), ("电" * 133 + "…", False)),
    ],
)
def test_payloads_are_previewed_as_text_or_else_in_hex(payload: bytes, shown: tuple[str, bool]):
    assert preview(payload) == shown


def test_night_hours_cross_midnight():
    assert [hour for hour, is_night in enumerate(night_hours("22:00-06:00")) if is_night] == [0, 1, 2, 3, 4, 5, 22, 23]
    assert not any(night_hours("no window"))


def test_a_sparkline_has_a_bar_for_each_hour_with_load():
    bars = sparkline(imbalance(profile_kw=(*[90.0] * 6, *[math.nan] * 3, *[30.0] * 13, *[90.0] * 2)))
    assert (bars.night.count("M"), bars.day.count("M"), bars.tint.count("M")) == (8, 13, 8)
    assert bars.peak_kw == 90.0


def test_a_sparkline_of_nothing_is_empty():
    bars = sparkline(imbalance(profile_kw=(math.nan,) * 24))
    assert (bars.night, bars.day, bars.peak_kw) == ("", "", 0.0)
