"""Revisions of alarms by late readings, and the hours of energy that the engine learns from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alarm_revisions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("alarm", ROW_ID, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["alarm"], ["alarms.id"], name="fk_alarm_revisions_alarm"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_revisions"),
    )
    op.create_index("ix_alarm_revisions_alarm", "alarm_revisions", ["alarm"])
    op.create_table(
        "energy_hours",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kwh", sa.LargeBinary(), nullable=False),
        sa.Column("seconds", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_energy_hours"),
    )
