"""Waivers: what was asked and decided, the findings each names, and the verdicts that stand on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "waivers",
        sa.Column("waiver_id", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=63), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name=op.f("fk_waivers_source")),
        sa.PrimaryKeyConstraint("waiver_id", name=op.f("pk_waivers")),
    )
    op.create_index(op.f("ix_waivers_source"), "waivers", ["source"], unique=False)
    op.create_table(
        "waived_findings",
        sa.Column("waiver_id", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["waiver_id"], ["waivers.waiver_id"], name=op.f("fk_waived_findings_waiver_id")),
        sa.PrimaryKeyConstraint("waiver_id", "scope", "detector", "fingerprint", name=op.f("pk_waived_findings")),
    )
    op.create_index(op.f("ix_waived_findings_fingerprint"), "waived_findings", ["fingerprint"], unique=False)
    op.create_table(
        "verdict_waivers",
        sa.Column("verdict_id", sa.String(length=32), nullable=False),
        sa.Column("waiver_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.verdict_id"], name=op.f("fk_verdict_waivers_verdict_id")),
        sa.ForeignKeyConstraint(["waiver_id"], ["waivers.waiver_id"], name=op.f("fk_verdict_waivers_waiver_id")),
        sa.PrimaryKeyConstraint("verdict_id", "waiver_id", name=op.f("pk_verdict_waivers")),
    )
    op.create_index(op.f("ix_verdict_waivers_waiver_id"), "verdict_waivers", ["waiver_id"], unique=False)
