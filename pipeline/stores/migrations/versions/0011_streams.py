"""Where a document was last read and its place among its versions: what a stream needs to look at it again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; of documents decided before, the next look at them fills them."""
    op.add_column("documents", sa.Column("version_order", sa.BigInteger()))
    op.add_column("documents", sa.Column("ref", sa.Text()))
