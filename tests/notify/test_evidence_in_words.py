"""The evidence that the rules write, on the phone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules import RULES
from core.alarm import State
from core.readings import QUANTITIES
from notify.evidence import in_words
from notify.text import message
from notify.words import LANGUAGES
from tests.notify.cases import AT, MINUTE, due

FURNACE = {"facility": "E001-P1", "name": "熔炼炉", "power_kw": 812.4, "on_kw": 81.2, "off_kw": 48.7, "since": "x"}
FAN = {"facility": "E001-T1", "name": "布袋除尘风机", "power_kw": 0.7, "on_kw": 45.0, "off_kw": 27.0, "since": "x"}
INTERLOCK = {"running": [FURNACE], "stopped": [FAN], "delays_s": {"1": 300}, "registry_version": 1}
THRESHOLD = {"meter": "1#", "quantity": "p", "side": "above", "value": 364.2, "limit": 316.0, "unit": "kW"}


def told(language: str, rule: str, evidence: Any) -> list[str]:
    return in_words(rule, evidence, LANGUAGES[language])


def limit(**changes: Any) -> dict[str, Any]:
    return THRESHOLD | changes


WHOLE = [
    (
        "zh",
        "interlock",
        INTERLOCK,
        ["在运行：熔炼炉 812 kW", "未运行：布袋除尘风机 0.7 kW（启动阈值 45 kW）"],
    ),
    (
        "en",
        "interlock",
        INTERLOCK,
        ["Running: 熔炼炉 812 kW", "Not running: 布袋除尘风机 0.7 kW (on above 45 kW)"],
    ),
    ("zh", "threshold", THRESHOLD, ["1# 有功功率 364 kW，高于限值 316 kW"]),
    ("en", "threshold", THRESHOLD, ["1# active power 364 kW, above the limit of 316 kW"]),
]


@pytest.mark.parametrize(("language", "rule", "evidence", "lines"), WHOLE)
@pytest.mark.parametrize("severity", [1, 2, 3])
def test_a_message_names_what_the_evidence_names_and_needs_no_reason_in_english(
    language: str, rule: str, evidence: dict[str, Any], lines: list[str], severity: int
) -> None:
    alarm = due(rule=rule, evidence=evidence, severity=severity, reason="an English reason")
    body = message(alarm, route=3, language=language, now=AT, link=None, repeat=False).body.split("\n")
    since, unfiled, where = {
        "zh": ("03-01 22:15 起，至 03-01 22:31 已 16 分钟", "无报备", "对象：E001/L1"),
        "en": ("Since 03-01 22:15, 16 min by 03-01 22:31", "No filing covers it", "Where: E001/L1"),
    }[language]
    assert body == [*lines, since, unfiled, where, "#42"]


LIMITS = [
    ("zh", {"side": "below", "value": 12.34, "limit": 15}, "1# 有功功率 12.3 kW，低于限值 15 kW"),
    ("en", {"side": "below", "value": 12.34, "limit": 15}, "1# active power 12.3 kW, below the limit of 15 kW"),
    ("zh", {"quantity": "ua", "value": 198, "limit": 242.5}, "1# A 相电压 198 V（上限 242.5 V）"),
    (
        "en",
        {"quantity": "ic", "value": 0.5, "limit": 0.4, "side": "below"},
        "1# phase C current 0.5 A (lower limit 0.4 A)",
    ),
    ("zh", {"quantity": "pf", "side": "below", "value": 0.812, "limit": 0.9}, "1# 功率因数 0.812，低于限值 0.9"),
    (
        "en",
        {"quantity": "ep", "value": 1234567.89, "limit": 1e6},
        "1# energy register 1234568 kWh, above the limit of 1000000 kWh",
    ),
    ("zh", {"value": 316.2}, "1# 有功功率 316.2 kW，高于限值 316 kW"),
    ("zh", {"value": 316.4, "limit": 316.25}, "1# 有功功率 316.4 kW，高于限值 316.25 kW"),
    ("zh", {"value": 0, "side": "below", "limit": 0.0005}, "1# 有功功率 0 kW，低于限值 0.0005 kW"),
    ("zh", {"value": -0.00001, "side": "below", "limit": 5}, "1# 有功功率 0 kW，低于限值 5 kW"),
    ("zh", {"unit": "GW"}, "1# 有功功率 364 kW，高于限值 316 kW"),
]


@pytest.mark.parametrize(("language", "changes", "line"), LIMITS)
def test_a_value_stands_on_its_own_side_of_its_limit(language: str, changes: dict[str, Any], line: str) -> None:
    assert told(language, "threshold", limit(**changes)) == [line]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_of_the_wire_has_a_name(language: str, quantity: str) -> None:
    [line] = told(language, "threshold", limit(quantity=quantity))
    assert quantity not in line.split()


def test_of_many_facilities_the_first_three_are_named_and_all_are_counted() -> None:
    many = [FURNACE | {"name": f"{n}号炉", "power_kw": 100 * n} for n in range(1, 6)]
    evidence = INTERLOCK | {"running": many}
    assert told("zh", "interlock", evidence)[0] == "在运行：1号炉 100 kW、2号炉 200 kW、3号炉 300 kW 等 5 台"
    assert told("en", "interlock", evidence)[0] == (
        "Running: 1号炉 100 kW, 2号炉 200 kW, 3号炉 300 kW and others, 5 in all"
    )


FACILITIES = [
    ({"name": ""}, "E001-T1 0.7 kW（启动阈值 45 kW）"),
    ({"name": None}, "E001-T1 0.7 kW（启动阈值 45 kW）"),
    ({"power_kw": None}, "布袋除尘风机"),
    ({"on_kw": None}, "布袋除尘风机 0.7 kW"),
    ({"power_kw": float("nan")}, "布袋除尘风机"),
    ({"name": "风\r\n机"}, "风 机 0.7 kW（启动阈值 45 kW）"),
    ({"name": "风" * 100}, "风" * 23 + "… 0.7 kW（启动阈值 45 kW）"),
    ({"name": "{facilities}"}, "{facilities} 0.7 kW（启动阈值 45 kW）"),
]


@pytest.mark.parametrize(("changes", "words"), FACILITIES)
def test_a_facility_is_told_as_far_as_it_is_known(changes: dict[str, Any], words: str) -> None:
    assert told("zh", "interlock", INTERLOCK | {"stopped": [FAN | changes]})[1] == "未运行：" + words


ODD = [
    ("interlock", {}),
    ("interlock", None),
    ("interlock", [INTERLOCK]),
    ("interlock", {"running": [FURNACE]}),
    ("interlock", INTERLOCK | {"running": []}),
    ("interlock", INTERLOCK | {"running": {"0": FURNACE}}),
    ("interlock", INTERLOCK | {"stopped": [FAN, None]}),
    ("interlock", INTERLOCK | {"stopped": [{"power_kw": 1.0}]}),
    ("interlock", INTERLOCK | {"stopped": ["E001-T1"]}),
    ("threshold", {}),
    ("threshold", limit(value=None)),
    ("threshold", limit(value=True)),
    ("threshold", limit(value="364")),
    ("threshold", limit(value=float("inf"))),
    ("threshold", limit(value=10**400)),
    ("threshold", limit(limit=float("nan"))),
    ("threshold", limit(quantity="kva")),
    ("threshold", limit(quantity=["p"])),
    ("threshold", limit(side="beside")),
    ("threshold", limit(meter="\n")),
    ("idling", {"registry_version": 1, "power_kw": {"a": 1}}),
]


@pytest.mark.parametrize(("rule", "evidence"), ODD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_odd_evidence_leaves_the_message_as_it_is_without_any(rule: str, evidence: Any, language: str) -> None:
    def body(evidence: Any) -> str:
        alarm = due(rule=rule, evidence=evidence, reason="why it was raised")
        return message(alarm, route=3, language=language, now=AT, link=None, repeat=False).body

    assert body(evidence) == body({})
    assert "why it was raised" in body(evidence)


@pytest.mark.parametrize("state", [State.NORMAL, State.SUPPRESSED])
def test_only_an_active_alarm_is_said_to_have_no_filing(state: State) -> None:
    bodies = [
        message(due(state=state, evidence=INTERLOCK), route=3, language=language, now=AT, link=None, repeat=False).body
        for language in ("zh", "en")
    ]
    assert not any("报备" in body or "filing" in body for body in bodies)


SHORT = [
    ("zh", State.ACTIVE, "03-01 22:30 起"),
    ("en", State.ACTIVE, "Since 03-01 22:30"),
    ("zh", State.NORMAL, "03-01 22:30 起，03-01 22:31 恢复正常"),
    ("en", State.NORMAL, "From 03-01 22:30 to 03-01 22:31"),
]


@pytest.mark.parametrize(("language", "state", "line"), SHORT)
def test_a_duration_below_a_minute_is_left_out(language: str, state: State, line: str) -> None:
    alarm = due(state=state, since=AT - MINUTE + 1)
    assert line in message(alarm, route=3, language=language, now=AT, link=None, repeat=False).body.split("\n")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(max_size=10), parts, max_size=5),
    max_leaves=20,
)
FOUND = st.fixed_dictionaries({}, optional=dict.fromkeys(("facility", "name", "power_kw", "on_kw"), JSON))
STRANGE = st.fixed_dictionaries(
    {},
    optional={
        "running": st.lists(FOUND | JSON, max_size=6) | JSON,
        "stopped": st.lists(FOUND | JSON, max_size=6) | JSON,
        "meter": st.text(max_size=200) | JSON,
        "quantity": st.sampled_from(QUANTITIES) | JSON,
        "side": st.sampled_from(["above", "below"]) | JSON,
        "value": st.floats() | JSON,
        "limit": st.floats() | JSON,
    },
)


@given(
    rule=st.sampled_from(["interlock", "threshold"]), evidence=STRANGE | JSON, language=st.sampled_from(["zh", "en"])
)
def test_no_evidence_breaks_a_message_or_makes_it_long(rule: str, evidence: Any, language: str) -> None:
    stored = json.loads(json.dumps(evidence))
    found = message(due(rule=rule, evidence=stored), route=3, language=language, now=AT, link=None, repeat=False)
    assert all(line.isprintable() for line in found.body.split("\n"))
    assert len(found.body.split("\n")) in (5, 6)
    assert len(found.body) < 600


@given(
    value=st.floats(0, 1e6),
    limit_=st.floats(0, 1e6).map(lambda x: round(x, 2)),
    side=st.sampled_from(["above", "below"]),
)
def test_what_is_called_beyond_its_limit_is_never_printed_on_the_other_side(
    value: float, limit_: float, side: str
) -> None:
    [line] = told("zh", "threshold", limit(value=value, limit=limit_, side=side))
    shown = float(line.split()[2])
    if "高于" in line:
        assert shown >= limit_
    if "低于" in line:
        assert shown <= limit_
    assert ("高于" in line or "低于" in line) == (value > limit_ if side == "above" else value < limit_)


FIGURES = [
    (
        "zh",
        "stop-order",
        {"order": "O-7", "hours": [{"kwh": 1}, {"kwh": 41.26, "limit_kwh": 12, "baseline_kwh": 120.0}], "margin": 3},
        ["停产期间仍有生产用电", "指令 O-7、电量 41.3 kWh、限值 12 kWh、基准 120 kWh"],
    ),
    (
        "en",
        "idling",
        {"running": [FAN | {"power_kw": 12}], "power_kw": 12, "normal_kw": 40, "lag_s": 600, "weights": [1, 2]},
        [
            "Treatment runs far below its normal power",
            "Running: 布袋除尘风机 12 kW",
            "power 12 kW, normally 40 kW, lag 10 min",
        ],
    ),
    (
        "en",
        "phase",
        {"meter": "1#", "phases": ["ua", "ub"], "share": 0.42, "usual_share": 0.98},
        ["A phase lost its voltage or current", "meter 1#, phases ua, ub, share 42 %, usual share 98 %"],
    ),
    (
        "en",
        "unheard-of",
        {"power_kw": 3.0, "meters": list("abcd")},
        ["power 3 kW, meters a, b, c and others, 4 in all"],
    ),
]


@pytest.mark.parametrize(("language", "rule", "evidence", "lines"), FIGURES)
def test_a_rule_without_words_of_its_own_is_told_by_its_sentence_and_its_figures(
    language: str, rule: str, evidence: dict[str, Any], lines: list[str]
) -> None:
    assert told(language, rule, evidence) == lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_name_and_a_sentence_on_the_phone(language: str, rule: str) -> None:
    name, sentence = LANGUAGES[language].rules[rule]
    assert name
    assert name != rule
    assert sentence


def test_both_languages_name_the_same_rules_and_figures() -> None:
    zh, en = LANGUAGES["zh"], LANGUAGES["en"]
    assert zh.rules.keys() == en.rules.keys()
    assert zh.figures.keys() == en.figures.keys()
