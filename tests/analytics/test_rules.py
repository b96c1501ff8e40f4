"""Every rule against its file of cases in tests/rules."""

import json
from collections import Counter

import pytest

from analytics.engine import Engine
from analytics.rules import RULES
from analytics.rules.ruleset import Ruleset
from core.alarm import Transition
from tests.rules.case import Case, cases

CASES = list(cases())


def named(case: Case) -> str:
    return f"{case.rule}: {case.name}"


def engine_of(case: Case) -> Engine:
    return Engine(case.registry, Ruleset({case.rule: RULES[case.rule]}))


def told(case: Case) -> list[Transition]:
    engine = engine_of(case)
    return [found for batch in case.batches for found in engine.step(batch, now=int(batch.ts[-1]))]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_tells_what_its_file_says_as_readings_come(case: Case) -> None:
    assert case.seen(told(case)) == case.expected


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_rule_tells_the_same_of_history_in_one_batch(case: Case) -> None:
    found = engine_of(case).step(case.whole, now=int(case.whole.ts[-1]))
    assert case.seen(found) == case.expected


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_file_of_cases(rule: str) -> None:
    assert Counter(case.rule for case in CASES)[rule] >= 6


def test_names_of_cases_are_told_apart() -> None:
    assert [name for name, count in Counter(map(named, CASES)).items() if count > 1] == []


@pytest.mark.parametrize("case", CASES, ids=named)
def test_evidence_is_plain_json_and_names_the_registry(case: Case) -> None:
    for found in told(case):
        assert found.evidence["registry_version"] == case.registry.version
        json.dumps(found.evidence, allow_nan=False)
        assert found.reason


def one(rule: str, name: str) -> Case:
    return next(case for case in CASES if case.rule == rule and case.name.startswith(name))


def test_an_interlock_alarm_says_what_runs_what_does_not_and_since_when() -> None:
    first = told(one("interlock", "the delay counts from the first reading"))[0]
    assert first.reason == "production runs (P1) while treatment does not (T1)"
    [stopped], [running] = first.evidence["stopped"], first.evidence["running"]
    assert stopped == {
        "facility": "T1",
        "name": None,
        "power_kw": 0.0,
        "on_kw": 5.0,
        "off_kw": 3.0,
        "since": "2026-03-20T04:10:00Z",
    }
    assert (running["facility"], running["power_kw"]) == ("P1", 30.0)
    assert first.evidence["delays_s"] == {1: 300, 2: 900, 3: 3600}


def test_evidence_tells_the_delays_that_were_used() -> None:
    first = told(one("interlock", "sampled every five minutes, the delay"))[0]
    assert first.evidence["delays_s"] == {1: 600, 2: 900, 3: 3600}


def test_a_threshold_alarm_says_value_limit_and_delay() -> None:
    first = told(one("threshold", "a value above the limit"))[0]
    assert first.reason == "p of M at 61 kW, above 60 kW for 300 s"
    assert (first.evidence["value"], first.evidence["limit"], first.evidence["unit"]) == (61.0, 60, "kW")


def test_an_alarm_that_a_filing_explains_names_it_and_so_does_its_end() -> None:
    suppressed, _, after = told(one("interlock", "when the filing ends while"))
    assert suppressed.reason.endswith("; filing filing-1 explains it")
    assert suppressed.evidence["filing"] == "filing-1"
    assert after.reason.endswith("; filing filing-1 has ended")
