"""What people did to filings and orders, kept in order; and that the registry grew by it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, insert, select

from core.errors import NotAllowed
from core.filing_life import Step
from core.jurisdiction import Scope
from core.registry import Registry
from stores.sql.scoping import within
from stores.sql.shelves import Shelf
from stores.sql.tables import enterprises, facilities, filing_steps, imports, lines, order_steps

LENGTH = 1000
"""Characters of a reason that are kept."""

STEPS: dict[str, Table] = {"filings": filing_steps, "orders": order_steps}
"""By the name of the registry's table."""

_ENTERPRISES = enterprises.alias()


def note(connection: Connection, table: Table, subjects: Sequence[str], step: Step) -> None:
    """Add one step to the life of each."""
    values = {"at": step.at, "actor": step.actor, "move": step.move, "reason": step.reason[:LENGTH]}
    connection.execute(insert(table), [values | {"subject": id} for id in subjects])


def read_steps(connection: Connection, table: Table, subject: str) -> list[Step]:
    """In the order in which they were taken."""
    columns = (table.c.at, table.c.actor, table.c.move, table.c.reason)
    rows = connection.execute(select(*columns).where(table.c.subject == subject).order_by(table.c.id))
    return [Step(*row) for row in rows]


def grow(connection: Connection, *, by: str, now: int, changed: int = 1) -> None:
    """A new version of the registry, so that whoever works with it takes the change up."""
    connection.execute(insert(imports).values(at=now, actor=by, changed_rows=changed))


def replace_if(connection: Connection, shelf: Shelf, before: Any, after: Any) -> None:
    """Write a row unless somebody was faster."""
    table, values = shelf.table, shelf.values_of(after)
    changed = table.update().where(table.c.id == before.id, table.c.status == before.status).values(values)
    if connection.execute(changed).rowcount != 1:
        raise NotAllowed("somebody else has just decided it; look at it again")


def left_alone(connection: Connection, name: str, registry: Registry) -> Sequence[Any]:
    """The records of that table that an import may write: those whose life has not gone on here since."""
    records: Sequence[Any] = getattr(registry, name)
    if name not in STEPS or not records:
        return records
    taken = set(connection.execute(select(STEPS[name].c.subject).distinct()).scalars())
    return [record for record in records if record.id not in taken]


def is_there(connection: Connection, scope: Scope, of: str) -> bool:
    """Whether that id names an enterprise, line or facility of the scope."""
    for table, column in ((facilities, "enterprise"), (lines, "enterprise"), (enterprises, "id")):
        query = select(table.c.id).where(table.c.id == of)
        if connection.execute(within(query, scope, table.c[column])).first() is not None:
            return True
    return False


def owner_of(scope: ColumnElement[str], table: Table) -> ColumnElement[str]:
    """The enterprise of what an order or preset is on; `scope` is a column of `table`."""
    found = [
        select(source.c[column]).where(source.c.id == scope).correlate(table).scalar_subquery()
        for source, column in ((facilities, "enterprise"), (lines, "enterprise"), (_ENTERPRISES, "id"))
    ]
    return func.coalesce(*found)
