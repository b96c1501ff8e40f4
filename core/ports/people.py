"""Who may sign in, and what they did."""

from typing import Protocol

from core.jurisdiction import Role, User
from core.records import (
    AuditEntry,
    Page,
    Token,
)


class Accounts(Protocol):
    """People, their sessions and tokens. Secrets are stored only as hashes and never come back."""

    def add_user(
        self, username: str, password_hash: str, *, name: str, role: Role, district: str | None, now: int
    ) -> User: ...

    def set_password(self, username: str, password_hash: str) -> None: ...

    def user(self, username: str) -> tuple[User, str] | None:
        """The user and the password hash."""
        ...

    def users(self) -> list[User]: ...

    def open_session(self, user: User, secret_hash: str, *, now: int, expires_at: int) -> None: ...

    def session_user(self, secret_hash: str, *, now: int) -> User | None: ...

    def close_session(self, secret_hash: str) -> None: ...

    def add_token(self, username: str, name: str, secret_hash: str, *, now: int) -> Token: ...

    def token_user(self, secret_hash: str, *, now: int) -> User | None: ...

    def tokens(self) -> list[Token]: ...

    def failures(self, key: str, *, since: int) -> int:
        """Failed sign-ins of a name or address since then."""
        ...

    def failed(self, key: str, *, now: int) -> None: ...

    def succeeded(self, key: str) -> None:
        """Forget the failures of that name or address."""
        ...


class Audit(Protocol):
    def write(
        self, *, at: int, actor: str, action: str, subject: str = "", address: str = "", detail: str = ""
    ) -> None: ...

    def entries(self, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]: ...
