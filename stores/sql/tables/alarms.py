"""Alarms, the transitions that move them (also the outbox), and what became of telling people."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from core.alarm import AlarmState, State
from core.notification import Outcome
from stores.sql.columns import EnumText, RowId
from stores.sql.tables.metadata import metadata

# `enterprise` is no foreign key here: a finding about one that has just been renamed must not be lost.
alarms = Table(
    "alarms",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("enterprise", Text, nullable=False, index=True),
    Column("severity", Integer, nullable=False),
    Column("state", EnumText(AlarmState), nullable=False, index=True),
    Column("since", BigInteger, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("cleared_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("ticket", Boolean, nullable=False, server_default=false()),
    # Set while the condition holds, NULL afterwards: unique, so that one alarm is open per rule and subject.
    Column("open_key", Text, unique=True),
    UniqueConstraint("rule", "subject", "since"),
    Index("ix_alarms_raised_at_id", "raised_at", "id"),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alarm", RowId, ForeignKey("alarms.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("enterprise", Text, nullable=False, index=True),
    Column("severity", Integer, nullable=False),
    Column("state", EnumText(State), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("ticket", Boolean, nullable=False, server_default=false()),
    Column("processed_at", BigInteger),
    Column("notify_outcome", Text, nullable=False),
    Column("claimed_until", BigInteger),
    Column("next_try_at", BigInteger, nullable=False),
)

# What late readings changed: the alarm itself shows what is known now.
alarm_revisions = Table(
    "alarm_revisions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alarm", RowId, ForeignKey("alarms.id"), nullable=False, index=True),
    Column("recorded_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
)

# The table only grows; what waits in it stays few.
Index(
    "ix_transitions_waiting",
    transitions.c.id,
    sqlite_where=text("processed_at IS NULL"),
    postgresql_where=text("processed_at IS NULL"),
)

routes = Table(
    "routes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("family", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("district", Text),
    Column("min_severity", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("switched_on", Boolean, nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("transition", RowId, ForeignKey("transitions.id"), nullable=False, index=True),
    Column("alarm", RowId, ForeignKey("alarms.id"), nullable=False, index=True),
    Column("route", RowId, ForeignKey("routes.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("family", Text, nullable=False),
    Column("attempted_at", BigInteger, nullable=False),
    Column("outcome", EnumText(Outcome), nullable=False),
    Column("outcome_at", BigInteger),
    Column("answer", Text, nullable=False),
    Column("repeat", Boolean, nullable=False),
    Index("ix_notifications_family_outcome", "family", "outcome"),
)

# Energy of every meter in one UTC hour, by the meter's number: what the engine learns from.
energy_hours = Table(
    "energy_hours",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("kwh", LargeBinary, nullable=False),
    Column("seconds", LargeBinary, nullable=False),
)

engine_snapshots = Table(
    "engine_snapshots",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("saved_at", BigInteger, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
)
