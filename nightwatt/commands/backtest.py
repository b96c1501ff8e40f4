"""`nightwatt backtest`: the live engine over files of readings, one transition a line."""

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

from analytics.engine import Engine
from analytics.paced import paced
from analytics.rule_choice import ruleset
from analytics.rules.ruleset import EVERY_RULE, Ruleset
from core.alarm import Transition
from core.errors import RegistryErrors, SetupError
from core.interval import DAY_MS, to_text
from ingest.quality import Marks, circuits
from nightwatt.commands.imbalance import asked
from registry.read import read_registry
from stores.files import FileReadings

GOOD, REFUSED, WRONG_USE = 0, 1, 2

RUN_UP_MS = 21 * DAY_MS
"""Readings before --from that bring the engine into the state of that time: states, delays and baselines."""
BATCH_ROWS = 1_000_000
LARGEST_RULES_FILE = 1_000_000


def backtest(
    registry: Path,
    readings: list[Path],
    *,
    from_: str | None,
    to: str | None,
    rules: Path | None,
    out: TextIO,
    err: TextIO,
) -> int:
    """Print what the live engine would have said of these readings to `out`, in order of time; returns the exit code.

    Alarms that still stand at the end have no line for that. Refused input goes to `err`.
    """
    try:
        chosen = EVERY_RULE if rules is None else read_rules(rules)
        plants = read_registry(registry)
        from_at, to_at = asked(from_, to, plants)
        with closing(FileReadings(readings, plants, batch_rows=BATCH_ROWS)) as source:
            progress = _progress(err, source.span())
            found = history(Engine(plants, chosen), source, from_at=from_at, to_at=to_at, on_progress=progress)
            lines = [json.dumps(line(row), ensure_ascii=False) for row in sorted(found, key=lambda row: row.at)]
            refused = source.refused
    except RegistryErrors as error:
        print(error, *error.faults, sep="\n", file=err)
        return REFUSED
    except SetupError as error:
        print(error, file=err)
        return WRONG_USE
    for text in lines:
        print(text, file=out)
    for reason in refused:
        print(reason, file=err)
    return REFUSED if refused else GOOD


def history(
    engine: Engine,
    source: FileReadings,
    *,
    from_at: int | None,
    to_at: int | None,
    on_progress: Callable[[int], None],
) -> Iterator[Transition]:
    """Transitions with from <= at < to, as they are found.

    Readings get the marks that they would have got on the road.
    """
    first, last = source.span() or (0, 0)
    start = first if from_at is None else from_at
    end = last + 1 if to_at is None else to_at
    marks = Marks(circuits(engine.registry))
    # Marks look at everything that a meter says; of the other columns there are none.
    for batch in source.scan(start - RUN_UP_MS, end, quantities=source.quantities):
        for row in paced(engine, marks.mark(batch), now=last):
            if start <= row.at < end:
                yield row
        on_progress(int(batch.ts[-1]))


def line(row: Transition) -> dict[str, object]:
    """A transition as JSON."""
    found: dict[str, object] = {
        "at": to_text(row.at),
        "rule": row.rule,
        "subject": row.subject,
        "enterprise": row.enterprise,
        "severity": row.severity,
        "state": row.state.value,
        "since": to_text(row.since),
        "reason": row.reason,
    }
    return found | ({"ticket": True} if row.ticket else {})


def read_rules(path: Path) -> Ruleset:
    """The rules that a TOML or JSON file chooses; SetupError where it is neither, or names what is not known."""
    try:
        if path.stat().st_size > LARGEST_RULES_FILE:
            raise SetupError(f"{path} is too large for a file of rules")
        text = path.read_text(encoding="utf-8-sig")
        given: Any = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SetupError(f"can't read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SetupError(f"can't read {path}: {error}") from error
    if not isinstance(given, dict):
        raise SetupError(f"{path} holds no table of rules")
    try:
        return ruleset(given)
    except SetupError as error:
        raise SetupError(f"{path}: {error}") from error


def _progress(err: TextIO, span: tuple[int, int] | None) -> Callable[[int], None]:
    """The event time on the line of a terminal; elsewhere nothing."""
    if not err.isatty() or span is None:
        return lambda at: None
    first, last = span

    def tell(at: int) -> None:
        share = (at - first) / max(last - first, 1)
        print(f"\r{to_text(at)[:10]} {min(share, 1):4.0%}", end="\n" if at >= last else "", file=err, flush=True)

    return tell
