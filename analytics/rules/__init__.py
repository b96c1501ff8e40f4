"""Rules, by their id, parents before what they suppress. One file a rule, one line here."""

from analytics.rules.balance import Balance
from analytics.rules.contradiction import Contradiction
from analytics.rules.early_stop import EarlyStop
from analytics.rules.idling import Idling
from analytics.rules.interlock import Interlock
from analytics.rules.intermittent import Intermittent
from analytics.rules.late_start import LateStart
from analytics.rules.limit_order import LimitOrder
from analytics.rules.phase import Phase
from analytics.rules.power_cut import PowerCut
from analytics.rules.reversed_ct import ReversedCt
from analytics.rules.rule import Rule, Subject
from analytics.rules.silent import Silent
from analytics.rules.stop_order import StopOrder
from analytics.rules.tamper import Tamper
from analytics.rules.threshold import ThresholdRule
from analytics.rules.window_order import WindowOrder

RULES: dict[str, type[Rule]] = {
    "power-cut": PowerCut,
    "silent": Silent,
    "interlock": Interlock,
    "late-start": LateStart,
    "early-stop": EarlyStop,
    "idling": Idling,
    "intermittent": Intermittent,
    "threshold": ThresholdRule,
    "stop-order": StopOrder,
    "limit-order": LimitOrder,
    "window-order": WindowOrder,
    "contradiction": Contradiction,
    "phase": Phase,
    "reversed-ct": ReversedCt,
    "tamper": Tamper,
    "balance": Balance,
}

__all__ = ["RULES", "Rule", "Subject"]
