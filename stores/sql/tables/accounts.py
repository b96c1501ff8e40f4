"""People, what they sign in with (hashes only) and what they did."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from core.jurisdiction import Role
from stores.sql.columns import EnumText, RowId
from stores.sql.tables.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", EnumText(Role), nullable=False),
    Column("district", Text),
    Column("password_hash", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret_hash", Text, primary_key=True),
    Column("user", RowId, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user", RowId, ForeignKey("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
    Index("ix_login_failures_key_at", "key", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
