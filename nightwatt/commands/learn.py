"""`nightwatt learn`: on/off thresholds from the power that facilities drew, one proposal a line; applied on demand."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from analytics.corrected import Corrected
from analytics.learning.learner import learn as learnt
from analytics.learning.proposal import Proposal, Verdict
from analytics.replay import History
from core.errors import NotAllowed, RegistryErrors, SetupError
from core.interval import DAY_MS, to_ms, to_text, zone
from core.parameters import Change, running_thresholds
from core.readings import QUANTITIES, IntArray, Readings
from core.registry import DEFAULT_ZONE, Registry
from ingest.quality import Marks, circuits
from nightwatt.books import Books, open_books
from nightwatt.series import open_series
from nightwatt.settings import Settings
from registry.read import read_registry
from stores.files import FileReadings

GOOD, REFUSED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to learn: of which rows of the registry (none named: of all), and over how many days up to the last."""

    meters: Sequence[str] = ()
    facilities: Sequence[str] = ()
    enterprises: Sequence[str] = ()
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Who applies the proposals, why, and from when on (RFC 3339 or local time; None: from now)."""

    by: str
    reason: str
    effective: str | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """Readings of files with the quality marks that they would have got on arrival."""

    files: FileReadings
    marks: Marks = field(default_factory=Marks)

    def scan(
        self, start: int, end: int, *, meters: IntArray | None = None, quantities: Sequence[str] = ("p", "ep")
    ) -> Iterator[Readings]:
        """As core.ports.SeriesStore.scan; a frozen meter is known by all of its quantities."""
        for batch in self.files.scan(start, end, meters=meters, quantities=QUANTITIES):
            yield self.marks.mark(batch)


def learn_from_files(
    settings: Settings,
    registry: Path,
    readings: Sequence[Path],
    *,
    asked: Asked,
    apply: Apply | None,
    now: int,
    out: TextIO = sys.stdout,
    err: TextIO = sys.stderr,
) -> int:
    """From readings files over a registry of files. Returns the exit code; SetupError where it is used wrongly."""
    try:
        plants = read_registry(registry)
    except RegistryErrors as error:
        print(error, *error.faults, sep="\n", file=err)
        return REFUSED
    with closing(FileReadings(readings, plants)) as files:
        last = files.span()
        end = last[1] + 1 if last else now
        found = _learnt(plants, Marked(files, Marks(circuits(plants))), asked=asked, end=end)
        refused = list(files.refused)
    if apply is not None:
        with _books(settings) as books:
            refused += _applied(books, found, apply, now=now)
    return _told(found, refused, out=out, err=err)


def learn_from_store(
    settings: Settings,
    *,
    asked: Asked,
    apply: Apply | None,
    now: int,
    out: TextIO = sys.stdout,
    err: TextIO = sys.stderr,
) -> int:
    """From the series store of the settings. Returns the exit code; SetupError where it can't be opened."""
    if settings.series_url is None and not (settings.data / "readings.duckdb").exists():
        raise SetupError(f"there are no readings in {settings.data}: name files with --registry and --readings")
    with _books(settings) as books:
        plants = books.registry.load()
        with closing(open_series(settings, lambda: plants)) as series:
            found = _learnt(plants, Corrected(series, books.registry.ratios()), asked=asked, end=now)
        refused = _applied(books, found, apply, now=now) if apply is not None else []
    return _told(found, refused, out=out, err=err)


@contextmanager
def _books(settings: Settings) -> Iterator[Books]:
    books = open_books(settings)
    try:
        yield books
    finally:
        books.database.close()


def _learnt(plants: Registry, history: History, *, asked: Asked, end: int) -> list[Proposal]:
    chosen = _chosen(plants, asked)
    return learnt(plants, history, start=end - asked.days * DAY_MS, end=end, facilities=chosen)


def _chosen(plants: Registry, asked: Asked) -> list[str] | None:
    if not (asked.meters or asked.facilities or asked.enterprises):
        return None
    known = {"meter": plants.meter_number, "facility": plants.facility_number, "enterprise": plants.enterprise_number}
    for noun, ids in (("meter", asked.meters), ("facility", asked.facilities), ("enterprise", asked.enterprises)):
        if lost := [id for id in ids if id not in known[noun]]:
            raise SetupError(f"the registry has no {noun} {lost[0]!r}")
    found = {plants.meters[plants.meter_number[id]].facility for id in asked.meters} | set(asked.facilities)
    return sorted(found | {row.id for row in plants.facilities if row.enterprise in asked.enterprises})


def _applied(books: Books, found: Sequence[Proposal], apply: Apply, *, now: int) -> list[str]:
    """Write what is clear into the database; what is not is returned in words."""
    clear = [row for row in found if row.verdict is Verdict.APART]
    changes: list[Change] = [running_thresholds(row.facility, on_kw=row.on_kw, off_kw=row.off_kw) for row in clear]
    effective_at = now if apply.effective is None else _instant(apply.effective)
    try:
        books.registry.set_parameters(changes, by=apply.by, reason=apply.reason, effective_at=effective_at, now=now)
    except NotAllowed as error:
        raise SetupError(f"nothing was applied: {error}") from error
    subject = ", ".join(row.facility for row in clear) or "none"
    books.audit.write(at=now, actor=apply.by, action="set-parameters", subject=subject, detail=apply.reason)
    return [
        f"{row.facility}: not applied, a person must decide: {row.reasons[0]}"
        for row in found
        if row.verdict is not Verdict.APART
    ]


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text.strip())
        return to_ms(at if at.tzinfo else at.replace(tzinfo=zone(DEFAULT_ZONE)))
    except (ValueError, OverflowError) as error:
        raise SetupError(f"{text!r:.40} is not a time like 2026-03-01 or 2026-03-01T06:00:00+08:00") from error


def _told(found: Sequence[Proposal], refused: Sequence[str], *, out: TextIO, err: TextIO) -> int:
    for proposal in found:
        print(json.dumps(_line(proposal), ensure_ascii=False, allow_nan=False), file=out)
    for reason in refused:
        print(reason, file=err)
    return REFUSED if refused else GOOD


def _line(row: Proposal) -> dict[str, object]:
    filled = [i for i, count in enumerate(row.counts.tolist()) if count]
    some = slice(filled[0], filled[-1] + 1) if filled else slice(0)
    return {
        "facility": row.facility,
        "enterprise": row.enterprise,
        **{name: _number(getattr(row, name)) for name in _NUMBERS},
        "days": row.days,
        "readings": row.readings,
        "from": to_text(row.from_at),
        "to": to_text(row.to_at),
        "verdict": row.verdict.value,
        "confidence": row.confidence,
        "reasons": [str(reason) for reason in row.reasons],
        "histogram": {
            "edges_kw": [_number(edge) for edge in row.edges_kw[some].tolist()],
            "counts": row.counts[some].tolist(),
        },
    }


_NUMBERS = (
    "on_kw",
    "off_kw",
    "limit_kw",
    "split_kw",
    "median_on_kw",
    "p99_off_kw",
    "on_share",
    "separation",
)


def _number(value: float) -> float | None:
    """Six significant digits; what is not a number is null."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
