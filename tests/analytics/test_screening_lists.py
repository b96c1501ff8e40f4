"""The lists beside the day/night imbalance: what they flag, what they leave alone, what they can't judge."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from analytics.screening.lists import band, growth, intensity, night_share
from analytics.screening.lists.history import NOTHING, History, history, peers
from analytics.screening.lists.measured import LineWorks, Works
from analytics.screening.settings import Screening
from core.imbalance import Imbalance, LoadClass
from core.registry import Enterprise, Line
from core.screening import Finding, Judgement, ScreeningList

FLAGGED, NORMAL, INSUFFICIENT = Judgement.FLAGGED, Judgement.NORMAL, Judgement.INSUFFICIENT
SETTINGS = Screening()
MONTHS = [f"2025-{month:02}" for month in range(1, 13)]


def days(n: int, first: date = date(2026, 1, 1)) -> tuple[str, ...]:
    return tuple((first + timedelta(days=i)).isoformat() for i in range(n))


def plant(
    id: str = "A",
    *,
    n: int = 14,
    night: float = 100.0,
    day: float = 200.0,
    loads: list[float] | None = None,
    demand: dict[str, float] | None = None,
    industry: str | None = "3011",
    remark: str = "",
) -> Works:
    """n valid days with the same energies, or with these mean loads."""
    loads = [(night + day) / 24] * n if loads is None else loads
    found = Imbalance(
        id, 0, 1, 0, 0, 1.0, len(loads), LoadClass.BALANCED, False, remark, 1.0, "22:00-06:00", "06:00-22:00",
        (1.0,) * 24, days(len(loads)),
    )  # fmt: skip
    enterprise = Enterprise(id, id, "Shifeng", industry=industry)
    nights, daily = (night,) * len(loads), (day,) * len(loads)
    return Works(enterprise, found, daily, nights, tuple(loads), demand or {})


def earlier(list_: ScreeningList, subject: str, **evidence: list[object]) -> list[tuple[str, list[Finding]]]:
    """A finding for each month of 2025, each with its part of the evidence; `value` is the finding's own."""
    months = []
    for i, name in enumerate(MONTHS[: len(next(iter(evidence.values())))]):
        told = {key: values[i] for key, values in evidence.items()}
        value = told.pop("value", None)
        months.append((name, [Finding(list_, subject, subject, value, None, NORMAL, evidence=told)]))
    return months


def together(*parts: list[tuple[str, list[Finding]]]) -> History:
    rows: dict[str, list[Finding]] = {}
    for part in parts:
        for name, findings in part:
            rows.setdefault(name, []).extend(findings)
    return history(sorted(rows.items()))


@pytest.mark.parametrize(
    ("night", "day", "n", "judgement", "reason"),
    [
        (61, 39, 14, FLAGGED, ""),
        (60, 40, 14, NORMAL, ""),
        (100, 0, 3, FLAGGED, ""),
        (100, 0, 2, INSUFFICIENT, "few valid days"),
        (0, 0, 14, INSUFFICIENT, "no load"),
    ],
)
def test_night_share(night: float, day: float, n: int, judgement: Judgement, reason: str) -> None:
    (found,) = night_share.judge([plant(night=night, day=day, n=n)], [], NOTHING, SETTINGS)
    assert (found.judgement, found.reason) == (judgement, reason)


def test_a_remark_stands_beside_a_flag_and_does_not_take_it_away() -> None:
    (found,) = night_share.judge([plant(night=80, day=20, remark="valley tariff")], [], NOTHING, SETTINGS)
    assert (found.flagged, found.remark) == (True, "valley tariff")


def line(id: str, k: float, *, made: float = 1000.0, n: int = 20, industry: str | None = "3011") -> LineWorks:
    owner = Enterprise(id, id, "Shifeng", industry=industry)
    return LineWorks(Line(id, id, id), owner, made, k * made, days(n))


def lines_past(**of: list[float]) -> History:
    return together(*(earlier(ScreeningList.INTENSITY, id, value=list(values)) for id, values in of.items()))


STEADY = [0.30, 0.31, 0.29, 0.30, 0.32, 0.28]


@pytest.mark.parametrize(
    ("k", "judgement", "reason"),
    [
        (0.30, NORMAL, ""),
        (0.331, FLAGGED, "above own band"),
        (0.329, NORMAL, ""),
        (0.269, FLAGGED, "below own band"),
        (0.0, FLAGGED, "below own band"),
    ],
)
def test_intensity_against_the_lines_own_months(k: float, judgement: Judgement, reason: str) -> None:
    # Median 0.30, MAD 0.01: the band is 0.27 – 0.33. The peers lie low, so that only the own band speaks.
    past = lines_past(A=STEADY)
    peers_ = [line(f"P{i}", 0.01 * (i + 1)) for i in range(4)]
    found = intensity.judge([], [line("A", k), *peers_], past, SETTINGS)[0]
    assert (found.judgement, found.reason) == (judgement, reason)


def test_a_line_under_the_tenth_percentile_of_its_industry_is_flagged() -> None:
    usual = [0.30] * 6
    past = lines_past(**{f"P{i}": usual for i in range(5)})
    found = intensity.judge([], [line("A", 0.05), *(line(f"P{i}", 0.30) for i in range(5))], past, SETTINGS)
    assert [(row.judgement, row.reason) for row in found[:2]] == [(FLAGGED, "below industry"), (NORMAL, "")]


@pytest.mark.parametrize(
    ("lines", "past", "reason"),
    [
        ([line("A", 0.3)], NOTHING, "short own history; few peers"),
        ([line("A", 0.3)], lines_past(A=STEADY), "few peers"),
        ([line("A", 0.3), *(line(f"P{i}", 0.3) for i in range(4))], NOTHING, "short own history"),
        ([line("A", 0.3, n=2)], NOTHING, "few valid days"),
        ([line("A", 0.3, made=5.0)], NOTHING, "no production"),
        ([replace(line("A", 0.3), production_kwh=None)], NOTHING, "no meters on production and treatment"),
    ],
)
def test_intensity_that_can_not_be_judged_is_neither_good_nor_suspicious(
    lines: list[LineWorks], past: History, reason: str
) -> None:
    found = intensity.judge([], lines, past, SETTINGS)[0]
    assert (found.judgement, found.reason) == (INSUFFICIENT, reason)


def test_an_industry_is_four_digits_if_enough_share_them_else_two() -> None:
    codes = {"A": "3011", "B": "3011", "C": "3021", "D": "30", "E": "31", "F": ""}
    assert peers("A", codes, at_least=2) == ("3011", ["A", "B"])
    assert peers("A", codes, at_least=3) == ("30", ["A", "B", "C", "D"])
    assert peers("A", codes, at_least=5) == ("", [])
    assert peers("F", codes, at_least=1) == ("", [])


def band_past(*ids: str, months: int = 3) -> History:
    daily = [[100.0 + (day % 5) for day in range(20)]] * months
    return together(*(earlier(ScreeningList.BAND, id, mean_kw=list(daily)) for id in ids))


PEERS = ["P1", "P2", "P3", "P4"]


@pytest.mark.parametrize(
    ("own", "theirs", "judgement"),
    [
        ([200.0] * 3 + [102.0] * 4, [102.0, 103.0] * 3, FLAGGED),  # out of both bands on three days
        ([200.0] * 2 + [102.0] * 5, [102.0, 103.0] * 3, NORMAL),  # two days are too few
        ([20.0] * 7, [20.0] * 6, NORMAL),  # the whole industry rests
        ([102.0] * 7, [20.0] * 6, NORMAL),  # unlike the industry, like oneself
    ],
)
def test_days_count_outside_the_own_band_and_the_industrys(
    own: list[float], theirs: list[float], judgement: Judgement
) -> None:
    works = [plant("A", loads=own), *(plant(id, loads=theirs) for id in PEERS)]
    found = band.judge(works, [], band_past("A", *PEERS), SETTINGS)[0]
    assert found.judgement is judgement
    assert (found.value or 0) == len(found.evidence["days_out"])


@pytest.mark.parametrize(
    ("past", "others", "reason"),
    [(band_past(*PEERS), PEERS, "short own history"), (band_past("A", *PEERS), PEERS[:3], "few peers")],
)
def test_bands_need_history_and_an_industry(past: History, others: list[str], reason: str) -> None:
    works = [plant("A", loads=[300.0] * 7), *(plant(id, loads=[100.0] * 7) for id in others)]
    found = band.judge(works, [], past, SETTINGS)[0]
    assert (found.judgement, found.reason) == (INSUFFICIENT, reason)


@pytest.mark.parametrize(
    ("months", "now", "judgement", "reason"),
    [
        ([100.0] * 12, 131.0, FLAGGED, ""),
        ([100.0] * 12, 130.0, NORMAL, ""),
        ([100.0] * 6, 131.0, FLAGGED, ""),
        ([100.0] * 5, 500.0, INSUFFICIENT, "short own history"),
        ([0.0] * 12, 500.0, INSUFFICIENT, "no load"),
        ([90.0, 100.0, 400.0] * 4, 131.0, FLAGGED, ""),  # the norm is a median: a month's peak does not hide growth
    ],
)
def test_growth_of_the_maximum_demand(months: list[float], now: float, judgement: Judgement, reason: str) -> None:
    past = together(earlier(ScreeningList.GROWTH, "A", month_kw=list(months), demand_kw=[{}] * len(months)))
    demand = dict.fromkeys(days(14), 90.0) | {"2026-01-05": now}
    (found,) = growth.judge([plant(demand=demand)], [], past, SETTINGS)
    assert (found.judgement, found.reason) == (judgement, reason)
    assert found.evidence["highest_on"] == "2026-01-05"


def test_the_thirty_days_reach_back_before_a_shorter_period() -> None:
    past = history(
        earlier(ScreeningList.GROWTH, "A", month_kw=[100.0] * 11, demand_kw=[{}] * 11),
        [
            Finding(
                ScreeningList.GROWTH,
                "A",
                "A",
                None,
                None,
                NORMAL,
                evidence={"demand_kw": {"2025-12-20": 150.0, "2025-11-01": 999.0}},
            )
        ],
    )
    (found,) = growth.judge([plant(demand=dict.fromkeys(days(10), 90.0))], [], past, SETTINGS)
    assert (found.value, found.evidence["highest_on"]) == (1.5, "2025-12-20")
