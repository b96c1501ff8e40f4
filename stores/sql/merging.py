"""Merging a registry into the database: rows are added and updated; what is versioned in time becomes a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from core.errors import NotAllowed, RegistryErrors, RegistryFault
from core.parameters import VERSIONED, Change, Noun, limit_named, subject_of
from core.registry import Registry
from stores.sql import shelf_rows
from stores.sql import versions as in_time
from stores.sql.shelves import METERS, SHELVES, Shelf
from stores.sql.steps import left_alone

LEARNT = ("on_kw", "off_kw")
"""An empty cell of an import leaves these as they are: they may have been learnt since the file was written."""

Stored = Mapping[str, Mapping[tuple[str, ...], Any]]


def stored_registry(connection: Connection) -> Registry:
    """What the registry's own tables hold, without its version."""
    rows: dict[str, Any] = {
        name: tuple(shelf_rows.stored(connection, shelf).values()) for name, shelf in SHELVES.items()
    }
    return Registry(**rows)


def merge_all(connection: Connection, registry: Registry, entry: in_time.Entry) -> int:
    """Insert and update what differs from the stored rows; return how many rows that were. RegistryErrors."""
    before = {name: shelf_rows.stored(connection, shelf) for name, shelf in SHELVES.items()}
    try:
        changed, moved = 0, list[Change]()
        for name, shelf in SHELVES.items():
            some, changes = _merge(connection, shelf, name, left_alone(connection, name, registry), before=before)
            changed, moved = changed + some, moved + changes
        if moved:
            changed += _note_import(connection, moved, entry)
        in_time.settle(connection, entry.now)
    except IntegrityError as error:
        raise _lost("a row refers to one that is neither here nor in the database") from error
    _refuse_shared_addresses(connection)
    return changed


def note_all(connection: Connection, changes: Sequence[Change], *, entry: in_time.Entry, registry: Registry) -> int:
    """Record the changes that change something, against the registry as it is now; how many those are."""
    found = 0
    for noun in Noun:
        wanted = [change for change in changes if change.noun is noun]
        rows = {subject_of(row): row for row in getattr(registry, noun.value)} if wanted else {}
        found += in_time.note(connection, wanted, entry, rows=rows, registry=registry)
    return found


def lost_link(changes: Iterable[Change], registry: Registry) -> str | None:
    """What a change refers to and is not there: it would be found only once the change takes effect."""
    lines = {row.id: row.enterprise for row in registry.lines}
    for change in changes:
        values = change.values or {}
        line, facility = values.get("line"), values.get("facility")
        if facility is not None and facility not in registry.facility_number:
            return f"there is no facility {facility}"
        if line is not None and line not in lines:
            return f"there is no line {line}"
        if change.noun is Noun.THRESHOLDS and limit_named(change.subject)["meter"] not in registry.meter_number:
            return f"there is no meter {limit_named(change.subject)['meter']}"
    return None


def _note_import(connection: Connection, changes: Sequence[Change], entry: in_time.Entry) -> int:
    registry = stored_registry(connection)
    if lost := lost_link(changes, registry):
        raise _lost(f"a row refers to one that is neither here nor in the database: {lost}")
    try:
        return note_all(connection, changes, entry=entry, registry=registry)
    except NotAllowed as error:
        raise _lost(str(error)) from error


def _merge(
    connection: Connection, shelf: Shelf, name: str, records: Sequence[Any], *, before: Stored
) -> tuple[int, list[Change]]:
    """(rows that changed at once, changes to record as versions)."""
    stored, wanted = before[name], {shelf.key_of(record): record for record in records}
    fresh = [record for key, record in wanted.items() if key not in stored]
    changed = [record for key, record in wanted.items() if key in stored and stored[key] != record]
    if name not in VERSIONED:
        shelf_rows.add(connection, shelf, fresh)
        shelf_rows.replace(connection, shelf, changed)
        return len(fresh) + len(changed), []
    noun = Noun(name)
    # What comes with a new meter, facility or enterprise counts since ever; a limit that joins a known meter does not.
    known = before["meters"] if noun is Noun.THRESHOLDS else {}
    later = [record for record in fresh if noun is Noun.THRESHOLDS and (record.meter,) in known]
    at_once = [record for record in fresh if noun is not Noun.THRESHOLDS or (record.meter,) not in known]
    renamed = [row for new in changed if (row := _renamed(noun, new, old := stored[shelf.key_of(new)])) != old]
    shelf_rows.add(connection, shelf, at_once)
    shelf_rows.replace(connection, shelf, renamed)
    return len(at_once) + len(renamed), [_change(noun, record) for record in [*changed, *later]]


def _renamed(noun: Noun, new: Any, old: Any) -> Any:
    """The new record with the parameters of the old one."""
    return replace(new, **{name: getattr(old, name) for name in VERSIONED[noun]})


def _change(noun: Noun, record: Any) -> Change:
    values = {name: getattr(record, name) for name in VERSIONED[noun]}
    return Change(noun, subject_of(record), {k: v for k, v in values.items() if v is not None or k not in LEARNT})


def _lost(reason: str) -> RegistryErrors:
    return RegistryErrors((RegistryFault("registry", None, None, reason),))


def _refuse_shared_addresses(connection: Connection) -> None:
    """A message's address must lead to one meter, also where two imports came from different hands."""
    meters = METERS.table.c
    shared = select(meters.address).where(meters.address.is_not(None)).group_by(meters.address)
    rows = connection.execute(shared.having(func.count() > 1).order_by(meters.address)).scalars().all()
    if rows:
        reason = "more than one meter, of this file or in the database, has the address"
        raise RegistryErrors(tuple(RegistryFault("meters", None, "address", f"{reason} {row}") for row in rows))
