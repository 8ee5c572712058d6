"""Takedowns that the current generation has applied."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, empty: the next publication compares every served document with everything in force."""
    op.create_table(
        "applied_takedowns",
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "key", name=op.f("pk_applied_takedowns")),
    )
    op.create_table(
        "applied_generation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_applied_generation_single_row")),
        sa.ForeignKeyConstraint(["number"], ["generations.number"], name=op.f("fk_applied_generation_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applied_generation")),
    )
    op.create_table(
        "unchecked_documents",
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", name=op.f("pk_unchecked_documents")),
    )
