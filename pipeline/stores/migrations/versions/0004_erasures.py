"""Erasures and their receipts; a moment at which access to a source ends."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; add the column."""
    op.add_column("sources", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(length=16), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("searched", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("allowed_by", sa.Text(), nullable=True),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allow_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_doc_id"), "erasures", ["doc_id"], unique=False)
    _let_erasures_take_titles()


def _let_erasures_take_titles() -> None:
    """Versions stay append-only, but for the provenance of a document whose erasure is going on."""
    kept = " AND ".join(f"NEW.{name} = OLD.{name}" for name in ("version_id", "doc_id", "content_digest", "run_id"))
    erasing = "EXISTS (SELECT 1 FROM erasures WHERE doc_id = OLD.doc_id AND finished_at IS NULL)"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER versions_no_update")
        op.execute(
            f"CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions WHEN NOT ({erasing} AND {kept}) "
            "BEGIN SELECT RAISE(ABORT, 'versions is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER versions_no_update ON versions")
    op.execute(
        "CREATE OR REPLACE FUNCTION versions_no_update() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT ({erasing} AND {kept}) THEN RAISE EXCEPTION 'versions is append-only'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions FOR EACH ROW EXECUTE FUNCTION versions_no_update()"
    )
