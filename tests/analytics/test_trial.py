"""Back-tests: two settings over the same history."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from analytics.comparison import episodes
from analytics.engine import Engine
from analytics.excerpt import Excerpt
from analytics.paced import paced, until
from analytics.rule_choice import parameters, ruleset
from analytics.rules import RULES
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from analytics.trial import Setting, trial
from core.alarm import State, Transition
from core.errors import SetupError
from core.filing import Filing
from core.interval import DAY_MS, HOUR_MS, MINUTE_MS
from core.readings import IntArray, Readings, concatenate, readings
from core.registry import Registry, Threshold
from tests.cases import NOON, city

ONLY_LIMITS = Ruleset(rules={"threshold": RULES["threshold"]})
END = NOON + DAY_MS


class Kept:
    """Readings in memory as a history, a batch of `rows` each; notes what was asked of it."""

    def __init__(self, whole: Readings, *, rows: int = 1000) -> None:
        self.whole, self.rows = whole, rows
        self.asked: list[tuple[int, int, list[int] | None]] = []

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        self.asked.append((start, end, None if meters is None else meters.tolist()))
        inside = (self.whole.ts >= start) & (self.whole.ts < end)
        if meters is not None:
            inside &= np.isin(self.whole.meter, meters)
        found = self.whole.take(inside)
        for first in range(0, len(found), self.rows):
            yield found.take(slice(first, first + self.rows))


def plant(**limit: float) -> Registry:
    """The small city with one limit, on the paint shop's treatment: below 10 kW for five minutes."""
    row = Threshold("paint-T1-m", "p", "below", 10.0, severity=2)
    return replace(city(), thresholds=(replace(row, **limit),), filings=(), orders=())


def day(*dips: tuple[int, int, float]) -> Readings:
    """A day of all meters at 20 kW, except where paint-T1 dips: (minute, minutes, kW)."""
    meters = len(city().meters)
    number = city().meter_number["paint-T1-m"]
    power = np.full((1440, meters), 20.0)
    for first, count, kw in dips:
        power[first : first + count, number] = kw
    ts = np.repeat(NOON + np.arange(1440) * MINUTE_MS, meters)
    return readings(np.tile(np.arange(meters), 1440), ts, p=power.ravel())


def compared(today: Registry, tried: Registry, history: Kept, **options: object):
    settings = (Setting(today, ONLY_LIMITS), Setting(tried, ONLY_LIMITS))
    return trial(*settings, history, start=NOON, end=END, now=END, **options)  # type: ignore[arg-type]


def test_alarms_are_new_gone_or_the_same():
    history = Kept(day((100, 20, 9.0), (300, 20, 2.0), (600, 20, 12.0)))
    found = compared(plant(), plant(value=5.0), history)
    assert [len(side.alarms) for side in (found.today, found.tried)] == [2, 1]
    assert ([row.since for row in found.gone], found.new, found.same) == ([NOON + 100 * MINUTE_MS], (), 1)
    found = compared(plant(), plant(value=15.0), history)
    assert ([row.since for row in found.new], found.gone, found.same) == ([NOON + 600 * MINUTE_MS], (), 2)


def test_an_alarm_that_only_comes_later_is_the_same():
    found = compared(plant(), plant(on_delay_s=900), Kept(day((100, 30, 2.0))))
    assert (found.same, found.new, found.gone) == (1, (), ())
    assert found.tried.alarms[0].raised_at - found.today.alarms[0].raised_at == 10 * MINUTE_MS


def test_alarms_are_counted_by_severity_enterprise_and_local_hour():
    found = compared(plant(), plant(severity=3), Kept(day((100, 20, 2.0), (130, 20, 2.0))))
    assert (found.today.by_severity, found.tried.by_severity) == ({1: 0, 2: 2, 3: 0}, {1: 0, 2: 0, 3: 2})
    hours = found.today.by_enterprise["paint"]
    assert (hours[13], hours[14], sum(hours)) == (1, 1, 2)
    assert found.today.by_hour == hours


def test_what_a_filing_explains_is_counted_apart():
    filing = Filing("f", "paint", "treatment-fault", NOON, NOON + 4 * HOUR_MS, status="approved")
    today = replace(plant(), filings=(filing,))
    found = compared(today, plant(), Kept(day((100, 20, 2.0), (300, 20, 2.0))))
    assert (len(found.today.alarms), len(found.today.silenced)) == (1, 1)
    assert (len(found.tried.alarms), len(found.new)) == (2, 1)


def test_what_cases_have_concluded_is_with_the_alarm():
    def concluded(rule: str, subject: str, *, start: int, end: int) -> str | None:
        return (
            "wrong threshold" if (rule, subject, start) == ("threshold", "paint-T1-m/p/below", END - DAY_MS) else None
        )

    history = Kept(day((0, 30, 2.0), (300, 20, 2.0)))
    found = compared(plant(), plant(), history, conclusions=concluded)
    assert [row.conclusion for row in found.today.alarms] == ["wrong threshold", None]
    assert len(found.today.judged) == 1
    assert compared(plant(), plant(), history).today.judged == ()


def test_only_the_enterprises_concerned_are_read_and_judged():
    history = Kept(day((100, 20, 2.0)))
    found = compared(plant(), plant(value=1.0), history, enterprises=frozenset({"paint"}))
    assert len(found.gone) == 1
    (_, end, meters), number = history.asked[0], city().meter_number
    assert (end, meters) == (END, [number[f"paint-{name}-m"] for name in ("F", "P1", "T1")])
    other = compared(plant(), plant(value=1.0), history, enterprises=frozenset({"foundry"}))
    assert other.today.alarms == other.tried.alarms == ()


def test_an_excerpt_judges_as_the_whole_does():
    whole, batch = city(), day((100, 30, 1.0))
    part = Excerpt.of(whole, frozenset({"paint"}))
    found = [row for row in Engine(whole).step(batch, now=END) if row.enterprise == "paint"]
    assert found
    assert Engine(part.registry).step(part.renumbered(batch), now=END) == found


def test_readings_before_the_span_are_the_run_up_only():
    history = Kept(day((100, 20, 2.0), (800, 30, 2.0)))
    settings = (Setting(plant(), ONLY_LIMITS), Setting(plant(), ONLY_LIMITS))
    start = NOON + 700 * MINUTE_MS
    found = trial(*settings, history, start=start, end=END, now=END)
    assert found is not None
    assert [row.since for row in found.today.alarms] == [NOON + 800 * MINUTE_MS]
    assert history.asked[0][0] < NOON


def test_progress_is_told_in_event_time_and_cancelling_ends_it():
    told: list[int] = []
    history = Kept(day(), rows=500)
    assert compared(plant(), plant(), history, on_progress=told.append) is not None
    assert told == sorted(told)
    assert told[-1] == END - MINUTE_MS
    told.clear()
    assert compared(plant(), plant(), history, on_progress=told.append, cancelled=lambda: len(told) == 3) is None
    assert len(told) == 3


def test_an_alarm_that_stands_at_the_end_has_no_end():
    found = compared(plant(), plant(), Kept(day((1400, 40, 2.0))))
    assert [row.ended_at for row in found.today.alarms] == [None]


def moment(at: int, state: State, severity: int = 1) -> Transition:
    return Transition(at, "r", "s", "e", severity, state, NOON, "why")


@pytest.mark.parametrize(
    ("states", "silenced", "severity"),
    [
        ([(1, State.ACTIVE, 1), (2, State.ACTIVE, 3)], False, 3),
        ([(1, State.SUPPRESSED, 2), (2, State.NORMAL, 2)], True, 2),
        ([(1, State.SUPPRESSED, 2), (2, State.ACTIVE, 2)], False, 2),
        ([(1, State.ACTIVE, 2), (2, State.SUPPRESSED, 2)], False, 2),
    ],
)
def test_transitions_of_one_episode_are_one(states: list[tuple[int, State, int]], silenced: bool, severity: int):
    (row,) = episodes((moment(NOON + at, state, level) for at, state, level in states), start=NOON, end=END)
    assert (row.silenced, row.severity, row.raised_at) == (silenced, severity, NOON + 1)


def test_time_passes_while_nothing_comes():
    """An engine that is told the minutes of a pause finds what one that is stepped minute by minute finds."""
    before, after = day().take(slice(0, 9 * 60)), day()
    after = after.take(after.ts >= NOON + 10 * HOUR_MS)
    batch = concatenate([before, after])
    live = Engine(city())
    expected = live.step(before, now=END)
    for minute in range(int(before.ts[-1]) // MINUTE_MS + 1, int(after.ts[0]) // MINUTE_MS):
        expected += live.tick(now=minute * MINUTE_MS)
    expected += live.step(after, now=END)

    def seen(rows: list[Transition]) -> list[tuple[str, str, str]]:
        return sorted((row.rule, row.subject, row.state.value) for row in rows)

    engine = Engine(city())
    assert seen(paced(engine, batch, now=END)) == seen(expected)
    assert until(engine, engine.newest) == []


def test_rules_are_switched_off_and_on_by_name():
    assert "interlock" not in ruleset({"disabled": ["interlock"]}).rules
    assert list(ruleset({"enabled": ["threshold"]}).rules) == ["threshold"]
    assert ruleset({}) == EVERY_RULE
    assert ruleset({"merge_chatter": False}).merges_chatter is False


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"interlok": {}}, r"no rule 'interlok'; there are .*interlock"),
        ({"disabled": ["nothing"]}, r"disabled: there is no rule 'nothing'"),
        ({"disabled": "interlock"}, "list of rules"),
        ({"enabled": [], "disabled": []}, "not both"),
        ({"threshold": {"value": 3}}, r"threshold has no parameter 'value'; it has none"),
        ({"interlock": 3}, r"a table, like \[interlock\]"),
        ({"interlock": {"nonsense": 3}}, r"no parameter 'nonsense'; it has"),
        ({"merge_chatter": "no"}, "merge_chatter is true or false; 'no' is neither"),
        ({"merge_chatter": 0}, "merge_chatter is true or false"),
    ],
)
def test_what_is_not_known_is_refused_by_name(given: dict[str, object], complaint: str):
    with pytest.raises(SetupError, match=complaint):
        ruleset(given)


def test_every_parameter_of_every_rule_can_be_set_and_nothing_but_numbers():
    for id, rule in RULES.items():
        for name, default in parameters(rule).items():
            if not isinstance(default, int | float):
                continue
            chosen = ruleset({id: {name: default + 1}}).settings[id]
            assert getattr(chosen, name) == default + 1
            for wrong in ("1", None, True, float("nan"), -1):
                with pytest.raises(SetupError, match=rf"{id}\.{name} is a number"):
                    ruleset({id: {name: wrong}})
