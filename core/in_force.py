"""What holds at an instant, of all that was recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.parameters import Noun, Values, Version, limit_named, subject_of
from core.registry import Registry, Threshold


def in_force(versions: Iterable[Version], at: int) -> Values:
    """The fields that versions of one subject set by then; None where it is withdrawn or not there yet."""
    found: dict[str, Any] | None = None
    for version in sorted(versions, key=lambda row: (row.effective_at, row.id)):
        if version.effective_at <= at:
            found = None if version.values is None else {**(found or {}), **version.values}
    return found


def by_subject(versions: Iterable[Version]) -> dict[str, list[Version]]:
    """Versions of one noun, grouped."""
    found: dict[str, list[Version]] = {}
    for version in versions:
        found.setdefault(version.subject, []).append(version)
    return found


def as_of(registry: Registry, versions: Sequence[Version], at: int) -> Registry:
    """The registry with the parameters that those versions put in force at that instant; other rows stay."""
    changed: dict[str, Any] = {}
    for noun in Noun:
        kept = by_subject(version for version in versions if version.noun is noun)
        if kept:
            values = {subject: in_force(found, at) for subject, found in kept.items()}
            changed[noun.value] = _rows(noun, getattr(registry, noun.value), values)
    return replace(registry, **changed)


def limit_of(subject: str, values: Values) -> Threshold | None:
    """The limit of that name with these values; None where it is withdrawn."""
    return None if values is None else Threshold(**limit_named(subject), **values)


def _rows(noun: Noun, rows: Sequence[Any], values: Mapping[str, Values]) -> tuple[Any, ...]:
    subjects = [subject_of(row) for row in rows]
    found = []
    for subject, row in zip(subjects, rows, strict=True):
        new = values.get(subject, {})
        if new is not None:
            found.append(replace(row, **new))
        elif noun is not Noun.THRESHOLDS:  # meters keep their numbers, and facilities what refers to them
            found.append(row)
    if noun is Noun.THRESHOLDS:
        others = (limit_of(subject, new) for subject, new in values.items() if subject not in set(subjects))
        found += [limit for limit in others if limit is not None]
    return tuple(found)
