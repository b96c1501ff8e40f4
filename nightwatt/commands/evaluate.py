"""`nightwatt evaluate`: the engine over a city whose truth is known, scored rule by rule."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import Progress

from analytics.engine import Engine
from analytics.rules import RULES
from analytics.rules.ruleset import Ruleset
from analytics.scoring import Episodes, Fault, Nearby, Score, score
from core.errors import SetupError
from core.interval import DAY_MS, to_text
from core.readings import FloatArray
from nightwatt.simulate.truth.city import Arrival, KnownCity
from nightwatt.simulate.truth.shape import measured_shape
from nightwatt.simulate.truth.written import write_city

MEASURED_YEAR = Path(__file__).parents[3] / "shared" / "data" / "load" / "steel_2018_15min.csv.gz"
"""Real load beside the checkout, where there is some: one enterprise follows it."""

HEADINGS = (
    "rule", "events", "found", "missed", "false", "precision", "recall",
    "delay beyond on-delay", "false per enterprise and month", "repeats", "low",
)  # fmt: skip


def evaluate(
    *,
    seed: int,
    days: int,
    enterprises: int,
    rules: Sequence[str],
    shape: Path | None,
    as_json: bool,
    write: Path | None,
    out: TextIO,
) -> int:
    """Print the table, or with `as_json` what was missed or false; with `write` only write the city's files."""
    city = KnownCity(seed=seed, days=days, enterprises=enterprises, shape=_shape(shape))
    if write is not None:
        with _watched(city, "writing") as arrivals:
            write_city(city, arrivals, write)
        print(
            json.dumps({"folder": str(write), "meters": len(city.registry.meters), "events": len(city.events)}),
            file=out,
        )
        return 0
    asked = _asked(rules)
    with _watched(city, "judging") as arrivals:
        scores = judged(city, arrivals, asked)
    for line in _faults(scores) if as_json else table(city, scores):
        print(line, file=out)
    return 0


def judged(city: KnownCity, arrivals: Iterator[Arrival], rules: Sequence[str]) -> list[Score]:
    """Step the engine through all that arrives, in order of arrival, and score it."""
    engine = Engine(city.registry, Ruleset({id: rule for id, rule in RULES.items() if id in rules}))
    episodes = Episodes()
    for arrival in arrivals:
        episodes.add(engine.step(arrival.readings, now=arrival.now))
        episodes.add(engine.tick(now=arrival.now))
    near = Nearby(city.events, city.traps)
    return [score(id, city.events, episodes.of(id), near=near) for id in rules]


def _asked(rules: Sequence[str]) -> list[str]:
    unknown = [id for id in rules if id not in RULES]
    if unknown:
        raise SetupError(f"there is no rule {', '.join(unknown)}; there are {', '.join(RULES)}")
    return list(rules) or list(RULES)


def _shape(path: Path | None) -> FloatArray | None:
    if path is None:
        return measured_shape(MEASURED_YEAR) if MEASURED_YEAR.is_file() else None
    if not path.is_file():
        raise SetupError(f"there is no file {path}; --shape takes an interval-energy archive")
    return measured_shape(path)


@contextmanager
def _watched(city: KnownCity, what: str) -> Iterator[Iterator[Arrival]]:
    """The city's arrivals, with a bar on a terminal's standard error."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(what, total=city.days * 24)

        def arrivals() -> Iterator[Arrival]:
            for arrival in city.arrivals():
                yield arrival
                progress.update(bar, advance=1)

        yield arrivals()


def table(city: KnownCity, scores: Sequence[Score]) -> Iterator[str]:
    """Lines of a Markdown table, one rule each."""
    shape = "a measured load" if city.measured else "invented loads only"
    size = f"{len(city.scripts)} enterprises, {len(city.registry.meters)} meters"
    yield f"seed {city.seed}, {city.days} days, {size}, {shape}"
    yield ""
    rows = [HEADINGS, *(_row(city, row) for row in scores)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
    for number, row in enumerate(rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def _row(city: KnownCity, row: Score) -> tuple[str, ...]:
    delay = "–" if row.median_delay_ms is None else f"{row.median_delay_ms / 60_000:+.1f} min"
    rate = row.false_a_month(enterprises=len(city.scripts), span_ms=city.days * DAY_MS)
    counts = (row.events, row.found, row.missed, row.false)
    return (
        row.rule,
        *map(str, counts),
        _share(row.precision),
        _share(row.recall),
        delay,
        f"{rate:.3f}",
        str(row.repeats),
        str(row.low),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _faults(scores: Sequence[Score]) -> Iterator[str]:
    for fault in (fault for row in scores for fault in row.faults):
        yield json.dumps(line_of(fault), ensure_ascii=False)


def line_of(fault: Fault) -> dict[str, object]:
    """A miss or a false alarm for people who look for the reason."""
    return {
        "kind": fault.kind,
        "rule": fault.rule,
        "subject": fault.subject,
        "enterprise": fault.enterprise,
        "at": to_text(fault.at),
        "severity": fault.severity,
        "note": fault.note,
        "nearby": list(fault.nearby),
    }
