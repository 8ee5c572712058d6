"""Word sketches of short texts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; texts of versions recorded before are compared by their content and passages, as before."""
    op.create_table(
        "word_sketches",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=684), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.version_id"], name=op.f("fk_word_sketches_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_word_sketches")),
    )
