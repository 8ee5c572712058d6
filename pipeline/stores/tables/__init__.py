"""The database schema, one module for each subject.

Invariants: migrations make these tables, never `create_all`; a test compares both. No column holds document text or the
value of a finding.

May import `domain` only. Start with `ledger.py`.
"""

from pipeline.stores.tables.canaries import canary_answers, held_decisions, held_generations
from pipeline.stores.tables.columns import metadata
from pipeline.stores.tables.erasures import erasures
from pipeline.stores.tables.identity import identity_file, login_attempts, principal_history, sessions, tokens
from pipeline.stores.tables.ledger import (
    access_rules,
    audit_checkpoints,
    audit_head,
    audit_log,
    audit_notes,
    audit_tree,
    current_generation,
    documents,
    findings,
    generations,
    review_decisions,
    review_items,
    revocations,
    run_locks,
    runs,
    sources,
    verdict_waivers,
    verdicts,
    versions,
    waived_findings,
    waivers,
)
from pipeline.stores.tables.notifications import (
    notification_cursor,
    notification_events,
    notification_messages,
)
from pipeline.stores.tables.policies import policy_activations, policy_proposals
from pipeline.stores.tables.rates import ingest_figures
from pipeline.stores.tables.retrieval_log import retrieval_answers, retrieved_passages
from pipeline.stores.tables.review_work import (
    break_glass,
    break_glass_reviews,
    quarantine_seen,
    review_claims,
    review_questions,
    review_rules,
)
from pipeline.stores.tables.submissions import (
    submission_keys,
    submission_versions,
    submissions,
    submitted_documents,
)
from pipeline.stores.tables.taking_back import (
    applied_generation,
    applied_takedowns,
    judged_again,
    pinned_generations,
    pruned_generations,
    rolled_back_versions,
    unchecked_documents,
)
from pipeline.stores.tables.usage import passage_samples, retrievals, sketches, word_sketches

SCHEMA_REVISION = "0024"
"""The newest migration this code knows; a database beyond it was written by a newer Corpusgate."""

__all__ = [
    "SCHEMA_REVISION",
    "access_rules",
    "applied_generation",
    "applied_takedowns",
    "audit_checkpoints",
    "audit_head",
    "audit_log",
    "audit_notes",
    "audit_tree",
    "break_glass",
    "break_glass_reviews",
    "canary_answers",
    "current_generation",
    "documents",
    "erasures",
    "findings",
    "generations",
    "held_decisions",
    "held_generations",
    "identity_file",
    "ingest_figures",
    "judged_again",
    "login_attempts",
    "metadata",
    "notification_cursor",
    "notification_events",
    "notification_messages",
    "passage_samples",
    "pinned_generations",
    "policy_activations",
    "policy_proposals",
    "principal_history",
    "pruned_generations",
    "quarantine_seen",
    "retrieval_answers",
    "retrievals",
    "retrieved_passages",
    "review_claims",
    "review_decisions",
    "review_items",
    "review_questions",
    "review_rules",
    "revocations",
    "rolled_back_versions",
    "run_locks",
    "runs",
    "sessions",
    "sketches",
    "sources",
    "submission_keys",
    "submission_versions",
    "submissions",
    "submitted_documents",
    "tokens",
    "unchecked_documents",
    "verdict_waivers",
    "verdicts",
    "versions",
    "waived_findings",
    "waivers",
    "word_sketches",
]
