"""Presets: what an emergency response of a level asks of each scope."""

from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, select

from core.jurisdiction import Scope, User
from core.measures import ListedPreset
from core.order import LEVELS, Preset
from core.order_life import check_terms
from stores.sql import shelf_rows
from stores.sql.engine import Database
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES, PRESETS
from stores.sql.steps import grow, is_there, owner_of
from stores.sql.tables import enterprises, presets

OWNER = owner_of(presets.c.scope, presets)


class SqlPresetBook:
    """core.ports.PresetBook."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def presets(self, scope: Scope, *, enterprise: str | None = None) -> list[ListedPreset]:
        query = within(listing(), scope, OWNER)
        if enterprise is not None:
            query = query.where(enterprises.c.id == enterprise)
        with self._db.read() as connection:
            return [listed(row) for row in connection.execute(query).mappings()]

    def set_preset(self, scope: Scope, preset: Preset, *, by: User, now: int) -> ListedPreset | None:
        check_terms(preset.kind, preset.value, preset.window, preset.level)
        with self._db.write() as connection:
            if not is_there(connection, scope, preset.scope):
                return None
            known = _one(connection, scope, preset.scope, preset.level) is not None
            write = shelf_rows.replace if known else shelf_rows.add
            write(connection, PRESETS, [preset])
            grow(connection, by=by.username, now=now)
            return _one(connection, scope, preset.scope, preset.level)

    def remove_preset(self, scope: Scope, of: str, level: str, *, by: User, now: int) -> bool:
        with self._db.write() as connection:
            if _one(connection, scope, of, level) is None:
                return False
            shelf_rows.remove(connection, PRESETS, [(of, level)])
            grow(connection, by=by.username, now=now)
            return True


def listing() -> Select[Any]:
    """All presets with their enterprise, by enterprise and level, to be narrowed."""
    rank = case({level: number for number, level in enumerate(LEVELS)}, value=presets.c.level, else_=len(LEVELS))
    read = select(*PRESETS.columns, *ENTERPRISES.columns).select_from(presets)
    joined = read.join(enterprises, enterprises.c.id == OWNER)
    return joined.order_by(enterprises.c.position, rank, presets.c.position)


def listed(row: RowMapping) -> ListedPreset:
    """The preset of a row that was read by `listing`."""
    return ListedPreset(PRESETS.record_of(row), ENTERPRISES.record_of(row))


def _one(connection: Connection, scope: Scope, of: str, level: str) -> ListedPreset | None:
    query = within(listing(), scope, OWNER).where(presets.c.scope == of, presets.c.level == level)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else listed(row)
