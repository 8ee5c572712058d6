"""A policy asked about recorded decisions: the same verdicts as `Policy.decide`, and gaps that are named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, ChangeKind, Impact, ImpactFactor
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.findings.findings import FindingKind, Lowering, Place, Severity
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.policy.impact import ImpactPolicy
from pipeline.domain.policy.overruling import BY_REVIEWER, GATE_FAILED, Standing, overruling
from pipeline.domain.policy.policy import FIELDS, Policy
from pipeline.domain.policy.policy_context import plain_text_context
from pipeline.domain.policy.reweighing import Reweighing
from pipeline.domain.policy.simulation import NOT_KEPT, EvidenceGap, PolicySimulator, RecordedFinding
from pipeline.domain.serving.erasing import ERASED
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs

SHIPPED = load_policy(default_configs() / "policy.yaml")
FINDINGS = st.builds(
    RecordedFinding,
    kind=st.sampled_from([kind.value for kind in FindingKind]),
    detector=st.just("test.rule"),
    entity=st.sampled_from(["EMAIL_ADDRESS", "UNREAD_PART", "PEOPLE_RECORDS"]),
    severity=st.sampled_from([severity.value for severity in Severity]),
    confidence=st.sampled_from([0.1, 0.48, 0.5, 0.7, 0.95]),
    place=st.sampled_from([Place.TEXT.value, Place.TITLE.value]),
    lowered=st.sampled_from([None, *(one.value for one in Lowering)]),
)
FACTORS = st.lists(st.sampled_from(["accounts-edited", "negations-flipped", "often-retrieved"]), unique=True)


def policy(*rules: dict[str, str]) -> Policy:
    return Policy.model_validate(
        {
            "schema_version": 1,
            "version": 1,
            "changelog": [{"version": 1, "date": "2026-01-01", "by": "test", "note": "test"}],
            "rules": [{"reason": "a reason for people", "each": "document", **rule} for rule in rules],
        }
    )


def recorded(classification: Classification = Classification.INTERNAL) -> tuple[dict[str, Any], dict[str, Any]]:
    document, change = plain_text_context("text", classification)
    return {name: value for name, value in document.items() if name not in NOT_KEPT}, dict(change)


@given(
    st.lists(
        st.tuples(
            st.lists(FINDINGS, max_size=4), st.sampled_from(Classification), st.sampled_from(ChangeKind), FACTORS,
            st.integers(0, 100), st.booleans(), st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)  # fmt: skip
def test_the_verdict_is_that_of_the_policy_however_many_documents_were_asked_about_before(questions: Any) -> None:
    simulator = PolicySimulator(SHIPPED)
    for findings, classification, kind, factors, impact, widened, approved in questions * 2:
        document, change = recorded(classification)
        change |= {"kind": kind.value, "factors": factors, "impact": impact, "access_widened": widened}
        found = simulator.decide(findings, document, change, approved=approved)
        meant = SHIPPED.decide([one.finding for one in findings], document, change, approved=approved)
        assert (found.action, set(found.rule_ids), found.redacted) == (
            meant.action,
            set(meant.rule_ids),
            len(meant.redact),
        )
        assert found.gap is None
    assert simulator.asked <= len(questions)


def test_a_condition_over_a_field_that_is_not_kept_is_undecided_and_names_its_rule() -> None:
    long = {"id": "long", "when": "document.characters > 1000", "action": "review"}
    found = PolicySimulator(policy(long, {"id": "rest", "when": "true", "action": "admit"})).decide([], *recorded())
    assert (found.gap, found.rules) == (EvidenceGap.FIELD_NOT_KEPT, ("long",))


def test_a_field_that_is_not_kept_does_not_matter_where_the_rest_of_the_condition_or_another_rule_decides() -> None:
    never = {"id": "long-secret", "when": 'document.classification == "restricted" && document.characters > 1000'}
    more_severe = {"id": "all", "when": "true", "action": "quarantine"}
    for rules in (
        [{**never, "action": "review"}, {"id": "rest", "when": "true", "action": "admit"}],
        [{"id": "long", "when": "document.characters > 1000", "action": "review"}, more_severe],
    ):
        found = PolicySimulator(policy(*rules)).decide([], *recorded())
        assert found.gap is None
        assert found.rule_ids == (rules[1]["id"],)


def test_a_rule_that_fails_keeps_its_document_out_and_is_named() -> None:
    third = {"id": "third", "when": 'document.allow[2] == "user:ada"', "action": "review"}
    found = PolicySimulator(policy(third, {"id": "rest", "when": "true", "action": "admit"})).decide([], *recorded())
    assert (found.action, found.rule_ids) == (Action.QUARANTINE, (GATE_FAILED,))
    assert (found.gap, found.rules) == (EvidenceGap.RULE_FAILED, ("third",))


@pytest.mark.parametrize("condition", ["size(document) > 0", 'document["uri"] == "a"', "has(document.uri)"])
def test_a_condition_that_reads_a_document_in_another_way_than_by_a_field_shares_no_answer(condition: str) -> None:
    simulator = PolicySimulator(policy({"id": "any", "when": condition, "action": "review"}))
    expected = {"uri"} if condition.startswith("has") else set(FIELDS["document"])
    assert expected <= simulator.uses["document"]


ACTIONS = st.sampled_from(Action)
STANDINGS = st.builds(
    Standing, erased=st.booleans(), quarantined=st.booleans(), past=st.none() | ACTIONS, taken_off=st.booleans()
)


@given(ACTIONS, STANDINGS)
def test_law_10_what_stands_above_the_policy_only_makes_a_verdict_more_severe(
    action: Action, standing: Standing
) -> None:
    over = overruling(action, standing)
    assert over is None or over[0].rank >= action.rank
    if standing.erased:
        assert over == (Action.REJECT, ERASED)
    elif standing.quarantined and action.rank < Action.QUARANTINE.rank:
        assert over == (Action.QUARANTINE, BY_REVIEWER)
    elif standing.past is not None and standing.past.rank >= action.rank:
        assert over == (standing.past, RETURNED)
    elif standing == Standing():
        assert over is None


CHANGED = Impact(
    score=50,
    factors=(
        ImpactFactor(name="accounts-edited", points=40, reason="Account numbers: 1 added, 1 removed."),
        ImpactFactor(name="often-retrieved", points=10, reason="It was in 20 answers in the last 30 days."),
    ),
    changed_share=0.2,
)


def test_other_weights_rescale_what_was_recorded() -> None:
    halved = ImpactPolicy(weights={"accounts-edited": 20, "often-retrieved": 0})
    found = Reweighing(ImpactPolicy(), halved).recorded(CHANGED, ChangeKind.MODIFIED)
    assert found.complete
    assert [(factor.name, factor.points) for factor in found.impact.factors] == [("accounts-edited", 20)]
    assert found.impact.score == 20


def test_the_same_weights_change_nothing() -> None:
    found = Reweighing(ImpactPolicy(), ImpactPolicy()).recorded(CHANGED, ChangeKind.MODIFIED)
    assert found == (CHANGED, True)


def test_a_served_version_that_is_judged_again_differs_in_nothing() -> None:
    widened = CHANGED.model_copy(update={"access_widened": True})
    found = Reweighing(ImpactPolicy(), ImpactPolicy()).again(widened)
    assert found.complete
    assert not found.impact.access_widened
    assert [factor.name for factor in found.impact.factors] == ["often-retrieved"]


@pytest.mark.parametrize(
    "reweighing",
    [
        Reweighing(None, ImpactPolicy()),
        Reweighing(ImpactPolicy(weights={"dates-edited": 0}), ImpactPolicy()),
        Reweighing(ImpactPolicy(), ImpactPolicy(near_duplicate=0.5)),
    ],
    ids=["unknown policy", "a factor that had no weight", "another threshold"],
)
def test_an_impact_that_does_not_follow_from_the_record_is_named(reweighing: Reweighing) -> None:
    assert not reweighing.recorded(CHANGED, ChangeKind.MODIFIED).complete
