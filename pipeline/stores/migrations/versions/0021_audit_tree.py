"""The tree over the audit log: its identity, its right edge, and checkpoints as signed notes."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables. The first checkpoint reads the whole log, later ones what was added since."""
    tree = op.create_table(
        "audit_tree",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_tree_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_tree")),
    )
    origin = f"corpusgate.dev/audit/{secrets.token_hex(8)}"
    op.bulk_insert(tree, [{"id": 1, "origin": origin, "size": 0, "frontier": "[]"}])
    op.create_table(
        "audit_notes",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_notes")),
    )
