"""What stations say of their facilities: one row for every run of one state."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint

from stores.sql.columns import RowId
from stores.sql.tables.metadata import metadata

# `station` is the name on the wire: it may be unknown to the registry, or be registered later.
facility_states = Table(
    "facility_states",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("station", Text, nullable=False),
    Column("facility", Text, nullable=False),
    Column("state", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("station", "facility", "since"),
)
