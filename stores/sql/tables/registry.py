"""Enterprises and what belongs to them. Columns bear the names of the records' fields (core/registry.py).

`position` keeps the order of import; a meter's `number` is its position and is given out once, for ever.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text

from core.filing import Announced
from core.registry import Kind, Shift
from stores.sql.columns import EnumText, RowId, SetOf, WindowText
from stores.sql.tables.metadata import metadata

imports = Table(
    "imports",
    metadata,
    Column("version", RowId, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("changed_rows", Integer, nullable=False),
)

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("district", Text, nullable=False, index=True),
    Column("township", Text),
    Column("grid", Text),
    Column("industry", Text),
    Column("credit_code", Text),
    Column("lon", Float),
    Column("lat", Float),
    Column("timezone", Text, nullable=False),
    Column("shift", EnumText(Shift)),
    Column("valley_tariff", Boolean, nullable=False),
    Column("pollutants", Text),
    Column("permit", Text),
    Column("contact", Text),
    Column("phone", Text),
    Column("officer", Text),
)

lines = Table(
    "lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("enterprise", Text, ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
)

facilities = Table(
    "facilities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("enterprise", Text, ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("kind", EnumText(Kind), nullable=False),
    Column("line", Text, ForeignKey("lines.id")),
    Column("name", Text),
    Column("stage", Text),
    Column("duty", Text, nullable=False),
    Column("rated_kw", Float),
    Column("on_kw", Float),
    Column("off_kw", Float),
)

meters = Table(
    "meters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("facility", Text, ForeignKey("facilities.id"), nullable=False, index=True),
    Column("interval_s", Integer, nullable=False),
    Column("ct", Float, nullable=False),
    Column("pt", Float, nullable=False),
    Column("values", Text, nullable=False),
    Column("timezone", Text),
    Column("address", Text),
)

thresholds = Table(
    "thresholds",
    metadata,
    Column("meter", Text, ForeignKey("meters.id"), nullable=False),
    Column("quantity", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("position", Integer, nullable=False, unique=True),
    Column("value", Float, nullable=False),
    Column("on_delay_s", Integer, nullable=False),
    Column("off_delay_s", Integer, nullable=False),
    Column("deadband", Float, nullable=False),
    Column("window", WindowText),
    Column("weekdays", SetOf(int), nullable=False),
    PrimaryKeyConstraint("meter", "quantity", "side", "severity"),
)

filings = Table(
    "filings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("enterprise", Text, ForeignKey("enterprises.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("facilities", SetOf(str), nullable=False),
    Column("announces", SetOf(Announced), nullable=False),
    Column("status", Text, nullable=False),
    Column("filed_at", BigInteger),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("scope", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("value", Float),
    Column("window", WindowText),
    Column("level", Text),
    Column("guaranteed_kw", Float),
    Column("status", Text, nullable=False, server_default="issued"),
)
