"""Periods of the screening and what every list found in them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from core.screening import Change, Judgement, ScreeningList
from stores.sql.columns import EnumText, RowId
from stores.sql.tables.metadata import metadata

# `name` is 2024-03 of a month, running/2024-03-18 of the running period that ended on that local date.
screening_periods = Table(
    "screening_periods",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("month", Date),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("screened_at", BigInteger, nullable=False),
    Column("stale", Boolean, nullable=False),
    UniqueConstraint("name"),
    sqlite_autoincrement=True,
)

# `evidence` is JSON text, which nothing looks into; older running periods keep none.
screening_findings = Table(
    "screening_findings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("period", RowId, ForeignKey("screening_periods.id", ondelete="CASCADE"), nullable=False),
    Column("list", EnumText(ScreeningList), nullable=False),
    Column("subject", Text, nullable=False),
    Column("enterprise", Text, nullable=False),
    Column("value", Float),
    Column("limit_value", Float),
    Column("judgement", EnumText(Judgement), nullable=False),
    Column("reason", Text, nullable=False),
    Column("remark", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("change", EnumText(Change)),
    Column("periods", Integer, nullable=False),
    UniqueConstraint("period", "list", "subject"),
    Index("ix_screening_findings_enterprise", "enterprise"),
    sqlite_autoincrement=True,
)
