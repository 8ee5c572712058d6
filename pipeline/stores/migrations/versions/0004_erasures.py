"""Erasures and their receipts; a moment at which access to a source ends."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; add the column."""
    op.add_column("sources", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("allowed_by", sa.Text(), nullable=True),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allow_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_doc_id"), "erasures", ["doc_id"], unique=False)
