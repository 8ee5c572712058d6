"""Who the documents of inboxes count for, and indexes that answer what limits ask by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it from the submission that counts, and let indexes cover sizes."""
    op.add_column("submitted_documents", sa.Column("person", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE submitted_documents SET person ="
        " (SELECT person FROM submissions WHERE submissions.submission_id = submitted_documents.latest)"
    )
    op.create_index(
        op.f("ix_submitted_documents_person_withdrawn_at"), "submitted_documents", ["person", "withdrawn_at"]
    )
    for subject in ("person", "source"):
        op.drop_index(op.f(f"ix_submissions_{subject}_received_at"), "submissions")
        op.create_index(
            op.f(f"ix_submissions_{subject}_received_at_bytes"), "submissions", [subject, "received_at", "bytes"]
        )
