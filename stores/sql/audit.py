"""Who did what, from where. Rows are added and read, never changed."""

from sqlalchemy import insert, select

from core.records import AuditEntry, Page
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.tables import audit

LENGTH = 1000
"""Characters of a text that are kept; names and addresses come from outside."""

_COLUMNS = tuple(audit.c[name] for name in AuditEntry.__dataclass_fields__)


class SqlAudit:
    """core.ports.Audit."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def write(
        self, *, at: int, actor: str, action: str, subject: str = "", address: str = "", detail: str = ""
    ) -> None:
        """Durable once it returns."""
        texts = {"actor": actor, "action": action, "subject": subject, "address": address, "detail": detail}
        with self._db.write() as connection:
            connection.execute(insert(audit).values(at=at, **{key: text[:LENGTH] for key, text in texts.items()}))

    def entries(self, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        """Newest first."""
        query = select(*_COLUMNS).order_by(audit.c.id.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(audit.c.id < read_cursor(cursor)[0])
        with self._db.read() as connection:
            rows = [AuditEntry(*row) for row in connection.execute(query)]
        return page_of(rows, limit, lambda entry: str(entry.id))
