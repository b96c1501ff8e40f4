"""The rules' parameters and which of them judge, as the settings give them to the service."""

from pathlib import Path

import pytest

from analytics.rules.interlock import Interlock
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from core.errors import SetupError
from nightwatt.commands.backtest import read_rules
from nightwatt.settings import load_settings

CHOSEN = """
merge_chatter = false
disabled = ["balance"]

[{under}interlock]
prewarning_s = 600
"""


def settled(folder: Path, text: str) -> Ruleset:
    """What the service judges with under a settings file."""
    file = folder / "nightwatt.toml"
    file.write_text(text)
    return load_settings({"NIGHTWATT_CONFIG": str(file)}).ruleset()


def test_without_a_table_every_rule_judges_with_its_defaults() -> None:
    assert load_settings({}).ruleset() == EVERY_RULE


def test_the_table_chooses_rules_and_their_parameters(tmp_path: Path) -> None:
    found = settled(tmp_path, "[rules]" + CHOSEN.format(under="rules."))
    assert found.of(Interlock).prewarning_s == 600
    assert found.of(Interlock).alarm_s == EVERY_RULE.of(Interlock).alarm_s
    assert set(EVERY_RULE.rules) - set(found.rules) == {"balance"}
    assert found.merges_chatter is False


def test_a_back_test_takes_the_same_table(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(CHOSEN.format(under=""))
    assert read_rules(file) == settled(tmp_path, "[rules]" + CHOSEN.format(under="rules."))


def test_a_variable_gives_the_table_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTWATT_RULES", '{"merge_chatter": false}')
    assert load_settings({}).ruleset().merges_chatter is False


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[rules.interlok]\nalarm_s = 1", r"'rules': there is no rule 'interlok'; there are .*interlock"),
        ("[rules.interlock]\nalarm = 1", r"interlock has no parameter 'alarm'; it has .*alarm_s"),
        ("[rules.interlock]\nalarm_s = -1", r"interlock\.alarm_s is a number, not below 0"),
        ("[rules.interlock]\nalarm_s = inf", r"interlock\.alarm_s is a number"),
        ("[rules]\nmerge_chatter = 1", "merge_chatter is true or false"),
        ("[rules]\nenabled = []\ndisabled = []", "not both"),
        ("[[rules]]\nenabled = []", "'rules'"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(tmp_path: Path, table: str, complaint: str) -> None:
    with pytest.raises(SetupError, match=complaint):
        settled(tmp_path, table)
