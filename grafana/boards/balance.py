"""Production against treatment: their loads over each other, what they use of it, and the alarms as bands."""

from grafana.boards.house import CRITICAL, FEEDER, GOOD, KINDS, PRODUCTION, RULES, TREATMENT, Json, coloured, steps
from grafana.boards.panel import band, curves
from grafana.boards.query import EVERY, HOURS, READINGS, chosen, inner, select, series
from grafana.boards.table import quotient
from grafana.boards.text import Text

PLANT = chosen("enterprise")


def balance(say: Text) -> Json:
    """Treatment has an axis of its own: it draws a tenth of what production does."""
    means = select('mean("p") AS "kw"', READINGS, PLANT, by=f'{EVERY}, "meter", "kind" fill(none)')
    loads = select('sum("kw")', inner(means), by=f'{EVERY}, "kind" fill(none)')
    states = select('last("value") AS "value"', '"alarm"', PLANT, by=f'{EVERY}, "rule", "subject" fill(previous)')
    alarmed = select('max("value")', inner(states), by=f"{EVERY} fill(none)")
    shown = {kind: coloured(kind, colour, shown=say(f"kind.{kind}")) for kind, colour in KINDS.items()}
    shown["feeder"] = coloured("feeder", FEEDER, shown=say("kind.feeder"), custom__fillOpacity=0, custom__lineWidth=1)
    shown["production"] = coloured("production", PRODUCTION, shown=say("kind.production"), custom__fillOpacity=25)
    shown["treatment"] = coloured(
        "treatment",
        TREATMENT,
        shown=say("kind.treatment"),
        custom__axisPlacement="right",
        custom__axisLabel=say("kind.treatment"),
        custom__lineWidth=2,
        custom__fillOpacity=0,
    )
    alarm_band = coloured(
        "alarm",
        CRITICAL,
        shown=say("alarm.active"),
        custom__axisPlacement="hidden",
        custom__lineInterpolation="stepAfter",
        custom__lineWidth=0,
        custom__fillOpacity=22,
        unit="none",
        min=0,
        max=1,
    )
    return curves(
        say,
        "plant.balance",
        [series(loads, name="$tag_kind"), series(alarmed, name="alarm", ref="B")],
        unit="kwatt",
        overrides=[*shown.values(), alarm_band],
    )


def bands(say: Text) -> Json:
    query = select('last("value")', '"alarm"', PLANT, by=f'{EVERY}, "rule", "subject" fill(previous)')
    words = {
        "0": {"text": say("state.normal"), "color": GOOD, "index": 0},
        "1": {"text": say("state.active"), "color": CRITICAL, "index": 1},
    }
    return band(
        say,
        "plant.bands",
        series(query, name="$tag_rule $tag_subject"),
        mappings=[{"type": "value", "options": words}],
        thresholds=steps((1, CRITICAL), below=GOOD),
        transformations=[_rule_names(say, rule) for rule in RULES],
        empty="empty.alarms",
    )


def _rule_names(say: Text, rule: str) -> Json:
    return {"id": "renameByRegex", "options": {"regex": f"^{rule} (.*)$", "renamePattern": f"{say(f'rule.{rule}')} $1"}}


def intensity(say: Text) -> Json:
    kinds = '"kind" =~ /^(production|treatment)$/'
    query = select('sum("p_mean")', HOURS, PLANT, kinds, by='time(1h), "kind" fill(none)')
    return curves(
        say,
        "plant.intensity",
        [series(query, name="$tag_kind")],
        unit="percentunit",
        transformations=[
            {"id": "joinByField", "options": {"byField": "Time", "mode": "inner"}},
            quotient("treatment", "production", name="share", instead=True),
        ],
        overrides=[coloured("share", TREATMENT, shown=say("plant.intensity"))],
        empty="empty.production",
    )
