"""How fast sources brought what: what the breaker learns from and shows."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and have versions in the order they came."""
    op.create_index(op.f("ix_versions_recorded_at"), "versions", ["recorded_at"])
    op.create_table(
        "ingest_figures",
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("graph", sa.String(length=16), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("breaches", sa.Text(), nullable=False),
        sa.Column("normal", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source", "graph", "start", "owner", name=op.f("pk_ingest_figures")),
    )
    op.create_index(op.f("ix_ingest_figures_start"), "ingest_figures", ["start"])
