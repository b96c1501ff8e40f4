"""`nightwatt screen`: all lists of the screening over files, one finding a line."""

import json
from contextlib import closing
from pathlib import Path
from typing import TextIO

from analytics.screening.imbalance import DEFAULTS
from analytics.screening.lists.history import history
from analytics.screening.settings import Screening
from analytics.screening.survey import survey
from api.fields import finite
from api.web.findings import Telling, told_first
from api.web.show import Show
from api.web.words import Words
from core.errors import RegistryErrors, SetupError
from core.interval import DAY_MS, local_date, to_text
from core.registry import Registry
from core.screening import Finding, Listed, Period, ScreeningList
from nightwatt.commands.imbalance import GOOD, REFUSED, WRONG_USE, asked, period_of
from nightwatt.screening import month_of, months_between, zone_of
from registry.export import workbook
from registry.read import read_registry
from stores.files import FileReadings

DAYS = 30
"""How many of the last days are screened where no period is asked for."""


def screen(
    registry: Path,
    readings: list[Path],
    *,
    from_: str | None,
    to: str | None,
    xlsx: Path | None,
    language: str,
    out: TextIO,
    err: TextIO,
    settings: Screening = DEFAULTS,
) -> int:
    """Print one JSON line per list and enterprise (or line) to `out`, refused input to `err`; returns the exit code.

    The calendar months before the period, as far as there are readings, are its history. `xlsx` gets the same lists
    as a workbook in `language`.
    """
    try:
        plants = read_registry(registry)
        given = asked(from_, to, plants)
        with closing(FileReadings(readings, plants)) as source:
            period = _period(source, *given)
            findings = _found(plants, source, period, settings)
            refused = source.refused
    except RegistryErrors as error:
        print(error, *error.faults, sep="\n", file=err)
        return REFUSED
    except SetupError as error:
        print(error, file=err)
        return WRONG_USE
    for row in findings:
        print(_line(row), file=out)
    if xlsx:
        xlsx.write_bytes(_workbook(plants, findings, period, language))
    for reason in refused:
        print(reason, file=err)
    return REFUSED if refused else GOOD


def _period(source: FileReadings, from_at: int | None, to_at: int | None) -> Period:
    first, last = period_of(source, from_at, to_at)
    return Period(first if from_at is not None else max(first, last - (DAYS + 1) * DAY_MS), last)


def _found(plants: Registry, source: FileReadings, period: Period, settings: Screening) -> list[Finding]:
    earlier: list[tuple[str, list[Finding]]] = []
    tz, span = zone_of(plants), source.span()
    first = local_date(period.from_at, tz).replace(day=1)
    for month in months_between(span[0], period.from_at, tz) if span else []:
        if month < first:
            past, whole = history(earlier), month_of(month, tz)
            earlier.append((whole.name, survey(plants, source, whole, past=past, settings=settings).findings))
    return survey(plants, source, period, past=history(earlier), settings=settings).findings


def _line(row: Finding) -> str:
    shown = {
        "list": row.list.value,
        "enterprise": row.enterprise,
        "line": row.subject if row.subject != row.enterprise else None,
        "value": row.value,
        "limit": row.limit,
        "judgement": row.judgement.value,
        "flagged": row.flagged,
        "reason": row.reason,
        "remark": row.remark,
        "evidence": finite(dict(row.evidence)),
    }
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def _workbook(plants: Registry, findings: list[Finding], period: Period, language: str) -> bytes:
    words = Words(language)
    telling, names = Telling(words, Show(words, period.to_at)), {row.id: row.name for row in plants.lines}
    listed = [
        Listed(row, plants.enterprise(row.enterprise), names.get(row.subject), None, int(row.flagged))
        for row in findings
    ]
    found = {list_: [row for row in listed if row.finding.list is list_] for list_ in ScreeningList}
    counts = [(list_, sum(row.finding.flagged for row in rows), len(rows)) for list_, rows in found.items()]
    named = f"{to_text(period.from_at)} – {to_text(period.to_at)}"
    sheets = [(words("export.title"), telling.explanation(named, "", counts))]
    return workbook(
        sheets + [(words(f"screening.{list_}"), telling.sheet(told_first(rows))) for list_, rows in found.items()]
    )
