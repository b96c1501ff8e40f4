"""Messages that could not be understood, kept whole until newer ones push them out or they are old."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select

from core.interval import DAY_MS
from core.ports import ALL_LETTERS
from core.records import DeadLetter, LetterFilter, Page
from stores.sql.engine import Database
from stores.sql.paging import LARGEST, bounded, page_of, read_cursor
from stores.sql.tables import dead_letters

REASON_LENGTH = 500
IDS_AT_ONCE = 500

_COLUMNS = tuple(dead_letters.c[name] for name in DeadLetter.__dataclass_fields__)


class SqlDeadLetters:
    """core.ports.DeadLetters.

    keep        letters that stay at most
    keep_bytes  of payload that stay at most; the newest letter stays whatever its size
    keep_for    ms that a letter stays at most
    """

    def __init__(
        self, db: Database, *, keep: int = 10_000, keep_bytes: int = 64 * 1024 * 1024, keep_for: int = 90 * DAY_MS
    ) -> None:
        self._db = db
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._keep_for = keep_for

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

    def letters(self, wanted: LetterFilter = ALL_LETTERS, *, limit: int, cursor: str | None = None) -> Page[DeadLetter]:
        """Newest first."""
        columns = dead_letters.c
        query = select(*_COLUMNS).where(*_conditions(wanted)).order_by(columns.id.desc()).limit(bounded(limit) + 1)
        if cursor is not None:
            query = query.where(columns.id < read_cursor(cursor)[0])
        with self._db.read() as connection:
            rows = [DeadLetter(*row) for row in connection.execute(query)]
        return page_of(rows, limit, lambda letter: str(letter.id))

    def letter(self, id: int) -> DeadLetter | None:
        """None where there is none, or no longer."""
        with self._db.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(dead_letters.c.id == id)).one_or_none()
        return None if row is None else DeadLetter(*row)

    def reasons(self, *, limit: int) -> list[tuple[str, int]]:
        """The most frequent first, then by name."""
        columns = dead_letters.c
        count = func.count()
        query = select(columns.reason, count).group_by(columns.reason).order_by(count.desc(), columns.reason)
        with self._db.read() as connection:
            return [(reason, found) for reason, found in connection.execute(query.limit(bounded(limit)))]

    def remove(self, ids: Collection[int]) -> int:
        """In one transaction."""
        wanted = sorted({id for id in ids if 0 < id <= LARGEST})
        with self._db.write() as connection:
            parts = (wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE))
            return sum(connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(p))).rowcount for p in parts)

    def age(self, *, now: int) -> int:
        """By the instant of their arrival."""
        with self._db.write() as connection:
            old = dead_letters.c.received_at < now - self._keep_for
            return connection.execute(delete(dead_letters).where(old)).rowcount

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


def _conditions(wanted: LetterFilter) -> Iterator[ColumnElement[bool]]:
    columns = dead_letters.c
    if wanted.text:
        text = _storable(wanted.text)
        yield or_(*(column.icontains(text, autoescape=True) for column in (columns.topic, columns.reason)))
    if wanted.reason is not None:
        yield columns.reason == _storable(wanted.reason)
    if wanted.topic:
        yield columns.topic.startswith(_storable(wanted.topic), autoescape=True)
    if wanted.from_at is not None:
        yield columns.received_at >= wanted.from_at
    if wanted.to_at is not None:
        yield columns.received_at < wanted.to_at


def _storable(text: str) -> str:
    """The text without what a database can't take (lone surrogates, NUL): a bad name must not stop the rest."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
