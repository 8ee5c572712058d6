"""Recorded verdicts, asked about again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.domain.documents.documents import Action, ChangeKind, Impact
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import EVERYONE, AccessRule, Classification
from pipeline.domain.policy.backtest import BacktestTally
from pipeline.domain.policy.policy import UNTAGGED
from pipeline.domain.policy.recorded import PolicyTrial, RecordedVerdict
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE
from pipeline.domain.policy.simulation import EvidenceGap, RecordedFinding, SimulatedVerdict
from pipeline.domain.policy.waivers import ActiveWaivers
from pipeline.domain.review.items import ItemState
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs

SHIPPED = load_policy(default_configs() / "policy.yaml")
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
ACCESS = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=(EVERYONE,))
MAIL = RecordedFinding("pii", "test.mail", "EMAIL_ADDRESS", "medium", 0.9, "text", None)


def verdict(action: Action, *rules: str, **more: Any) -> RecordedVerdict:
    provenance = Provenance(
        source="pier", uri="a.md", owner="user:o", submitter="user:s", ingested_at=NOON, licence=None, title=None,
        access=ACCESS, content_digest="c" * 64, run_id="run-1",
    )  # fmt: skip
    recorded = RecordedVerdict(
        verdict_id="v", doc_id="pier:a.md", kind=ChangeKind.NEW, action=action, rule_ids=rules, reasons=rules,
        impact=Impact(score=0), policy_digest=SHIPPED.digest, detector_digest="d", approved=False, unread=False,
        renamed=False, bytes=10, provenance=provenance, access_digest=ACCESS.digest, findings=(), waivable=(),
    )  # fmt: skip
    return recorded._replace(**more)


def looked_at(recorded: RecordedVerdict) -> SimulatedVerdict:
    return PolicyTrial(SHIPPED, SHIPPED, ActiveWaivers([], NOON), "d").first_look(recorded)


@pytest.mark.parametrize(
    "recorded",
    [
        verdict(Action.ADMIT, "tagged-and-scanned"),
        verdict(Action.REVIEW, "narrowed-source"),
        verdict(Action.QUARANTINE, "untagged"),
        verdict(Action.REVIEW, RETURNED),
        verdict(Action.REDACT, "structured-pii", findings=(MAIL,), waivable=(("test.mail", "f"),)),
        verdict(Action.QUARANTINE, REDACTION_INCOMPLETE, findings=(MAIL,), waivable=(("test.mail", "f"),)),
        verdict(Action.REVIEW, "emptied", kind=ChangeKind.MODIFIED),
    ],
    ids=lambda recorded: recorded.rule_ids[0],
)
def test_the_policy_that_decided_decides_the_same_again(recorded: RecordedVerdict) -> None:
    found = looked_at(recorded)
    assert (found.action, found.rule_ids, found.gap) == (recorded.action, recorded.rule_ids, None)


def test_law_02_problems_that_only_a_reason_records_keep_a_document_out() -> None:
    assert looked_at(verdict(Action.QUARANTINE, UNTAGGED)).action is Action.QUARANTINE


@pytest.mark.parametrize(
    ("more", "gap"),
    [
        ({"detector_digest": "older"}, EvidenceGap.OTHER_DETECTORS),
        ({"policy_digest": "older", "kind": ChangeKind.MODIFIED}, EvidenceGap.IMPACT_NOT_RECORDED),
        ({"findings": (MAIL,), "waivable": (("test.mail", "f"),)}, EvidenceGap.REDACTION_NOT_TRIED),
        ({"unread": True}, EvidenceGap.NOT_READ),
    ],
)
def test_evidence_that_does_not_suffice_is_named(more: dict[str, Any], gap: EvidenceGap) -> None:
    assert looked_at(verdict(Action.ADMIT, "tagged-and-scanned", **more)).gap is gap


def test_a_backtest_counts_hits_misses_and_what_people_let_in() -> None:
    tally = BacktestTally()
    for state, action in [
        (ItemState.REJECTED, Action.REVIEW),
        (ItemState.QUARANTINED, Action.QUARANTINE),
        (ItemState.REJECTED, Action.ADMIT),
        (ItemState.APPLIED, Action.ADMIT),
        (ItemState.APPROVED, Action.REVIEW),
        (ItemState.APPLIED, Action.REJECT),
        (ItemState.OPEN, Action.REVIEW),
        (None, Action.ADMIT),
    ]:
        tally.add(Action.REVIEW, state, SimulatedVerdict(action, ()))
    tally.add(Action.ADMIT, None, SimulatedVerdict(Action.ADMIT, (), gap=EvidenceGap.FIELD_NOT_KEPT))
    found = tally.result(NOON, 2.0)
    assert (found.hits, found.misses) == (2, 1)
    assert (found.agreed, found.asked_again, found.false_alarms) == (1, 1, 1)
    assert (found.verdicts, found.undecided, found.reviews_before, found.reviews_after) == (9, 1, 8, 3)
    assert found.reviews_a_week == (4.0, 1.5)
