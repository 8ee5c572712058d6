"""Claims, questions to owners and break-glass; what the queue is filtered and sorted by."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PENDING = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Widen items and decisions, fill in what is known about old ones, create the five tables."""
    op.add_column("review_items", sa.Column("source", sa.String(length=63), nullable=False, server_default=""))
    op.add_column(
        "review_items", sa.Column("classification", sa.String(16), nullable=False, server_default="restricted")
    )
    op.add_column("review_items", sa.Column("served_classification", sa.String(16), nullable=True))
    op.add_column("review_items", sa.Column("impact_score", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("review_decisions", sa.Column("redaction", sa.String(length=64), nullable=False, server_default=""))
    op.drop_index(op.f("ix_review_items_state_opened_at"), "review_items")
    op.create_index(
        "ix_review_items_by_impact", "review_items", [sa.text("impact_score DESC"), "opened_at", "item_id"],
        postgresql_where=_PENDING, sqlite_where=_PENDING,
    )  # fmt: skip
    op.create_index(
        "ix_review_items_by_age", "review_items", ["opened_at", "item_id"],
        postgresql_where=_PENDING, sqlite_where=_PENDING,
    )  # fmt: skip
    op.create_index(op.f("ix_review_items_source"), "review_items", ["source"], unique=False)
    op.create_table(
        "review_rules",
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.item_id"], name=op.f("fk_review_rules_item_id")),
        sa.PrimaryKeyConstraint("item_id", "rule_id", name=op.f("pk_review_rules")),
    )
    op.create_index(op.f("ix_review_rules_rule_id"), "review_rules", ["rule_id"], unique=False)
    op.create_table(
        "review_claims",
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.item_id"], name=op.f("fk_review_claims_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_review_claims")),
    )
    op.create_table(
        "review_questions",
        sa.Column("question_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.item_id"], name=op.f("fk_review_questions_item_id")),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_review_questions")),
    )
    op.create_index(op.f("ix_review_questions_item_id"), "review_questions", ["item_id"], unique=False)
    op.create_table(
        "break_glass",
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("doc_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("broken_by", sa.Text(), nullable=False),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict_id", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.item_id"], name=op.f("fk_break_glass_item_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.version_id"], name=op.f("fk_break_glass_version_id")),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.verdict_id"], name=op.f("fk_break_glass_verdict_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_break_glass")),
    )
    op.create_index(op.f("ix_break_glass_verdict_id"), "break_glass", ["verdict_id"], unique=False)
    op.create_table(
        "break_glass_reviews",
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["break_glass.item_id"], name=op.f("fk_break_glass_reviews_item_id")),
        sa.PrimaryKeyConstraint("item_id", "person", name=op.f("pk_break_glass_reviews")),
    )
    _fill()


def _fill() -> None:
    """What earlier items would have been opened with; without a rule on record an item counts as restricted."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT i.item_id, i.rule_ids, i.impact, d.source, new.rule AS new_rule, old.rule AS old_rule "
            "FROM review_items i JOIN documents d ON d.doc_id = i.doc_id "
            "JOIN versions v ON v.version_id = i.version_id "
            "JOIN access_rules new ON new.digest = v.access_digest "
            "LEFT JOIN versions served ON served.version_id = d.live_version "
            "LEFT JOIN access_rules old ON old.digest = served.access_digest"
        )
    ).all()
    for row in rows:
        values = {
            "item": row.item_id,
            "source": row.source,
            "classification": json.loads(row.new_rule)["classification"],
            "served": json.loads(row.old_rule)["classification"] if row.old_rule else None,
            "impact": json.loads(row.impact)["score"] if row.impact else 0,
        }
        connection.execute(
            sa.text(
                "UPDATE review_items SET source = :source, classification = :classification, "
                "served_classification = :served, impact_score = :impact WHERE item_id = :item"
            ),
            values,
        )
        for rule in dict.fromkeys(json.loads(row.rule_ids)):
            connection.execute(
                sa.text("INSERT INTO review_rules (item_id, rule_id) VALUES (:item, :rule)"),
                {"item": row.item_id, "rule": rule},
            )
