"""People, sessions, tokens, failed sign-ins and the audit log."""

from pathlib import Path

import pytest

from core.interval import DAY_MS, MINUTE_MS
from core.jurisdiction import Role, User
from stores.sql.accounts import SqlAccounts
from stores.sql.audit import LENGTH, SqlAudit
from stores.sql.engine import Database, open_database
from tests.cases import NOON, TIANYUAN


@pytest.fixture
def accounts(empty: Database) -> SqlAccounts:
    return SqlAccounts(empty)


@pytest.fixture
def inspector(accounts: SqlAccounts) -> User:
    return accounts.add_user("li", "hash-1", name="李", role=Role.INSPECTOR, district=TIANYUAN, now=NOON)


def test_a_user_is_found_with_the_password_hash(accounts: SqlAccounts, inspector: User) -> None:
    assert inspector.scope.districts == frozenset({TIANYUAN})
    assert accounts.user("li") == (inspector, "hash-1")
    assert accounts.user("nobody") is None
    assert accounts.users() == [inspector]


def test_a_username_is_taken_once(accounts: SqlAccounts, inspector: User) -> None:
    with pytest.raises(ValueError, match="already"):
        accounts.add_user("li", "hash-2", name="other", role=Role.CITY_MONITOR, district=None, now=NOON)
    assert accounts.user("li") == (inspector, "hash-1")


def test_a_new_password_ends_the_sessions(accounts: SqlAccounts, inspector: User) -> None:
    accounts.open_session(inspector, "secret", now=NOON, expires_at=NOON + 10)
    accounts.set_password("li", "hash-2")
    assert accounts.user("li") == (inspector, "hash-2")
    assert accounts.session_user("secret", now=NOON) is None
    with pytest.raises(ValueError, match="nobody"):
        accounts.set_password("nobody", "hash")


def test_a_session_lasts_until_it_expires_or_is_closed(accounts: SqlAccounts, inspector: User) -> None:
    accounts.open_session(inspector, "one", now=NOON, expires_at=NOON + 10)
    accounts.open_session(inspector, "two", now=NOON, expires_at=NOON + 10)
    assert accounts.session_user("one", now=NOON + 9) == inspector
    assert accounts.session_user("one", now=NOON + 10) is None
    accounts.close_session("two")
    assert accounts.session_user("two", now=NOON) is None
    assert accounts.session_user("three", now=NOON) is None


def test_expired_sessions_are_cleared_when_one_is_opened(accounts: SqlAccounts, inspector: User) -> None:
    accounts.open_session(inspector, "old", now=NOON, expires_at=NOON + 10)
    accounts.open_session(inspector, "new", now=NOON + 10, expires_at=NOON + 20)
    assert accounts.session_user("old", now=NOON) is None


def test_a_token_names_its_user_and_remembers_its_last_use(accounts: SqlAccounts, inspector: User) -> None:
    made = accounts.add_token("li", "script", "token-hash", now=NOON)
    assert (made.name, made.username, made.last_used_at) == ("script", "li", None)
    assert accounts.token_user("token-hash", now=NOON + 5) == inspector
    assert accounts.token_user("token-hash", now=NOON + 6) == inspector
    assert [token.last_used_at for token in accounts.tokens()] == [NOON + 5]
    accounts.token_user("token-hash", now=NOON + 6 + MINUTE_MS)
    assert [token.last_used_at for token in accounts.tokens()] == [NOON + 6 + MINUTE_MS]
    assert accounts.token_user("guess", now=NOON) is None
    with pytest.raises(ValueError, match="nobody"):
        accounts.add_token("nobody", "script", "other-hash", now=NOON)


def test_failures_are_counted_by_key_until_success(accounts: SqlAccounts) -> None:
    for at in (NOON, NOON + 1, NOON + 2):
        accounts.failed("user:li", now=at)
    accounts.failed("address:10.0.0.1", now=NOON)
    assert accounts.failures("user:li", since=NOON + 1) == 2
    accounts.succeeded("user:li")
    assert accounts.failures("user:li", since=0) == 0
    assert accounts.failures("address:10.0.0.1", since=0) == 1


def test_failures_are_forgotten_after_a_day(accounts: SqlAccounts) -> None:
    accounts.failed("user:li", now=NOON)
    accounts.failed("user:wang", now=NOON + DAY_MS + 1)
    assert accounts.failures("user:li", since=0) == 0


def test_a_very_long_name_counts_as_one_key(accounts: SqlAccounts) -> None:
    accounts.failed("x" * 100_000, now=NOON)
    assert accounts.failures("x" * 100_000, since=0) == 1


def test_the_audit_log_is_read_newest_first_page_by_page(empty: Database) -> None:
    audit = SqlAudit(empty)
    for i in range(5):
        audit.write(at=NOON + i, actor="li", action="sign-in", address="10.0.0.1", detail="y" * 5000)
    first = audit.entries(limit=3)
    second = audit.entries(limit=3, cursor=first.cursor)
    assert [entry.at - NOON for entry in (*first.rows, *second.rows)] == [4, 3, 2, 1, 0]
    assert second.cursor is None
    assert first.rows[0].detail == "y" * LENGTH
    with pytest.raises(ValueError, match="cursor"):
        audit.entries(limit=3, cursor="newest")


def test_the_database_file_is_nobody_elses_to_read(sqlite_url: str) -> None:
    open_database(sqlite_url).close()
    assert Path(sqlite_url.removeprefix("sqlite:///")).stat().st_mode & 0o077 == 0
