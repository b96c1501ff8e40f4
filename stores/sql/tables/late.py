"""Enterprises with readings that came too late for the running judgement."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from stores.sql.tables.metadata import metadata

# `enterprise` is no foreign key, as in `alarms`.
late_readings = Table(
    "late_readings",
    metadata,
    Column("enterprise", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
)
