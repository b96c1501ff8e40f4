"""Evidence as a table: names, units and zones, whatever a rule left there."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.evidence import Facts
from api.web.show import Show
from api.web.words import Words
from tests.cases import NOON

CALLED = {"foundry-T1": "布袋除尘风机", "foundry-L1": "一号线"}.get
EN, ZH = (Facts(Show(Words(language), NOON), "Asia/Shanghai", CALLED) for language in ("en", "zh"))
BERLIN = Facts(Show(Words("en"), NOON), "Europe/Berlin", CALLED)


@pytest.mark.parametrize(
    ("key", "value", "name", "text"),
    [
        ("power_kw", 12.345, "Power", "12.3 kW"),
        ("limit_kwh", 1200, "Limit", "1,200 kWh"),
        ("kwh", 3.0, "Energy", "3.00 kWh"),
        ("on_delay_s", 300, "On-delay", "5 min"),
        ("on_delay_s", 0, "On-delay", "at once"),
        ("interval_s", 30, "Interval", "30 s"),
        ("delays_s", {"1": 300, "2": 900}, "Delays", "Pre-warning 5 min Alarm 15 min"),
        ("usual_share", 0.125, "Usual share", "12%"),
        ("ua_v", 221.0, "voltage A", "221 V"),
        ("switches", 5, "Switches", "5"),
        ("is_frozen", True, "is frozen", "yes"),
        ("quantity", "p", "Quantity", "active power"),
        ("facility", "foundry-T1", "Facility", '<span title="foundry-T1">布袋除尘风机</span>'),
        ("meters", ["a", "b"], "Meters", "a, b"),
        ("phases_a", {"ia": 3.0, "ib": 0}, "Phases", "current A 3.00 A current B 0 A"),
        ("off", [["x", None], []], "Not running", "x, –, "),
        ("levels_kw", [None, 3.5], "Normal power by load", "–, 3.50 kW"),
        ("shares", [0.6, 0.3], "Shares for pre-warning and alarm", "60%, 30%"),
        ("needs_h", 48, "Needs", "2 d"),
        ("kind", "production", "Kind", "Production"),
        ("kind", "stop", "Kind", "stop"),
        ("kind", "trial-run", "Kind", "Trial run"),
        ("announced", ["production-off"], "Announced", "production off"),
        ("completeness", 0.85, "Completeness", "85%"),
        ("limit_percent", 30.0, "Limit", "30.0 %"),
        ("grid_outage", False, "Grid outage", "no"),
        (
            "hours",
            [{"used_kwh": 41.3, "limit_kwh": 12, "baseline_kwh": None}],
            "Hours",
            "Used 41.3 kWh Limit 12.0 kWh Baseline –",
        ),
        ("moon_phase", "full", "moon phase", "full"),
        ("power_kw", math.nan, "Power", "–"),
        ("last_at", 10**30, "Last reading", str(10**30)),
        ("members", [{"name": "炉", "facility": "x", "power_kw": 2.0}], "members", "炉 Power 2.00 kW"),
    ],
)
def test_a_value_is_named_and_written_in_its_unit(key: str, value: object, name: str, text: str) -> None:
    [fact] = EN({key: value})
    assert (fact.name, str(fact.value)) == (name, text)


@pytest.mark.parametrize("value", [NOON, "2026-03-20T04:00:00Z", "2026-03-20T12:00:00+08:00"])
def test_an_instant_is_shown_on_the_wall_clock_of_the_enterprise(value: object) -> None:
    [fact] = BERLIN({"last_at": value})
    assert ">05:00 CET</time>" in fact.value


def test_spans_of_time_are_told_from_lists_of_instants() -> None:
    [fact] = EN({"off": [["2026-03-20T04:00:00Z", "2026-03-20T04:05:00Z"], ["2026-03-20T04:09:00Z", None]]})
    assert re.sub("<[^>]+>", "", fact.value) == "12:00 – 12:05, 12:09 – …"


def test_the_order_is_that_of_the_evidence_and_what_is_empty_or_shown_elsewhere_is_left_out() -> None:
    evidence = {"limit_kwh": 1, "order": "O-1", "filing": None, "meters": [], "running": [1]}
    assert [fact.name for fact in ZH(evidence, without=["running"])] == ["限值", "指令"]


def test_of_a_long_list_some_are_written_and_the_others_counted() -> None:
    [fact] = EN({"meters": [f"m{n}" for n in range(500)]})
    assert fact.value.endswith("m11, 488 more")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ENDINGS = st.sampled_from(["", "_kw", "_s", "_at", "_share", "_days", "_a"])


@given(st.dictionaries(st.tuples(st.text(max_size=8), ENDINGS).map("".join), JSON))
def test_whatever_a_rule_left_as_evidence_can_be_shown(evidence: dict[str, object]) -> None:
    shown = EN(evidence)
    assert len(shown) == sum(value not in (None, "", [], {}) for value in evidence.values())
    assert all(isinstance(fact.value, str) for fact in shown)


def test_what_stands_in_evidence_is_never_markup() -> None:
    [fact] = EN({"list": ["<script>", {"<b>": "<i>"}]})
    assert str(fact.value) == "&lt;script&gt;, &lt;b&gt; &lt;i&gt;"
