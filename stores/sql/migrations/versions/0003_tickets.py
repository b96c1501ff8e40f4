"""Device tickets beside alarms; what an order grants and whether it stands; when a filing was handed in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("alarms", "transitions"):
        op.add_column(table, sa.Column("ticket", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("orders", sa.Column("guaranteed_kw", sa.Float()))
    op.add_column("orders", sa.Column("status", sa.Text(), nullable=False, server_default="issued"))
    op.add_column("filings", sa.Column("filed_at", sa.BigInteger()))
