"""The registry in the database: imports are merged, rows keep their order, meters keep their numbers."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, func, insert, select

from core.errors import NotAllowed
from core.in_force import as_of, by_subject
from core.jurisdiction import Scope
from core.parameters import EVER, Change, Noun, Version
from core.ratios import RatioHistory, ratio_history
from core.registry import Registry
from stores.sql import shelf_rows
from stores.sql import versions as in_time
from stores.sql.engine import Database
from stores.sql.merging import lost_link, merge_all, note_all, stored_registry
from stores.sql.scoping import within
from stores.sql.shelves import METERS
from stores.sql.tables import imports, versions

MOST_VERSIONS = 501


class SqlRegistryBook:
    """core.ports.RegistryBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def load(self, at: int | None = None, *, known: int | None = None) -> Registry:
        """The whole registry in one consistent view: as it is now, or as it was in force at an instant."""
        with self._db.read() as connection:
            registry = _load(connection)
            if at is None:
                return registry
            conditions = [] if known is None else [versions.c.known_in <= known]
            found = in_time.read(connection, *conditions)
            return replace(as_of(registry, found, at), version=registry.version if known is None else known)

    def changes(self, start: int, end: int) -> list[int]:
        """Instants in (start, end), ascending."""
        effective = versions.c.effective_at
        query = select(effective).distinct().where(effective > max(start, EVER), effective < end).order_by(effective)
        with self._db.read() as connection:
            return list(connection.execute(query).scalars())

    def version(self, now: int | None = None) -> int:
        """0 before the first import."""
        with self._db.read() as connection:
            if now is None or not in_time.due(connection, now):
                return _version(connection)
        with self._db.write() as connection:
            if taken := in_time.settle(connection, now):
                _grow(connection, by="effective date", now=now, changed=taken)
            return _version(connection)

    def save(self, registry: Registry, *, by: str, now: int, effective_at: int | None = None) -> bool:
        """Merge a checked registry; RegistryErrors where its rows don't fit those that are already there."""
        with self._db.write() as connection:
            entry = in_time.Entry(by, "import", now if effective_at is None else effective_at, now, _next(connection))
            changed = merge_all(connection, registry, entry)
            if changed:
                _grow(connection, by=by, now=now, changed=changed)
        return changed > 0

    def set_parameters(
        self, changes: Sequence[Change], *, by: str, reason: str, effective_at: int, now: int
    ) -> list[Version]:
        """All of them or none, in one transaction."""
        if not by.strip() or not reason.strip():
            raise NotAllowed("a change of parameters needs a name and a reason")
        with self._db.write() as connection:
            entry = in_time.Entry(by.strip(), reason.strip(), effective_at, now, _next(connection))
            registry = _load(connection)
            if lost := lost_link(changes, registry):
                raise NotAllowed(lost)
            if not (noted := note_all(connection, changes, entry=entry, registry=registry)):
                return []
            in_time.settle(connection, now)
            _grow(connection, by=entry.by, now=now, changed=noted)
            return in_time.read(connection, versions.c.known_in == entry.known_in)

    def versions(
        self,
        scope: Scope,
        *,
        subjects: Sequence[str] | None = None,
        enterprise: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Version]:
        """The newest first; what was there before anything was versioned is left out."""
        query = within(select(*in_time.COLUMNS), scope, versions.c.enterprise).where(versions.c.recorded_at > EVER)
        if subjects is not None:
            query = query.where(versions.c.subject.in_(list(subjects)[:MOST_VERSIONS]))
        if enterprise is not None:
            query = query.where(versions.c.enterprise == enterprise)
        if before is not None:
            query = query.where(versions.c.id < before)
        query = query.order_by(versions.c.id.desc()).limit(max(1, min(limit, MOST_VERSIONS)))
        with self._db.read() as connection:
            return [in_time.version_of(row) for row in connection.execute(query).mappings()]

    def ratios(self) -> tuple[RatioHistory, ...]:
        """Of the meters whose ratio changed, or was corrected, at some time."""
        with self._db.read() as connection:
            kept = by_subject(in_time.read(connection, versions.c.noun == Noun.METERS))
            rows = list(enumerate(shelf_rows.stored(connection, METERS).values())) if kept else []
        found = (ratio_history(number, row, kept[row.id]) for number, row in rows if row.id in kept)
        return tuple(history for history in found if history is not None)


def _load(connection: Connection) -> Registry:
    return replace(stored_registry(connection), version=_version(connection))


def _version(connection: Connection) -> int:
    version: int = connection.execute(select(func.coalesce(func.max(imports.c.version), 0))).scalar_one()
    return version


def _next(connection: Connection) -> int:
    # A database that counts on may leave a gap: no registry has a version in it.
    return _version(connection) + 1


def _grow(connection: Connection, *, by: str, now: int, changed: int) -> None:
    connection.execute(insert(imports).values(at=now, actor=by, changed_rows=changed))
