"""Screenings and the focus list."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select

from core.imbalance import Imbalance
from core.jurisdiction import Scope
from core.records import FocusEntry
from stores.sql.engine import Database
from stores.sql.scoping import within
from stores.sql.shelves import ENTERPRISES
from stores.sql.tables import enterprises, screening_entries, screenings

_NAMES = tuple(Imbalance.__dataclass_fields__)
_COLUMNS = tuple(screening_entries.c[name] for name in _NAMES)
_NEWEST = select(func.max(screenings.c.id)).scalar_subquery()


class SqlFocusBook:
    """core.ports.FocusBook.

    keep  how many screenings stay as history, the newest among them
    """

    def __init__(self, db: Database, *, keep: int = 60) -> None:
        self._db = db
        self._keep = keep

    def save(self, results: Sequence[Imbalance], *, now: int) -> None:
        """One transaction: readers see the old screening or the new one."""
        with self._db.write() as connection:
            added = insert(screenings).values(screened_at=now).returning(screenings.c.id)
            id = connection.execute(added).scalar_one()
            if results:
                connection.execute(insert(screening_entries), [_values(id, result) for result in results])
            _forget_before(connection, id - self._keep + 1)

    def focus_list(self, scope: Scope) -> list[FocusEntry]:
        """Flagged entries, those without a remark first; no day load at all counts as the steepest."""
        columns = screening_entries.c
        order = (columns.remark != "", columns.ratio.is_not(None), columns.ratio.desc(), enterprises.c.position)
        query = within(_newest(), scope, columns.enterprise).where(columns.flagged).order_by(*order)
        with self._db.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def entry(self, scope: Scope, enterprise: str) -> FocusEntry | None:
        """From the newest screening that has the enterprise."""
        columns = screening_entries.c
        query = within(_entries(), scope, columns.enterprise).where(columns.enterprise == enterprise)
        with self._db.read() as connection:
            row = connection.execute(query.order_by(columns.screening.desc()).limit(1)).mappings().one_or_none()
        return None if row is None else _entry(row)

    def flagged(self) -> int:
        """Without scope, for the metrics."""
        columns = screening_entries.c
        query = select(func.count()).where(columns.screening == _NEWEST, columns.flagged, columns.remark == "")
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()


def _entries() -> Select[Any]:
    return (
        select(*_COLUMNS, *ENTERPRISES.columns, screenings.c.screened_at)
        .join_from(screening_entries, screenings)
        .join(enterprises, enterprises.c.id == screening_entries.c.enterprise)
    )


def _newest() -> Select[Any]:
    return _entries().where(screening_entries.c.screening == _NEWEST)


def _forget_before(connection: Connection, first: int) -> None:
    connection.execute(delete(screening_entries).where(screening_entries.c.screening < first))
    connection.execute(delete(screenings).where(screenings.c.id < first))


def _values(screening: int, result: Imbalance) -> dict[str, Any]:
    values = {name: _null_for_nan(getattr(result, name)) for name in _NAMES}
    return values | {"screening": screening, "profile_kw": [_null_for_nan(kw) for kw in result.profile_kw]}


def _entry(row: RowMapping) -> FocusEntry:
    values = {name: row[column] for name, column in zip(_NAMES, _COLUMNS, strict=True)}
    values |= {name: _nan_for_null(values[name]) for name in ("night_kw", "day_kw")}
    values["profile_kw"] = tuple(_nan_for_null(kw) for kw in values["profile_kw"])
    values |= {name: tuple(values[name]) for name in ("days", "excluded_days")}
    return FocusEntry(Imbalance(**values), ENTERPRISES.record_of(row), row[screenings.c.screened_at])


def _null_for_nan(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _nan_for_null(value: float | None) -> float:
    return math.nan if value is None else value
