"""Law 5: what a detector judged harmless stays on record with the reason, and only a rule that names it counts it."""

from datetime import date

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Lowering, Severity, merge_overlaps, seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.policy import LOWERED, Policy, PolicyChange, PolicyRule, Scope
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.settings.home import default_configs, load_policy

CONTEXT = plain_text_context("text", Classification.INTERNAL)
TEXT = "the key is in ${PLACE} of the store"


def detection(
    start: int, end: int, lowered: Lowering | None = None, kind: FindingKind = FindingKind.SECRET
) -> Detection:
    severity, confidence = (Severity.LOW, 0.3) if lowered else (Severity.CRITICAL, 0.9)
    return Detection(kind, "secrets.test", "TEST", start, end, severity, confidence, "A rule matched.", None, lowered)


def finding(lowered: Lowering | None, kind: FindingKind = FindingKind.SECRET) -> Finding:
    return seal(detection(3, 9, lowered, kind), TEXT, b"k")


def policy(*rules: PolicyRule) -> Policy:
    change = PolicyChange(version=1, date=date(2026, 1, 1), by="test", note="test")
    admit = PolicyRule(id="rest", each=Scope.DOCUMENT, when="true", action=Action.ADMIT, reason="Everything else.")
    return Policy(schema_version=1, version=1, changelog=(change,), rules=(*rules, admit))


@pytest.mark.parametrize("lowered", Lowering)
def test_law_5_the_reason_is_on_record_in_words_and_as_a_code(lowered: Lowering) -> None:
    kept = finding(lowered)
    assert kept.lowered is lowered
    assert kept.reason == f"A rule matched. It was lowered: {lowered.sentence}."
    assert Finding.model_validate_json(kept.model_dump_json()) == kept
    assert "${" not in kept.model_dump_json()


@pytest.mark.parametrize("kind", [kind for kind in FindingKind if kind is not FindingKind.SCAN_FAILED])
def test_the_default_policy_admits_what_was_lowered_and_says_so(kind: FindingKind) -> None:
    decided = load_policy(default_configs() / "policy.yaml").decide([finding(Lowering.MENTION, kind)], *CONTEXT)
    assert decided.action is Action.ADMIT
    assert LOWERED in decided.rule_ids


def test_law_3_a_failed_scan_cannot_be_lowered() -> None:
    failed = finding(Lowering.MENTION, FindingKind.SCAN_FAILED)
    assert policy().decide([failed], *CONTEXT).action is Action.QUARANTINE


def test_a_lowered_finding_does_not_hide_one_that_is_not() -> None:
    decided = load_policy(default_configs() / "policy.yaml").decide(
        [finding(Lowering.PLACEHOLDER), finding(None)], *CONTEXT
    )
    assert decided.action is Action.QUARANTINE


@pytest.mark.parametrize(
    ("when", "action"),
    [
        ('finding.kind == "secret"', Action.ADMIT),
        ('finding.kind == "secret" && finding.lowered == "placeholder"', Action.REVIEW),
        ('finding.lowered == "mention"', Action.ADMIT),
    ],
)
def test_a_rule_for_findings_counts_them_only_by_naming_them(when: str, action: Action) -> None:
    rule = PolicyRule(id="rule", each=Scope.FINDING, when=when, action=Action.REVIEW, reason="A person looks.")
    assert policy(rule).decide([finding(Lowering.PLACEHOLDER)], *CONTEXT).action is action


@pytest.mark.parametrize(
    ("when", "action"),
    [
        ("size(findings) > 0", Action.ADMIT),
        ('findings.filter(f, f.lowered != "").size() >= 2', Action.REVIEW),
        ('findings.filter(f, f.lowered != "").size() >= 3', Action.ADMIT),
    ],
)
def test_a_rule_for_documents_counts_them_only_by_naming_them(when: str, action: Action) -> None:
    rule = PolicyRule(id="rule", each=Scope.DOCUMENT, when=when, action=Action.REVIEW, reason="A person looks.")
    two = [finding(Lowering.PLACEHOLDER), finding(Lowering.REFERENCE)]
    assert policy(rule).decide(two, *CONTEXT).action is action


def test_a_lowered_detection_gives_way_to_one_at_its_place_and_never_widens_it() -> None:
    real, apart = detection(5, 9), detection(30, 35, Lowering.SAMPLE)
    around = detection(0, 20, Lowering.REFERENCE)
    assert merge_overlaps([around, real, apart]) == [real, apart]
    other_kind = detection(0, 20, Lowering.MENTION, FindingKind.INJECTION)
    assert merge_overlaps([other_kind, real]) == [other_kind, real]


def test_lowered_detections_at_one_place_are_one_finding() -> None:
    merged = merge_overlaps([detection(0, 9, Lowering.REFERENCE), detection(4, 12, Lowering.REFERENCE)])
    assert [(one.start, one.end, one.lowered) for one in merged] == [(0, 12, Lowering.REFERENCE)]
