"""deploy/nightwatt.toml explains every setting, with the default that the program has."""

import re
import tomllib
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from analytics.rule_choice import ruleset
from analytics.rules import RULES
from nightwatt.dialects import dialects_of
from nightwatt.series import influx_address
from nightwatt.settings import Settings, load_settings

SAMPLE = Path(__file__).parents[2] / "deploy" / "nightwatt.toml"
TEXT = SAMPLE.read_text("utf-8")
TAKEN_IN = tomllib.loads(re.sub(r"(?m)^#(?=\S)", "", TEXT))


def models_in(annotation: Any) -> list[type]:
    """The models of a field: a table, a list of tables, a table of tables."""
    if isinstance(annotation, type) and (issubclass(annotation, BaseModel) or is_dataclass(annotation)):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple, list, dict):
        return [model for part in get_args(annotation) for model in models_in(part)]
    return []


def settings_of(model: type) -> list[tuple[str, Any, Any]]:
    """(name, annotation, default) of each; None for no default."""
    if issubclass(model, BaseModel):
        found = [(name, field.annotation, field.default) for name, field in model.model_fields.items()]
        return [(name, of, None if default is PydanticUndefined else default) for name, of, default in found]
    hints = get_type_hints(model)
    return [
        (field.name, hints[field.name], None if field.default is MISSING else field.default) for field in fields(model)
    ]


def tables_in(value: Any) -> list[dict[str, Any]]:
    """The tables of a value of the sample."""
    if isinstance(value, list):
        return [row for row in value if isinstance(row, dict)]
    if isinstance(value, dict) and value and all(isinstance(part, dict) for part in value.values()):
        return list(value.values())
    return [value] if isinstance(value, dict) else []


def faults(model: type, tables: list[dict[str, Any]], path: str = "") -> list[str]:
    """Settings that the sample leaves out, or gives another default than the program."""
    found = []
    for name, annotation, default in settings_of(model):
        values = [table[name] for table in tables if name in table]
        inner = models_in(annotation)
        if not values:
            found.append(f"{path}{name} is not explained")
        elif inner:
            within = [row for value in values for row in tables_in(value)]
            found += [fault for one in inner for fault in faults(one, within, f"{path}{name}.")]
        elif default not in (None, (), {}) and not any(same(value, default) for value in values):
            found.append(f"{path}{name}: the default is {default!r}, the sample says {values[0]!r}")
    return found


def same(written: Any, default: Any) -> bool:
    if isinstance(default, Path):
        return Path(written) == default
    if isinstance(default, tuple | frozenset):
        return sorted(written) == sorted(default)
    return bool(written == default)


def test_every_setting_is_there_with_its_default() -> None:
    assert faults(Settings, [TAKEN_IN]) == []


def test_the_sample_as_it_is_changes_nothing() -> None:
    assert load_settings({"NIGHTWATT_CONFIG": str(SAMPLE)}) == load_settings({})


def test_every_line_of_it_is_one_that_the_program_takes(tmp_path: Path) -> None:
    file = tmp_path / "nightwatt.toml"
    file.write_text(re.sub(r"(?m)^#(?=\S)", "", TEXT), "utf-8")
    settings = load_settings({"NIGHTWATT_CONFIG": str(file)})
    assert settings.channels
    examples = settings.model_copy(update={"hj212": settings.hj212.model_copy(update={"keys_file": None})})
    assert "feeder-box" in dialects_of(examples)
    assert influx_address(settings).database == "nightwatt"


def test_it_names_every_parameter_of_every_rule_with_its_default() -> None:
    taken_in, defaults = ruleset(TAKEN_IN["rules"]), ruleset({})
    assert taken_in.merges_chatter is defaults.merges_chatter is TAKEN_IN["rules"]["merge_chatter"]
    assert taken_in.rules == defaults.rules
    for id, rule in RULES.items():
        default = rule.Settings()
        assert taken_in.of(rule) == default
        assert set(TAKEN_IN["rules"].get(id, {})) == {field.name for field in fields(default)}


def test_the_check_sees_a_setting_that_is_missing_or_wrong() -> None:
    without = {name: value for name, value in TAKEN_IN.items() if name != "http_port"} | {"hj212_port": 1}
    assert faults(Settings, [without]) == [
        "http_port is not explained",
        "hj212_port: the default is 8212, the sample says 1",
    ]
