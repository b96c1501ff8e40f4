"""Rules, by their id, parents before what they suppress. One file a rule, one line here."""

from analytics.rules.early_stop import EarlyStop
from analytics.rules.idling import Idling
from analytics.rules.interlock import Interlock
from analytics.rules.intermittent import Intermittent
from analytics.rules.late_start import LateStart
from analytics.rules.rule import Rule, Subject
from analytics.rules.threshold import ThresholdRule

RULES: dict[str, type[Rule]] = {
    "interlock": Interlock,
    "late-start": LateStart,
    "early-stop": EarlyStop,
    "idling": Idling,
    "intermittent": Intermittent,
    "threshold": ThresholdRule,
}

__all__ = ["RULES", "Rule", "Subject"]
