"""Screenings with their entries, and messages that could not be understood."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from core.imbalance import LoadClass
from stores.sql.columns import EnumText, RowId
from stores.sql.tables.metadata import metadata

screenings = Table(
    "screenings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("screened_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Columns bear the names of Imbalance's fields; a load that is NaN is NULL.
screening_entries = Table(
    "screening_entries",
    metadata,
    Column("screening", RowId, ForeignKey("screenings.id", ondelete="CASCADE"), nullable=False),
    Column("enterprise", Text, ForeignKey("enterprises.id"), nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("night_kw", Float),
    Column("day_kw", Float),
    Column("ratio", Float),
    Column("valid_days", Integer, nullable=False),
    Column("load_class", EnumText(LoadClass), nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("remark", Text, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("night_window", Text, nullable=False),
    Column("day_window", Text, nullable=False),
    Column("profile_kw", JSON, nullable=False),
    Column("days", JSON, nullable=False),
    Column("excluded_days", JSON, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("screening", "enterprise"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    # Counting rows and bytes reads this index alone, never the payloads.
    Index("ix_dead_letters_id_size", "id", "size"),
    Index("ix_dead_letters_reason_id", "reason", "id"),
    sqlite_autoincrement=True,
)
