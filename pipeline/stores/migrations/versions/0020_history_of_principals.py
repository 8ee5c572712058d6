"""The history of principals."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables. Nothing is known of before: the history begins when the identity file is next read."""
    op.create_table(
        "principal_history",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("clearance", sa.String(length=16), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "origin", "since", "digest", name=op.f("pk_principal_history")),
    )
    op.create_index(op.f("ix_principal_history_tenant_since"), "principal_history", ["tenant", "since"])
    op.create_index(op.f("ix_principal_history_until"), "principal_history", ["until"])
    op.create_table(
        "identity_file",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_identity_file_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_file")),
    )
