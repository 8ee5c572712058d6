"""The rules behind a verdict: those that held, and those that nearly did."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.explaining import RuleStanding, alternatives, explained
from pipeline.domain.policy.policy import Policy, Scope
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.domain.policy.simulation import NOT_KEPT, RecordedFinding
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs

SHIPPED = load_policy(default_configs() / "policy.yaml")
SECRET = RecordedFinding("secret", "secrets.rule", "AWS_KEY", "high", 0.4, "text", None)
ORDER = RecordedFinding("injection", "injection.rule", "ORDER", "high", 0.9, "text", "quoted")


def contexts(**change: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    document, changed = plain_text_context("text", Classification.INTERNAL)
    return {k: v for k, v in document.items() if k not in NOT_KEPT}, dict(changed) | change


def standings(policy: Policy, *findings: RecordedFinding, **change: Any) -> dict[str, RuleStanding]:
    return {one.rule_id: one.standing for one in explained(policy, findings, *contexts(**change))}


def policy(when: str, each: str = "document") -> Policy:
    rule = {"id": "the-rule", "each": each, "when": when, "action": "review", "reason": "a reason for people"}
    entry = {"version": 1, "date": "2026-01-01", "by": "test", "note": "test"}
    return Policy.model_validate({"schema_version": 1, "version": 1, "changelog": [entry], "rules": [rule]})


def test_a_number_close_to_a_threshold_nearly_holds_and_is_shown() -> None:
    (found,) = [one for one in explained(SHIPPED, [], *contexts(kind="modified", impact=60)) if one.missed]
    assert (found.rule_id, found.standing, found.missed) == (
        "high-impact",
        RuleStanding.NEARLY,
        found.missed.model_copy(update={"part": "change.impact >= 70", "value": 60.0}),
    )
    assert "high-impact" not in standings(SHIPPED, kind="modified", impact=40)
    assert "high-impact" not in standings(SHIPPED, kind="new", impact=60), "two parts fail"
    assert standings(SHIPPED, kind="modified", impact=70)["high-impact"] is RuleStanding.HELD


def test_a_finding_that_is_not_sure_enough_nearly_matches_one_rule_and_matches_another() -> None:
    found = standings(SHIPPED, SECRET)
    assert (found["live-secret"], found["possible-secret"]) == (RuleStanding.NEARLY, RuleStanding.HELD)
    sure = standings(SHIPPED, SECRET._replace(confidence=0.5))
    assert sure["live-secret"] is RuleStanding.HELD


def test_a_lowered_finding_is_shown_only_to_rules_that_ask_for_it() -> None:
    found = standings(SHIPPED, ORDER)
    assert found["quoted-order"] is RuleStanding.HELD
    assert "injection" not in found
    low = policy('finding.kind == "injection" && finding.lowered == "quoted" && finding.confidence >= 0.95', "finding")
    assert standings(low, ORDER) == {"the-rule": RuleStanding.NEARLY}


def test_a_field_that_is_not_on_record_is_unknown_and_not_guessed() -> None:
    assert standings(policy("document.characters > 1000")) == {"the-rule": RuleStanding.UNKNOWN}


@pytest.mark.parametrize(
    ("when", "parts"),
    [
        ("a && b", [["a", "b"]]),
        ("a && b || c", [["a", "b"], ["c"]]),
        ("(a || b) && c", [["(a || b)", "c"]]),
        ('a == "x && y" && b', [['a == "x && y"', "b"]]),
        (r'a == "x\" && y" || b', [[r'a == "x\" && y"'], ["b"]]),
        ("f.exists(x, x && y) && b", [["f.exists(x, x && y)", "b"]]),
        ("a && b ? c : d", [["a && b ? c : d"]]),
    ],
)
def test_a_condition_is_cut_at_the_operators_outside_brackets_and_quotes(when: str, parts: list[list[str]]) -> None:
    assert alternatives(when) == parts


FINDINGS = st.builds(
    RecordedFinding,
    kind=st.sampled_from(["secret", "pii", "injection", "hidden_text", "scan_failed", "plain_order"]),
    detector=st.just("test.rule"),
    entity=st.sampled_from(["EMAIL_ADDRESS", "UNREAD_PART", "PEOPLE_RECORDS"]),
    severity=st.sampled_from(["low", "medium", "high"]),
    confidence=st.sampled_from([0.1, 0.48, 0.5, 0.7, 0.95]),
    place=st.sampled_from(["text", "title"]),
    lowered=st.sampled_from([None, "quoted", "sample"]),
).map(lambda one: one._replace(lowered=None) if one.kind == "scan_failed" else one)
"""A failed scan is never judged harmless."""


@given(st.lists(FINDINGS, max_size=4), st.integers(0, 100), st.sampled_from(["new", "modified", "access"]))
def test_rules_that_decide_are_among_those_that_held(findings: list[RecordedFinding], impact: int, kind: str) -> None:
    document, change = contexts(impact=impact, kind=kind)
    verdict = SHIPPED.decide([one.finding for one in findings], document, change)
    found = explained(SHIPPED, findings, document, change, verdict.rule_ids)
    held = {one.rule_id for one in found if one.standing is RuleStanding.HELD}
    own = {rule.id for rule in SHIPPED.rules}
    assert set(verdict.rule_ids) & own <= held
    for one in found:
        if one.each is Scope.DOCUMENT:
            rule = SHIPPED.rule(one.rule_id)
            matches = SHIPPED.document_rules([f.finding for f in findings], document, change)
            assert (rule in matches) is (one.standing is RuleStanding.HELD)
