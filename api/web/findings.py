"""Findings of the screening in words: values, facts of the evidence, and rows for an export."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.web.show import NOTHING, Show, kw, percent
from api.web.words import Words
from core.screening import Change, Judgement, Listed, ScreeningList

Row = Sequence[str | float | None]

_KW = ("night_kw", "day_kw", "usual_kw", "highest_kw", "norm_kw")
_KWH = ("night_kwh", "total_kwh", "treatment_kwh", "production_kwh")
_DAYS = ("days", "excluded_days", "days_out")
_BANDS = ("own_band", "industry_band")
_PLAIN = ("enterprises", "past_days", "nights_above", "industry")
_TEXTS = ("night_window", "day_window", "highest_on")
_SAMPLES = ("earlier", "norms_kw")
FACTS = ("class", *_KW, *_KWH, "coverage", "industry_low", *_BANDS, *_PLAIN, *_TEXTS, *_SAMPLES, *_DAYS, "source")
"""What is told of the evidence, in this order."""

MOST_DAYS_IN_WORDS = 31


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells findings in one language."""

    words: Words
    show: Show

    def value(self, row: Listed) -> str:
        """The figure that is judged, as people write it."""
        if row.finding.value is None:
            return "∞" if row.finding.evidence.get("class") == "night-only" else NOTHING
        return self._figure(row.finding.list, row.finding.value)

    def limit(self, row: Listed) -> str:
        """What it is held against."""
        return NOTHING if row.finding.limit is None else self._figure(row.finding.list, row.finding.limit)

    def _figure(self, list_: ScreeningList, value: float) -> str:
        if list_ is ScreeningList.NIGHT_SHARE:
            return f"{value:.0%}"
        if list_ is ScreeningList.BAND:
            return self.words("screening.n-days", n=int(value))
        return f"{value:.3g}" if list_ is ScreeningList.INTENSITY else f"{value:.2f}"

    def change(self, row: Listed) -> str:
        """New, persistent for n periods, gone …; "" where there is nothing to say."""
        if row.change is Change.PERSISTENT:
            return self.words("change.persistent", n=row.periods)
        return self.words(f"change.{row.change}") if row.change else ""

    def reason(self, row: Listed) -> str:
        """Why a finding is insufficient, or which limit was crossed."""
        parts = [part for part in row.finding.reason.split("; ") if part]
        return self.words("list.gap").join(self.words.name("reason", part) for part in parts)

    def facts(self, row: Listed) -> list[tuple[str, str]]:
        """What the evidence says, as (name, text)."""
        evidence = row.finding.evidence
        named = [(key, evidence[key]) for key in FACTS if evidence.get(key) not in (None, "", [], {})]
        return [(self.words(f"fact.{key}"), self._fact(key, value)) for key, value in named]

    def _fact(self, key: str, value: Any) -> str:
        if key in _KW:
            return kw(value)
        if key in _KWH:
            return kw(value, "kWh")
        if key == "coverage":
            return percent(value)
        if key in _BANDS:
            return " – ".join(f"{end:.3g}" for end in value)
        if key in _DAYS:
            shown = ", ".join(str(day)[5:] for day in value[:MOST_DAYS_IN_WORDS])
            return f"{len(value)} ({shown}{'…' if len(value) > MOST_DAYS_IN_WORDS else ''})"
        if key in _SAMPLES:
            return ", ".join(f"{name} {float(part):.3g}" for name, part in value.items())
        if key == "industry":
            return f"{value} {self.show.trade(str(value))}"
        if key in ("class", "source"):
            return self.words.name(key, value)
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    def sheet(self, rows: Sequence[Listed]) -> list[Row]:
        """A sheet of an export: headings, then the flagged ones, those that are gone and those not judged."""
        heads = ("enterprise-id", "enterprise", "district", "industry", "line", "judgement", "value", "limit")
        more = ("change", "periods", "reason", "remark", "evidence")
        return [[self.words(f"export.{name}") for name in heads + more], *(self._cells(row) for row in rows)]

    def _cells(self, row: Listed) -> Row:
        found, plant = row.finding, row.enterprise
        return [
            plant.id,
            plant.name,
            plant.district,
            " ".join(part for part in (plant.industry, self.show.trade(plant.industry)) if part),
            row.line,
            self.words(f"judgement.{found.judgement}"),
            self.value(row) if found.value is None else round(found.value, 4),
            None if found.limit is None else round(found.limit, 4),
            self.change(row),
            row.periods or None,
            self.reason(row),
            self.show.remark(found.remark),
            "\n".join(f"{name}: {text}" for name, text in self.facts(row)),
        ]

    def explanation(self, period: str, screened_at: str, counts: Sequence[tuple[ScreeningList, int, int]]) -> list[Row]:
        """The sheet that says what the others are; `counts` are (list, flagged, all)."""
        rows: list[Row] = [
            [
                self.words("export.list"),
                self.words("export.flagged"),
                self.words("export.all"),
                self.words("export.what"),
            ]
        ]
        rows += [
            [self.words(f"screening.{list_}"), flagged, total, self.words(f"screening.what.{list_}")]
            for list_, flagged, total in counts
        ]
        told = [("export.period", period), ("export.screened", screened_at), ("export.note", "")]
        return rows + [[self.words(key), None, None, text] for key, text in told]


def told_first(rows: Sequence[Listed]) -> list[Listed]:
    """Those that people act on, in this order: flagged, gone, no longer judged; then the others."""
    rank = {Judgement.FLAGGED: 0, Judgement.NORMAL: 2, Judgement.INSUFFICIENT: 3}
    return sorted(rows, key=lambda row: 1 if row.change is Change.GONE else rank[row.finding.judgement])
