"""Submissions: documents handed in, their versions, idempotency keys, and what runs read them as."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "submitted_documents",
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("latest", sa.String(length=16), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name=op.f("fk_submitted_documents_source")),
        sa.PrimaryKeyConstraint("doc_id", name=op.f("pk_submitted_documents")),
    )
    op.create_index(
        op.f("ix_submitted_documents_source_withdrawn_at"), "submitted_documents", ["source", "withdrawn_at"]
    )
    op.create_table(
        "submissions",
        sa.Column("submission_id", sa.String(length=16), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitter", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("declared", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["doc_id"], ["submitted_documents.doc_id"], name=op.f("fk_submissions_doc_id")),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name=op.f("fk_submissions_source")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_doc_id_number"), "submissions", ["doc_id", "number"], unique=True)
    op.create_index(op.f("ix_submissions_person_received_at"), "submissions", ["person", "received_at"])
    op.create_index(op.f("ix_submissions_source_received_at"), "submissions", ["source", "received_at"])
    op.create_index(op.f("ix_submissions_received_at"), "submissions", ["received_at"])
    op.create_table(
        "submission_keys",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("submission_id", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.submission_id"], name=op.f("fk_submission_keys_submission_id")
        ),
        sa.PrimaryKeyConstraint("person", "key_digest", name=op.f("pk_submission_keys")),
    )
    op.create_index(op.f("ix_submission_keys_expires_at"), "submission_keys", ["expires_at"])
    op.create_table(
        "submission_versions",
        sa.Column("submission_id", sa.String(length=16), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.submission_id"], name=op.f("fk_submission_versions_submission_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.version_id"], name=op.f("fk_submission_versions_version_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", "version_id", name=op.f("pk_submission_versions")),
    )
    op.create_index(op.f("ix_submission_versions_version_id"), "submission_versions", ["version_id"])
