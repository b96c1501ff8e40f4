"""The page for users says what the code does."""

import re
from pathlib import Path

import pytest

from core.registry import Shift
from registry.columns import TABLES, Table
from registry.read import read_registry

PAGE = (Path(__file__).parents[2] / "docs" / "registry.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_the_page_names_every_column_and_heading(table: Table) -> None:
    section = PAGE.split(f"### {table.name}\n")[1].split("\n##")[0]
    words = set(re.findall(r"\w+", section))
    assert {name for column in table.columns for name in (column.name, *column.chinese)} - words == set()


def test_the_example_is_a_good_registry(tmp_path: Path) -> None:
    for name, block in re.findall(r"`(\w+\.csv)`\n\n((?:    .*\n)+)", PAGE.split("## Example")[1]):
        (tmp_path / name).write_text(re.sub(r"^    ", "", block, flags=re.MULTILINE), encoding="utf-8")
    registry = read_registry(tmp_path)
    assert registry.enterprise("E1").shift is Shift.TWO
    assert (len(registry.meters), len(registry.thresholds), len(registry.filings)) == (4, 1, 1)
