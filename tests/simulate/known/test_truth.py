"""The truth against a slow reading of the definitions, and the room that events and traps leave to the limits."""

from collections import Counter
from itertools import pairwise

import pytest

from analytics.scoring import Event
from core.interval import MINUTE_MS
from nightwatt.simulate.truth.city import KnownCity
from tests.simulate.known.oracle import Watched, runs

NEAR_MS = 3 * MINUTE_MS
RULES = {
    "interlock", "late-start", "early-stop", "idling", "intermittent", "threshold", "stop-order", "limit-order",
    "window-order", "balance", "silent", "power-cut", "phase", "tamper", "contradiction",
}  # fmt: skip


@pytest.fixture(scope="module")
def watched(city: KnownCity) -> list[Watched]:
    return [Watched(city, number) for number in range(len(city.scripts))]


def pairs(site: Watched) -> list[tuple[int, str, str]]:
    return [
        (line, stage, site.site.pair(line, stage))
        for line in range(site.site.lines)
        for stage in site.site.stages(line)
    ]


def test_production_without_treatment_is_in_the_truth_wherever_it_lasts_five_minutes(watched: list[Watched]) -> None:
    seen = 0
    for site in watched:
        for line, stage, pair in pairs(site):
            for begin, end in (span for span in site.interlocks(line, stage) if span[1] - span[0] >= 5):
                from_at, to_at = site.script.at(begin), site.script.at(end)
                told = [(row.from_at, row.to_at) for row in known(site, "interlock", pair)]
                told += [(row.from_at, row.to_at) for row in site.script.traps if "announced" in row.note]
                assert any(a - NEAR_MS <= from_at and to_at <= b + NEAR_MS for a, b in told), (pair, begin, end)
                seen += 1
    assert seen > 30


def test_every_interlock_of_the_truth_is_there_and_as_long_as_it_says(watched: list[Watched]) -> None:
    seen = 0
    for site in watched:
        found = {pair: site.interlocks(line, stage) for line, stage, pair in pairs(site)}
        for row in (row for row in site.script.events if row.rule == "interlock" and row.required):
            spans = [(site.script.at(a), site.script.at(b)) for a, b in found[row.subjects[0]]]
            assert any(abs(a - row.from_at) <= NEAR_MS and abs(b - row.to_at) <= NEAR_MS for a, b in spans), row
            seen += 1
    assert seen > 15


def test_treatment_is_on_within_ten_minutes_of_production_unless_the_truth_says_otherwise(
    watched: list[Watched],
) -> None:
    starts = 0
    for site in watched:
        for line, stage, pair in pairs(site):
            treated = site.treated(line, stage)
            for begin, end in runs(site.producing(line)):
                if begin < 60 or end - begin < 15:
                    continue
                starts += 1
                if not any(treated[begin : begin + 10]):
                    told = [abs(row.from_at - site.script.at(begin)) for row in known(site, "late-start", pair)]
                    assert min(told, default=NEAR_MS + 1) <= NEAR_MS, (pair, begin)
    assert starts > 200


def test_treatment_goes_on_for_ten_minutes_after_production_unless_the_truth_says_otherwise(
    watched: list[Watched],
) -> None:
    ends = 0
    for site in watched:
        for line, stage, pair in pairs(site):
            treated = site.treated(line, stage)
            for begin, end in runs(site.producing(line)):
                dead = any(a - 2 <= end <= b + 20 for a, b in site.script.dead)
                if dead or begin < 60 or end > len(treated) - 20:
                    continue
                ends += 1
                if not all(treated[end : end + 10]):
                    at = site.script.at(end)
                    told = [row for row in known(site, "early-stop", pair) if row.from_at - NEAR_MS <= at <= row.to_at]
                    told += [row for row in known(site, "intermittent", pair) if row.from_at <= at <= row.to_at]
                    assert told, (pair, begin, end)
    assert ends > 200


@pytest.mark.parametrize("rule", ["window-order", "contradiction", "stop-order"])
def test_who_keeps_an_order_or_a_shutdown_does_not_produce_in_it_and_who_breaks_it_does(
    watched: list[Watched], rule: str
) -> None:
    for site in watched:
        for row in (row for row in site.script.events if row.rule == rule and row.required):
            first, last = (round((at - site.script.start_at) / MINUTE_MS) for at in (row.from_at, row.to_at))
            made = site.producing()[first:last]
            assert sum(made) > 0.75 * len(made), row
            assert last - first >= {"window-order": 20, "contradiction": 30, "stop-order": 240}[rule]


def test_a_low_facility_is_still_on_and_draws_what_the_truth_says(city: KnownCity, watched: list[Watched]) -> None:
    rows = [(site, row) for site in watched for row in site.script.events if row.rule == "idling" and row.required]
    assert rows
    for site, row in rows:
        machine = next(m for m in site.site.machines if m.id == row.subjects[0])
        first, last = (round((at - site.script.start_at) / MINUTE_MS) for at in (row.from_at, row.to_at))
        power = site.power[machine.id][first:last]
        assert last - first >= 45
        assert machine.on_kw is not None
        assert min(power) > machine.on_kw
        assert max(power) < 0.53 * machine.usual_kw


def test_no_two_events_that_have_to_be_seen_meet_at_one_enterprise_but_those_of_one_deed(city: KnownCity) -> None:
    for script in city.scripts:
        rows = sorted((row for row in script.events if row.required), key=lambda row: row.from_at)
        for before, after in pairwise(rows):
            same_deed = before.note == after.note
            assert same_deed or after.from_at - before.to_at >= 60 * MINUTE_MS or {before.rule, after.rule} & DAYS


DAYS = {"limit-order"}
"""Events that last a whole day, from midnight to midnight."""


def test_a_month_of_the_whole_city_holds_each_kind_of_event_often_enough_to_count() -> None:
    city = KnownCity(seed=2, days=30)
    counted = Counter(row.rule for row in city.events if row.required)
    assert set(counted) == RULES
    assert min(counted.values()) >= 20
    assert {row.rule for row in city.traps} == RULES - {"intermittent"}


def known(site: Watched, rule: str, pair: str) -> list[Event]:
    rows = [row for row in site.script.events if row.rule == rule]
    return [row for row in rows if not row.subjects or pair in row.subjects]
