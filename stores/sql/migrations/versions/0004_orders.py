"""Steps of filings and orders, and the presets of emergency responses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _steps("filing_steps", of="filings")
    _steps("order_steps", of="orders")
    op.create_table(
        "presets",
        *(_text(name) for name in ("scope", "level", "kind")),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float()),
        _text("window", null=True),
        sa.Column("guaranteed_kw", sa.Float()),
        sa.PrimaryKeyConstraint("scope", "level", name="pk_presets"),
        sa.UniqueConstraint("position", name="uq_presets_position"),
    )
    _responses()


def _steps(table: str, *, of: str) -> None:
    op.create_table(
        table,
        sa.Column("id", ROW_ID, nullable=False),
        _instant("at"),
        *(_text(name) for name in ("subject", "actor", "move", "reason")),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["subject"], [f"{of}.id"], name=f"fk_{table}_subject"),
    )
    op.create_index(f"ix_{table}_subject", table, ["subject"])


def _responses() -> None:
    op.create_table(
        "responses",
        sa.Column("number", ROW_ID, nullable=False),
        *(_text(name) for name in ("id", "level", "status", "issued_by")),
        *(_text(name, null=True) for name in ("district", "township")),
        *(_instant(name) for name in ("from_at", "to_at", "issued_at")),
        sa.PrimaryKeyConstraint("number", name="pk_responses"),
        sa.UniqueConstraint("id", name="uq_responses_id"),
    )
    op.create_table(
        "response_orders",
        _text("subject"),
        _text("response"),
        sa.PrimaryKeyConstraint("subject", name="pk_response_orders"),
        sa.ForeignKeyConstraint(["subject"], ["orders.id"], name="fk_response_orders_subject"),
        sa.ForeignKeyConstraint(["response"], ["responses.id"], name="fk_response_orders_response"),
    )
    op.create_index("ix_response_orders_response", "response_orders", ["response"])


def _text(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.Text(), nullable=null)


def _instant(name: str) -> SchemaItem:
    return sa.Column(name, sa.BigInteger(), nullable=False)
