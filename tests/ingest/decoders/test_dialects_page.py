"""The page on dialects: its examples give what it says, and its table names every dialect with its topics."""

import io
import json
import re
import tomllib
from pathlib import Path

import pytest

from ingest.decoders import DECODERS
from ingest.decoders.mapping_load import KEYS, UNITS, load_mappings
from nightwatt.commands.decode import decode

PAGE = (Path(__file__).parents[3] / "docs" / "dialects.md").read_text("utf-8")
EXAMPLES = [part for part in PAGE.split("\n## ") if part.startswith("Example: ")]


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of the first table after a text, by the first cell."""
    table = PAGE.split(heading, 1)[1].split("|---", 1)[1].split("\n\n", 1)[0]
    cells = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    return {row[0]: row[1:] for row in cells}


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.partition("\n")[0] for example in EXAMPLES])
def test_an_example_of_the_page_gives_the_readings_that_it_shows(example: str, tmp_path: Path) -> None:
    toml, messages, readings = re.findall(r"```(?:toml|json)\n(.*?)```", example, re.DOTALL)
    file = tmp_path / "messages.jsonl"
    file.write_text(messages, "utf-8")
    out, err = io.StringIO(), io.StringIO()
    dialects = load_mappings(tomllib.loads(toml)["mappings"])
    assert decode(str(file), topic=None, zone=None, out=out, err=err, dialects=dialects) == 0
    assert err.getvalue() == ""
    shown = [json.loads(line) for line in readings.splitlines()]
    given = [json.loads(line) for line in out.getvalue().splitlines()]
    assert given == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in shown
    ]


def test_the_page_has_a_row_for_every_dialect_that_names_its_topics() -> None:
    table = rows("# Dialects")
    for name, dialect in DECODERS.items():
        if dialect.topics:
            assert dialect.topics[0] in table[name][0], name


def test_the_page_names_every_key_and_unit_of_a_mapping() -> None:
    assert set(rows("# A dialect of your own")) == set(KEYS)
    units = {name: set(row[0].split(", ")) for key, row in rows("with a `unit`").items() for name in key.split(", ")}
    assert units == {name: set(factors) for name, factors in UNITS.items()}
