"""What rollback, retention and reconcile remember."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note on a generation what it rolled back to; create the four tables."""
    op.add_column("generations", sa.Column("rolled_back_to", sa.Integer(), nullable=True))
    op.create_table(
        "rolled_back_versions",
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("rollback", sa.Integer(), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("from_generation", sa.Integer(), nullable=False),
        sa.Column("to_generation", sa.Integer(), nullable=False),
        sa.Column("settled_run", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.version_id"], name=op.f("fk_rolled_back_versions_version_id")
        ),
        sa.ForeignKeyConstraint(["rollback"], ["generations.number"], name=op.f("fk_rolled_back_versions_rollback")),
        sa.ForeignKeyConstraint(["doc_id"], ["documents.doc_id"], name=op.f("fk_rolled_back_versions_doc_id")),
        sa.ForeignKeyConstraint(
            ["from_generation"], ["generations.number"], name=op.f("fk_rolled_back_versions_from_generation")
        ),
        sa.ForeignKeyConstraint(
            ["to_generation"], ["generations.number"], name=op.f("fk_rolled_back_versions_to_generation")
        ),
        sa.ForeignKeyConstraint(["settled_run"], ["runs.run_id"], name=op.f("fk_rolled_back_versions_settled_run")),
        sa.PrimaryKeyConstraint("version_id", "rollback", name=op.f("pk_rolled_back_versions")),
    )
    op.create_index(op.f("ix_rolled_back_versions_doc_id"), "rolled_back_versions", ["doc_id"], unique=False)
    op.create_table(
        "pinned_generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pinned_by", sa.Text(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["generations.number"], name=op.f("fk_pinned_generations_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pinned_generations")),
    )
    op.create_table(
        "judged_again",
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["doc_id"], ["documents.doc_id"], name=op.f("fk_judged_again_doc_id")),
        sa.PrimaryKeyConstraint("doc_id", name=op.f("pk_judged_again")),
    )
    op.create_table(
        "pruned_generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["generations.number"], name=op.f("fk_pruned_generations_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pruned_generations")),
    )
