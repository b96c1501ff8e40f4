"""Versions of parameters in the database. The registry's own tables hold what is in force now; here is all of it.

Of a row that never changed nothing is kept here: it counts as in force since ever. The first change of a row
keeps what it was before as a version of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, select, update

from core.errors import NotAllowed
from core.in_force import by_subject, in_force, limit_of
from core.interval import Window
from core.parameters import EVER, VERSIONED, Change, Noun, Values, Version, limit_named, subject_of
from core.registry import Kind, Registry
from stores.sql import shelf_rows
from stores.sql.shelves import SHELVES
from stores.sql.tables import versions

COLUMNS = tuple(versions.c[name] for name in Version.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who changes parameters, why, from when on, and in which version of the registry that becomes known."""

    by: str
    reason: str
    effective_at: int
    now: int
    known_in: int


def note(
    connection: Connection, changes: Iterable[Change], entry: Entry, *, rows: Mapping[str, Any], registry: Registry
) -> int:
    """Record changes of one noun against `rows` (subject → row as it is now); what would change nothing is left out.

    NotAllowed where a facility or meter that is to change is not there. `registry` tells whose a subject is.
    """
    found, kept = 0, None
    for change in changes:
        if kept is None:
            kept = by_subject(read(connection, versions.c.noun == change.noun))
        row, before = rows.get(change.subject), kept.get(change.subject, [])
        if row is None and change.noun is not Noun.THRESHOLDS:
            raise NotAllowed(f"there is nothing called {change.subject} among the {change.noun.value}")
        if row is not None and not before:
            before = [_first(change, row)]
        force = in_force(before, entry.effective_at)
        fresh = _difference(change, force)
        if fresh is None and (change.values is not None or force is None):
            continue
        if row is not None and not kept.get(change.subject):
            _insert(connection, _first(change, row), enterprise=_owner(registry, change), taken=True)
        version = Version(
            0, change.noun, change.subject, "", entry.effective_at, entry.now, entry.by, entry.reason, fresh
        )
        _insert(connection, replace(version, known_in=entry.known_in), enterprise=_owner(registry, change), taken=False)
        found += 1
    return found


def due(connection: Connection, now: int) -> list[tuple[Noun, str]]:
    """Subjects with a version that takes effect by `now` and has not been taken over yet."""
    query = select(versions.c.noun, versions.c.subject).distinct().where(_untaken(now))
    return [(noun, subject) for noun, subject in connection.execute(query)]


def settle(connection: Connection, now: int) -> int:
    """Bring the registry's own tables to what is in force now; how many subjects that concerned."""
    waiting = due(connection, now)
    for noun in {noun for noun, _ in waiting}:
        subjects = {subject for other, subject in waiting if other is noun}
        kept = by_subject(read(connection, versions.c.noun == noun, versions.c.subject.in_(sorted(subjects))))
        _take_over(connection, noun, {subject: in_force(kept[subject], now) for subject in subjects})
    if waiting:
        connection.execute(update(versions).where(_untaken(now)).values(taken=True))
    return len(waiting)


def read(connection: Connection, *conditions: ColumnElement[bool]) -> list[Version]:
    """Versions in the order of recording."""
    query = select(*COLUMNS).where(*conditions).order_by(versions.c.id)
    return [version_of(row) for row in connection.execute(query).mappings()]


def version_of(row: RowMapping) -> Version:
    """The version of a row that was read with this table's columns."""
    values = {name: row[column] for name, column in zip(Version.__dataclass_fields__, COLUMNS, strict=True)}
    return Version(**(values | {"values": _decoded(values["values"])}))


def _take_over(connection: Connection, noun: Noun, values: Mapping[str, Values]) -> None:
    shelf = SHELVES[noun.value]
    rows = {subject_of(row): row for row in shelf_rows.stored(connection, shelf).values()}
    changed = [replace(rows[name], **new) for name, new in values.items() if new is not None and name in rows]
    shelf_rows.replace(connection, shelf, changed)
    if noun is Noun.THRESHOLDS:
        shelf_rows.add(
            connection, shelf, [limit_of(name, new) for name, new in values.items() if new and name not in rows]
        )
        gone = [rows[name] for name, new in values.items() if new is None and name in rows]
        shelf_rows.remove(connection, shelf, [shelf.key_of(row) for row in gone])


def _first(change: Change, row: Any) -> Version:
    values = {name: getattr(row, name) for name in VERSIONED[change.noun]}
    return Version(0, change.noun, change.subject, "", EVER, EVER, "", "", values)


def _difference(change: Change, before: Values) -> Values:
    """What the change says anew, of a limit all of it; None where that is nothing."""
    if change.values is None or before is None:
        return change.values
    new = {name: value for name, value in change.values.items() if before.get(name) != value}
    if new and change.noun is Noun.THRESHOLDS:
        return dict(change.values)
    return new or None


def _owner(registry: Registry, change: Change) -> str:
    if change.noun is Noun.FACILITIES:
        return registry.facility(change.subject).enterprise
    meter = limit_named(change.subject)["meter"] if change.noun is Noun.THRESHOLDS else change.subject
    return registry.facility(registry.meters[registry.meter_number[meter]].facility).enterprise


def _insert(connection: Connection, version: Version, *, enterprise: str, taken: bool) -> None:
    row = {name: getattr(version, name) for name in Version.__dataclass_fields__ if name != "id"}
    row |= {"enterprise": enterprise, "values": _encoded(version.values), "taken": taken}
    connection.execute(insert(versions), row)


def _untaken(now: int) -> ColumnElement[bool]:
    return and_(versions.c.taken.is_(False), versions.c.effective_at <= now)


def _encoded(values: Values) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: str(value) if isinstance(value, Window) else sorted(value) if isinstance(value, frozenset) else value
        for name, value in values.items()
    }


def _decoded(values: Values) -> Values:
    if values is None:
        return None
    return {name: _DECODERS[name](value) if name in _DECODERS and value else value for name, value in values.items()}


_DECODERS: dict[str, Callable[[Any], Any]] = {"kind": Kind, "window": Window.parse, "weekdays": frozenset}
