"""docs/rules.md says of every rule what the code says."""

import re
from pathlib import Path

import pytest

from analytics.rule_choice import parameters
from analytics.rules import RULES

TEXT = (Path(__file__).parents[2] / "docs/rules.md").read_text("utf-8")
ROW = re.compile(r"^\| (?P<name>[a-z_]+) \| (?P<default>[0-9.]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)


def sections() -> dict[str, str]:
    """The text under each heading of a rule."""
    _, _, after = TEXT.partition("## The rules\n")
    own, _, _ = after.partition("\n## ")
    parts = re.split(r"^### (\S+) .*$", own, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_rule_has_a_section_and_every_section_is_of_a_rule() -> None:
    assert set(sections()) == set(RULES)


@pytest.mark.parametrize("id", RULES)
def test_a_section_has_the_statement_in_both_languages(id: str) -> None:
    assert RULES[id].says["zh"] in sections()[id]
    assert RULES[id].says["en"] in sections()[id]


@pytest.mark.parametrize("id", RULES)
def test_a_section_has_each_setting_with_its_default(id: str) -> None:
    written = {row["name"]: float(row["default"]) for row in ROW.finditer(sections()[id])}
    assert written == {name: float(value) for name, value in parameters(RULES[id]).items()}


@pytest.mark.parametrize("id", RULES)
def test_tickets_are_called_tickets_and_evidence_is_named(id: str) -> None:
    assert ("Ticket." in sections()[id]) == RULES[id].ticket
    assert "Evidence:" in sections()[id]
