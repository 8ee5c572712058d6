"""The retrieval log: every answer, with the passages that left with it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables. Answers from before are not on record; their counts by day stay."""
    op.create_table(
        "retrieval_answers",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_retrieval_answers")),
    )
    op.create_index(op.f("ix_retrieval_answers_id"), "retrieval_answers", ["id"], unique=True)
    op.create_index(op.f("ix_retrieval_answers_batch"), "retrieval_answers", ["batch"])
    op.create_index(op.f("ix_retrieval_answers_at"), "retrieval_answers", ["at"])
    op.create_index(op.f("ix_retrieval_answers_principal_number"), "retrieval_answers", ["principal", "number"])
    op.create_index(op.f("ix_retrieval_answers_on_behalf_of_number"), "retrieval_answers", ["on_behalf_of", "number"])
    op.create_table(
        "retrieved_passages",
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("chunk_id", sa.String(length=64), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["answer"], ["retrieval_answers.number"], name=op.f("fk_retrieved_passages_answer")),
        sa.PrimaryKeyConstraint("answer", "rank", name=op.f("pk_retrieved_passages")),
    )
    op.create_index(op.f("ix_retrieved_passages_version_id_answer"), "retrieved_passages", ["version_id", "answer"])
    op.create_index(op.f("ix_retrieved_passages_chunk_id_answer"), "retrieved_passages", ["chunk_id", "answer"])
