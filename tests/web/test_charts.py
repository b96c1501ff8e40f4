"""What the charts are drawn from."""

from datetime import datetime

import numpy as np
import pytest

from api.web.load_curve import POINTS, wall_ms, width_of
from core.alarm import State
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS, to_ms
from core.readings import readings
from tests.api.place import Place
from tests.cases import NOON, city

SHANGHAI = 8 * HOUR_MS


def fill(place: Place, *, minutes: int = 120, gap: range = range(0)) -> None:
    number = next(n for n, meter in enumerate(city().meters) if meter.id == "foundry-P1-m")
    ts = [NOON - m * MINUTE_MS for m in range(minutes, 0, -1) if m not in gap]
    place.services.series.append(readings([number] * len(ts), ts, p=np.linspace(50, 60, len(ts))))


def test_a_load_curve_has_wall_clock_instants_of_the_enterprise(place: Place):
    fill(place)
    chart = place.browser_of("tian").get("/charts/load", params={"enterprise": "foundry", "hours": 2}).json()
    assert (chart["timezone"], chart["to"] - chart["from"], chart["to"]) == (
        "Asia/Shanghai",
        2 * HOUR_MS,
        NOON + SHANGHAI,
    )
    curves = {curve["kind"]: curve["points"] for curve in chart["series"]}
    assert list(curves) == ["feeder", "production", "treatment"]
    assert (len(curves["production"]), curves["treatment"]) == (120, [])
    assert curves["production"][0] == [NOON + SHANGHAI - 2 * HOUR_MS, 50.0]


def test_silence_breaks_the_curve(place: Place):
    fill(place, gap=range(30, 60))
    chart = place.browser_of("tian").get("/charts/load", params={"enterprise": "foundry", "hours": 2}).json()
    values = [value for _, value in chart["series"][1]["points"]]
    assert values.count(None) == 1
    assert len(values) == 91


def test_alarms_and_filings_are_bands_within_the_span(still: Place):
    chart = still.browser_of("tian").get("/charts/load", params={"enterprise": "foundry", "hours": 1}).json()
    alarm, filing = chart["alarms"][0], chart["filings"][0]
    assert (alarm["id"], alarm["severity"], alarm["name"]) == (1, 2, "产污开治污停")
    assert (alarm["from"], alarm["to"]) == (NOON - 5 * MINUTE_MS + SHANGHAI, NOON + SHANGHAI)
    assert (filing["from"], filing["to"], filing["status"]) == (NOON - HOUR_MS + SHANGHAI, NOON + SHANGHAI, "approved")


def test_an_alarm_that_ended_before_the_span_is_left_out(place: Place):
    place.record(at=NOON + MINUTE_MS, state=State.NORMAL)
    span = {"enterprise": "foundry", "from": NOON + HOUR_MS, "to": NOON + 2 * HOUR_MS}
    assert place.browser_of("tian").get("/charts/load", params=span).json()["alarms"] == []


def test_a_profile_has_24_hours_and_says_which_are_night(still: Place):
    chart = still.browser_of("tian").get("/charts/profile", params={"enterprise": "foundry"}).json()
    assert len(chart["profile_kw"]) == len(chart["night"]) == 24
    assert (chart["night_kw"], chart["day_kw"], chart["ratio"]) == (90.0, 30.0, "3.00")
    assert chart["night"][23]
    assert not chart["night"][12]


@pytest.mark.parametrize("enterprise", ["paint", "none", "", "'; drop table"])
@pytest.mark.parametrize("chart", ["load", "profile"])
def test_charts_of_other_districts_do_not_exist(still: Place, chart: str, enterprise: str):
    answer = still.browser_of("tian").get(f"/charts/{chart}", params={"enterprise": enterprise})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("span", [{"from": -1}, {"from": "x"}, {"to": 10**18}, {"hours": 0}, {"hours": 10**9}])
def test_spans_outside_reason_are_refused(still: Place, span: dict[str, object]):
    answer = still.browser_of("tian").get("/charts/load", params={"enterprise": "foundry", **span})
    assert answer.status_code == 422


@pytest.mark.parametrize("span", [{"from": NOON, "to": NOON - DAY_MS}, {"from": 0, "to": NOON}])
def test_spans_turned_round_or_too_long_are_cut(still: Place, span: dict[str, int]):
    answer = still.browser_of("tian").get("/charts/load", params={"enterprise": "foundry", **span})
    assert answer.status_code == 200
    assert 0 < answer.json()["to"] - answer.json()["from"] <= 32 * DAY_MS


@pytest.mark.parametrize("days", [0.01, 1, 7, 14, 32])
def test_a_curve_never_has_more_points_than_a_screen(days: float):
    span = int(days * DAY_MS)
    assert span / width_of(span) <= POINTS


def test_the_wall_clock_follows_daylight_saving():
    before, after = (to_ms(datetime.fromisoformat(f"2026-03-29T{hour}:00:00+00:00")) for hour in ("00", "01"))
    assert wall_ms(before, "Europe/Berlin") - before == HOUR_MS
    assert wall_ms(after, "Europe/Berlin") - after == 2 * HOUR_MS
