"""The lists of the screening beside the day/night imbalance."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "screening_periods",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("month", sa.Date()),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=False),
        sa.Column("screened_at", sa.BigInteger(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_screening_periods"),
        sa.UniqueConstraint("name", name="uq_screening_periods_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "screening_findings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("period", ROW_ID, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("limit_value", sa.Float()),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("change", sa.Text()),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_screening_findings"),
        sa.ForeignKeyConstraint(
            ["period"],
            ["screening_periods.id"],
            name="fk_screening_findings_period_screening_periods",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("period", "list", "subject", name="uq_screening_findings_period_list_subject"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_screening_findings_enterprise", "screening_findings", ["enterprise"])
