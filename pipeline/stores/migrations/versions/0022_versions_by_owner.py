"""An index of versions by owner, for questions about findings."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(op.f("ix_versions_owner"), "versions", ["owner"])
