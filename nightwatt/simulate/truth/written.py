"""The known city as files: its registry, its readings, and apart from them its truth."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from analytics.scoring import Event, Trap
from core.errors import SetupError
from core.interval import to_text
from nightwatt.simulate.truth.city import Arrival, KnownCity
from registry.write import write_registry
from stores.readings_parquet import ParquetReadings

REGISTRY, READINGS, TRUTH = "registry", "readings.parquet", "truth.jsonl"


def write_city(city: KnownCity, arrivals: Iterable[Arrival], folder: Path) -> None:
    """Write `registry/`, `readings.parquet` (as they arrived, twice where they came twice) and `truth.jsonl`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_registry(city.registry, folder / REGISTRY)
        with (folder / TRUTH).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in truth_lines(city))
    except OSError as error:
        raise SetupError(f"can't write to {folder}: {error.strerror or error}") from error
    with ParquetReadings(folder / READINGS, [row.id for row in city.registry.meters]) as file:
        for arrival in arrivals:
            file.add(arrival.readings)


def truth_lines(city: KnownCity) -> Iterator[dict[str, object]]:
    """Events, then traps, one JSON-able line each."""
    yield from (_event(row) for row in city.events)
    yield from (_trap(row) for row in city.traps)


def _event(row: Event) -> dict[str, object]:
    return {
        "event": row.rule,
        "enterprise": row.enterprise,
        "subjects": list(row.subjects),
        "from": to_text(row.from_at),
        "to": to_text(row.to_at),
        "severity": row.severity,
        "due": None if row.due_at is None else to_text(row.due_at),
        "required": row.required,
        "note": row.note,
    }


def _trap(row: Trap) -> dict[str, object]:
    times = {"from": to_text(row.from_at), "to": to_text(row.to_at)}
    return {"trap": row.rule, "enterprise": row.enterprise, **times, "note": row.note}
