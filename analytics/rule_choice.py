"""Which rules judge and with which parameters, as people write it down: names and numbers, and nothing else passes.

disabled = ["threshold"]        # or enabled = [...]: then only these
merge_chatter = false           # every crossing is an alarm of its own
[interlock]
warning_s = 600                 # a parameter of the rule, by its name
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from analytics.rules import RULES
from analytics.rules.rule import Rule
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from core.errors import SetupError

ENABLED, DISABLED, MERGE_CHATTER = "enabled", "disabled", "merge_chatter"
_OF_ALL = (ENABLED, DISABLED, MERGE_CHATTER)


def parameters(rule: type[Rule]) -> dict[str, Any]:
    """The parameters of a rule with their defaults."""
    defaults = rule.Settings()
    return {field.name: getattr(defaults, field.name) for field in fields(defaults)}


def ruleset(given: Mapping[str, Any], *, base: Ruleset = EVERY_RULE) -> Ruleset:
    """`base` with what was written down changed; SetupError names what is not known, and what is."""
    unknown = sorted(set(given) - {*_OF_ALL, *RULES})
    if unknown:
        raise SetupError(f"there is no rule {_quoted(unknown)}; there are {', '.join((*RULES, *_OF_ALL))}")
    if ENABLED in given and DISABLED in given:
        raise SetupError("give either enabled or disabled rules, not both")
    kept = set(_rules(given, ENABLED)) if ENABLED in given else set(base.rules) - set(_rules(given, DISABLED))
    return replace(
        base,
        rules={id: rule for id, rule in RULES.items() if id in kept},
        settings={**base.settings, **{id: _settings(id, given[id], base) for id in RULES if id in given}},
        merges_chatter=_merges(given, base),
    )


def _merges(given: Mapping[str, Any], base: Ruleset) -> bool:
    said = given.get(MERGE_CHATTER, base.merges_chatter)
    if not isinstance(said, bool):
        raise SetupError(f"{MERGE_CHATTER} is true or false; {said!r:.40} is neither")
    return said


def _rules(given: Mapping[str, Any], key: str) -> list[str]:
    named = given.get(key, [])
    if not isinstance(named, list) or not all(isinstance(id, str) for id in named):
        raise SetupError(f"{key} is a list of rules, like {key} = [{_quoted(list(RULES)[:1])}]")
    unknown = [id for id in named if id not in RULES]
    if unknown:
        raise SetupError(f"{key}: there is no rule {_quoted(unknown)}; there are {', '.join(RULES)}")
    return named


def _settings(id: str, given: Any, base: Ruleset) -> Any:
    rule = RULES[id]
    if not isinstance(given, Mapping):
        raise SetupError(f"{id}: its parameters are a table, like [{id}]")
    known = parameters(rule)
    unknown = sorted(set(given) - set(known))
    if unknown:
        has = f"it has {', '.join(known)}" if known else "it has none: what it needs is in the registry"
        raise SetupError(f"{id} has no parameter {_quoted(unknown)}; {has}")
    values = {name: _number(f"{id}.{name}", value, like=known[name]) for name, value in given.items()}
    return replace(base.of(rule), **values)


def _number(name: str, value: Any, *, like: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise SetupError(f"{name} is a number, not below 0; {value!r} is none")
    if isinstance(like, int) and value != int(value):
        raise SetupError(f"{name} is a whole number; {value!r} is none")
    return int(value) if isinstance(like, int) else float(value)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(str(name)[:40]) for name in names)
