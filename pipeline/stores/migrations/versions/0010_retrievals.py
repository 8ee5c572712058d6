"""How often documents were in an answer lately, and sketches of what they resemble."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "retrievals",
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("doc_id", "day", name=op.f("pk_retrievals")),
    )
    op.create_index(op.f("ix_retrievals_day"), "retrievals", ["day"])
    op.create_table(
        "sketches",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("sketch", sa.String(length=344), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.version_id"], name=op.f("fk_sketches_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_sketches")),
    )
