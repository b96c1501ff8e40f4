"""Rules, by their id. One file a rule, one line here."""

from analytics.rules.interlock import Interlock
from analytics.rules.rule import Rule, Subject
from analytics.rules.threshold import ThresholdRule

RULES: dict[str, type[Rule]] = {
    "interlock": Interlock,
    "threshold": ThresholdRule,
}

__all__ = ["RULES", "Rule", "Subject"]
