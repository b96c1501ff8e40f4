"""People, their sessions, tokens and failed sign-ins. Only hashes of secrets get here."""

from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.interval import DAY_MS, MINUTE_MS
from core.jurisdiction import Role, User
from core.records import Token
from stores.sql.engine import Database
from stores.sql.tables import login_failures, sessions, tokens, users

FAILURES_KEPT_FOR = DAY_MS
FAILURES_KEPT = 50_000
"""Failed sign-ins that are remembered at most, so that guessing can't fill the disk."""

_KEY_LENGTH = 200
_USER = tuple(users.c[name] for name in User.__dataclass_fields__)
_TOKEN = (tokens.c.id, tokens.c.name, users.c.username, tokens.c.created_at, tokens.c.last_used_at)


class SqlAccounts:
    """core.ports.Accounts."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_user(
        self, username: str, password_hash: str, *, name: str, role: Role, district: str | None, now: int
    ) -> User:
        """ValueError where the username is taken; the account that has it stays as it is."""
        row: dict[str, Any] = {"username": username, "name": name, "role": role, "district": district}
        row |= {"password_hash": password_hash, "created_at": now}
        try:
            with self._db.write() as connection:
                id = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
        except IntegrityError as error:
            raise ValueError(f"there is a user {username!r} already") from error
        return User(id, username, name, role, district)

    def set_password(self, username: str, password_hash: str) -> None:
        """Also ends the user's sessions: whoever knew the old password is out. ValueError for no such user."""
        with self._db.write() as connection:
            id = _id_of(connection, username)
            connection.execute(update(users).where(users.c.id == id).values(password_hash=password_hash))
            connection.execute(delete(sessions).where(sessions.c.user == id))

    def user(self, username: str) -> tuple[User, str] | None:
        """The user and the password hash."""
        query = select(*_USER, users.c.password_hash).where(users.c.username == username)
        with self._db.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else (_user(row), row[users.c.password_hash])

    def users(self) -> list[User]:
        """By username."""
        with self._db.read() as connection:
            return [_user(row) for row in connection.execute(select(*_USER).order_by(users.c.username)).mappings()]

    def open_session(self, user: User, secret_hash: str, *, now: int, expires_at: int) -> None:
        """Also clears away what has expired."""
        row = {"secret_hash": secret_hash, "user": user.id, "created_at": now, "expires_at": expires_at}
        with self._db.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(insert(sessions).values(row))

    def session_user(self, secret_hash: str, *, now: int) -> User | None:
        """None where there is no such session or its time is over."""
        query = select(*_USER).join_from(users, sessions)
        query = query.where(sessions.c.secret_hash == secret_hash, sessions.c.expires_at > now)
        with self._db.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _user(row)

    def close_session(self, secret_hash: str) -> None:
        """No error where there is none."""
        with self._db.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.secret_hash == secret_hash))

    def add_token(self, username: str, name: str, secret_hash: str, *, now: int) -> Token:
        """ValueError for no such user."""
        with self._db.write() as connection:
            row = {"user": _id_of(connection, username), "name": name, "secret_hash": secret_hash, "created_at": now}
            id = connection.execute(insert(tokens).values(row).returning(tokens.c.id)).scalar_one()
        return Token(id, name, username, created_at=now, last_used_at=None)

    def token_user(self, secret_hash: str, *, now: int) -> User | None:
        """Notes the use, to the minute, so that a busy program does not write with every request."""
        query = select(*_USER, tokens.c.id.label("token"), tokens.c.last_used_at).join_from(users, tokens)
        with self._db.read() as connection:
            row = connection.execute(query.where(tokens.c.secret_hash == secret_hash)).mappings().one_or_none()
        if row is None:
            return None
        if (row["last_used_at"] or 0) < now - MINUTE_MS:
            with self._db.write() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row["token"]).values(last_used_at=now))
        return _user(row)

    def tokens(self) -> list[Token]:
        """In the order in which they were made."""
        query: Select[Any] = select(*_TOKEN).join_from(tokens, users).order_by(tokens.c.id)
        with self._db.read() as connection:
            return [Token(*row) for row in connection.execute(query)]

    def failures(self, key: str, *, since: int) -> int:
        """Failed sign-ins since then, that instant included; none is remembered for more than a day."""
        columns = login_failures.c
        query = select(func.count()).where(columns.key == key[:_KEY_LENGTH], columns.at >= since)
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()

    def failed(self, key: str, *, now: int) -> None:
        """Also forgets failures of more than a day ago."""
        columns = login_failures.c
        with self._db.write() as connection:
            added = insert(login_failures).values(key=key[:_KEY_LENGTH], at=now).returning(columns.id)
            id = connection.execute(added).scalar_one()
            connection.execute(delete(login_failures).where(columns.at < now - FAILURES_KEPT_FOR))
            connection.execute(delete(login_failures).where(columns.id <= id - FAILURES_KEPT))

    def succeeded(self, key: str) -> None:
        """Forget the failures of that name or address."""
        with self._db.write() as connection:
            connection.execute(delete(login_failures).where(login_failures.c.key == key[:_KEY_LENGTH]))


def _user(row: RowMapping) -> User:
    return User(**{column.name: row[column] for column in _USER})


def _id_of(connection: Connection, username: str) -> int:
    id: int | None = connection.execute(select(users.c.id).where(users.c.username == username)).scalar_one_or_none()
    if id is None:
        raise ValueError(f"there is no user {username!r}")
    return id
