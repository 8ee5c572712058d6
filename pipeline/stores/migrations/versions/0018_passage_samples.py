"""Samples of the passages of texts, which show that a newer text holds a part of an older one."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; a version recorded before gets its sample when its document is scanned again."""
    op.create_table(
        "passage_samples",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("passages", sa.String(length=1368), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.version_id"], name=op.f("fk_passage_samples_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_passage_samples")),
    )
