"""What happened to filings and orders, the presets of emergency responses, and the responses that were issued."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from stores.sql.columns import RowId, WindowText
from stores.sql.tables.metadata import metadata

# Rows of the two tables of steps are added and read, never changed.
filing_steps = Table(
    "filing_steps",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", Text, ForeignKey("filings.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("move", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

order_steps = Table(
    "order_steps",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", Text, ForeignKey("orders.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("move", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

presets = Table(
    "presets",
    metadata,
    Column("scope", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("position", Integer, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("value", Float),
    Column("window", WindowText),
    Column("guaranteed_kw", Float),
    PrimaryKeyConstraint("scope", "level"),
)

responses = Table(
    "responses",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("district", Text),
    Column("township", Text),
    Column("level", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False),
)

response_orders = Table(
    "response_orders",
    metadata,
    Column("subject", Text, ForeignKey("orders.id"), primary_key=True),
    Column("response", Text, ForeignKey("responses.id"), nullable=False, index=True),
)
