"""Messages that could not be understood, kept whole until newer ones push them out."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from core.records import DeadLetter, Page
from stores.sql.engine import Database
from stores.sql.paging import bounded, page_of, read_cursor
from stores.sql.tables import dead_letters

REASON_LENGTH = 500

_COLUMNS = tuple(dead_letters.c[name] for name in DeadLetter.__dataclass_fields__)


class SqlDeadLetters:
    """core.ports.DeadLetters.

    keep        letters that stay at most
    keep_bytes  of payload that stay at most; the newest letter stays whatever its size
    """

    def __init__(self, db: Database, *, keep: int = 10_000, keep_bytes: int = 64 * 1024 * 1024) -> None:
        self._db = db
        self._keep = keep
        self._keep_bytes = keep_bytes

    def put(self, topic: str, payload: bytes, reason: str, *, now: int) -> None:
        """Durable once it returns; the oldest letters go where there are too many."""
        self.put_all([DeadLetter(0, now, topic, payload, reason)])

    def put_all(self, letters: Sequence[DeadLetter]) -> None:
        """As `put`, all in one transaction."""
        rows = [
            {
                "received_at": letter.received_at,
                "topic": _storable(letter.topic),
                "payload": letter.payload,
                "reason": _storable(letter.reason)[:REASON_LENGTH],
                "size": len(letter.payload),
            }
            for letter in letters
        ]
        if rows:
            with self._db.write() as connection:
                connection.execute(insert(dead_letters), rows)
                self._push_out(connection)

    def letters(self, *, limit: int, cursor: str | None = None, reason: str | None = None) -> Page[DeadLetter]:
        """Newest first, of one reason where given."""
        columns = dead_letters.c
        query = select(*_COLUMNS).order_by(columns.id.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(columns.id < read_cursor(cursor)[0])
        if reason is not None:
            query = query.where(columns.reason == reason)
        with self._db.read() as connection:
            rows = [DeadLetter(*row) for row in connection.execute(query)]
        return page_of(rows, limit, lambda letter: str(letter.id))

    def letter(self, id: int) -> DeadLetter | None:
        """None where there is none, or no longer."""
        with self._db.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(dead_letters.c.id == id)).one_or_none()
        return None if row is None else DeadLetter(*row)

    def _push_out(self, connection: Connection) -> None:
        columns = dead_letters.c
        newest = connection.execute(select(func.max(columns.id))).scalar_one()
        connection.execute(delete(dead_letters).where(columns.id <= newest - self._keep))
        total = connection.execute(select(func.coalesce(func.sum(columns.size), 0))).scalar_one()
        if total > self._keep_bytes:
            running = func.sum(columns.size).over(order_by=columns.id.desc())
            stay = select(columns.id, running.label("bytes")).subquery()
            too_many = select(stay.c.id).where(stay.c.bytes > self._keep_bytes, stay.c.id < newest)
            connection.execute(delete(dead_letters).where(columns.id.in_(too_many)))


def _storable(text: str) -> str:
    """The text without what a database can't take (lone surrogates, NUL): a bad name must not stop the rest."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
