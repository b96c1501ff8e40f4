"""What a benchmark found, as plain text, Markdown and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are cells as shown, one for each of `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Result:
    """`numbers` are the same figures, unrounded, for programs; `notes` say how they were taken."""

    name: str
    tables: list[Table]
    numbers: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def text(table: Table) -> str:
    """The table in columns of equal width, names to the left and figures to the right."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]

    def line(cells: Sequence[str]) -> str:
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "  ".join([cells[0].ljust(widths[0]), *others])

    return "\n".join([table.title, line(table.columns), "  ".join("-" * w for w in widths), *map(line, table.rows)])


def markdown(result: Result, machine: dict[str, Any]) -> str:
    parts = [f"# {result.name}", ", ".join(f"{name} {value}" for name, value in machine.items())]
    for table in result.tables:
        rule = "|".join([" --- ", *[" ---: "] * (len(table.columns) - 1)])
        rows = [f"| {' | '.join(row)} |" for row in table.rows]
        parts += [f"## {table.title}", "\n".join([f"| {' | '.join(table.columns)} |", f"|{rule}|", *rows])]
    parts += ["\n".join(f"* {note}" for note in result.notes)] if result.notes else []
    return "\n\n".join(parts) + "\n"


def keep(result: Result, machine: dict[str, Any]) -> None:
    """Write results/{name}.json and .md over the ones before."""
    RESULTS.mkdir(exist_ok=True)
    whole = asdict(result) | {"machine": machine}
    (RESULTS / f"{result.name}.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (RESULTS / f"{result.name}.md").write_text(markdown(result, machine), "utf-8")


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over several runs."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def spread(ratios: Sequence[float]) -> str:
    """The median, with the lowest and the highest where they differ."""
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
