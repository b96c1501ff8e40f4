"""Which rules are on, with what parameters: one frozen value that an engine is made with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.rules import RULES
from analytics.rules.rule import Rule


@dataclass(frozen=True)
class Ruleset:
    """rules           by id, parents before what they suppress
    settings        instances of the rules' `Settings` by rule id; defaults where there is none
    merges_chatter  an alarm raised for the third time within an hour stays until it has been quiet for half an hour
    """

    rules: Mapping[str, type[Rule]] = field(default_factory=lambda: RULES)
    settings: Mapping[str, Any] = field(default_factory=dict)
    merges_chatter: bool = True

    def of(self, rule: type[Rule]) -> Any:
        """The parameters of a rule."""
        return self.settings.get(rule.id) or rule.Settings()


EVERY_RULE = Ruleset()
