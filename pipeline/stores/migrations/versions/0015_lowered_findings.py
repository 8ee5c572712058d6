"""Findings that a detector judged harmless, with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; before, what was judged harmless was not recorded."""
    op.add_column("findings", sa.Column("lowered", sa.String(length=16), nullable=True))
