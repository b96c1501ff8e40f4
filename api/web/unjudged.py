"""What could not be judged, for the page of an enterprise: neither good nor a violation, but said aloud."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from string import Formatter

from markupsafe import Markup, escape

from api.web.evidence import Facts, Text
from api.web.show import Show
from api.web.subjects import Subjects
from core.records import Unjudged

SHOWN = 8
"""Subjects that are named under one reason; of the others the number is given."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What can't be judged for one reason. `example` stands for all: their reasons read alike.

    rules     that can't judge for this reason
    subjects  a row for each subject, at most SHOWN; `more` are left out
    """

    example: Unjudged
    rules: tuple[str, ...]
    subjects: tuple[Unjudged, ...]
    more: int


def gaps(found: Sequence[Unjudged]) -> list[Gap]:
    """By reason and what belongs to it, in the order in which they come."""
    grouped: dict[tuple[str, str, int | None], list[Unjudged]] = {}
    for row in found:
        grouped.setdefault((row.reason, repr(row.detail), row.since), []).append(row)
    return [_gap(rows) for rows in grouped.values()]


def _gap(rows: Sequence[Unjudged]) -> Gap:
    subjects = tuple({row.subject: row for row in rows}.values())
    rules = tuple(dict.fromkeys(row.rule for row in rows))
    return Gap(rows[0], rules, subjects[:SHOWN], max(0, len(subjects) - SHOWN))


def why_unjudged(show: Show, subjects: Subjects, row: Unjudged, tz: str) -> Text:
    """The reason in words, after what it is about. A code without words stands as it is."""
    facts, words = Facts(show, tz, partial(subjects.thing, row.enterprise)), show.words
    detail = row.detail | ({} if row.since is None else {"since_at": row.since})
    about = [facts.value(name, detail.pop(name)) for name in ("line", "facility", "meter") if detail.get(name)]
    told: Text = words.name("unjudged", row.reason)
    key = f"unjudged.{row.reason}.detail"
    if words.has(key) and (needed := _names(words(key))) <= detail.keys():
        values = {name: facts.value(name, detail.pop(name)) for name in needed}
        told = escape(words(key)).format(**values)
    rest = [Markup("{} {}").format(fact.name, fact.value) for fact in facts(detail)]
    said = escape(words("list.gap")).join([escape(told), *rest])
    return Markup("{}{}{}").format(escape(" · ").join(about), ": " if about else "", said)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
