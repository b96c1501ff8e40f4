"""Versions of parameters in time. Rows are added, never changed but for the mark that they have taken effect."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text

from core.parameters import Noun
from stores.sql.columns import EnumText, RowId
from stores.sql.tables.metadata import metadata

# `taken` marks what the registry's own tables have taken over; they hold what is in force now.
versions = Table(
    "versions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("noun", EnumText(Noun), nullable=False),
    Column("subject", Text, nullable=False),
    Column("enterprise", Text, nullable=False, index=True),
    Column("effective_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("values", JSON(none_as_null=True)),
    Column("known_in", Integer, nullable=False),
    Column("taken", Boolean, nullable=False),
    Index(None, "noun", "subject"),
    Index(None, "taken", "effective_at"),
)
