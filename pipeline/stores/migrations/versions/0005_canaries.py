"""Answers to canary questions, and generations that wait for a person because answers changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "canary_answers",
        sa.Column("question_id", sa.String(length=63), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("question_digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_canary_answers")),
    )
    op.create_table(
        "held_generations",
        sa.Column("held_id", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("submitters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("published_as", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_held_generations_run_id")),
        sa.PrimaryKeyConstraint("held_id", name=op.f("pk_held_generations")),
    )
    op.create_index(
        op.f("ix_held_generations_state_opened_at"), "held_generations", ["state", "opened_at"], unique=False
    )
    op.create_index(op.f("ix_held_generations_binding"), "held_generations", ["binding"], unique=False)
    op.create_table(
        "held_decisions",
        sa.Column("held_id", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["held_id"], ["held_generations.held_id"], name=op.f("fk_held_decisions_held_id")),
        sa.PrimaryKeyConstraint("held_id", "person", name=op.f("pk_held_decisions")),
    )
