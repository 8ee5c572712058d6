"""Findings in names, titles and tags: where each finding is, and an index of those outside the text."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; everything found before was found in a text."""
    op.add_column("findings", sa.Column("place", sa.String(length=16), nullable=False, server_default="text"))
    outside = sa.text("place != 'text'")
    op.create_index(
        "ix_findings_in_strings", "findings", ["verdict_id"], sqlite_where=outside, postgresql_where=outside
    )
