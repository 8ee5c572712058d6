"""Work on quarantine: questions about versions that are no review item, and who has seen which version."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let questions name a version in place of an item, and add the table of looks."""
    with op.batch_alter_table("review_questions") as questions:
        questions.alter_column("item_id", existing_type=sa.String(length=16), nullable=True)
        questions.add_column(sa.Column("version_id", sa.String(length=32), nullable=True))
        questions.create_foreign_key(op.f("fk_review_questions_version_id"), "versions", ["version_id"], ["version_id"])
    op.create_index(op.f("ix_review_questions_version_id"), "review_questions", ["version_id"])
    op.create_table(
        "quarantine_seen",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.version_id"], name=op.f("fk_quarantine_seen_version_id")),
        sa.PrimaryKeyConstraint("version_id", "person", name=op.f("pk_quarantine_seen")),
    )
