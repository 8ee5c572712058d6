"""Differences of two policies, rule by rule."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.rule_differences import RuleChange, policy_differences

FIRST = {"id": "first", "each": "document", "when": "change.impact >= 70", "action": "review", "reason": "It is large."}
SECOND = {"id": "second", "each": "document", "when": "true", "action": "admit", "reason": "It passed it all."}
THIRD = {"id": "third", "each": "document", "when": "false", "action": "admit", "reason": "It never holds."}


def policy(*rules: dict[str, str], **impact: object) -> Policy:
    entry = {"version": 1, "date": "2026-01-01", "by": "test", "note": "test"}
    return Policy.model_validate(
        {"schema_version": 1, "version": 1, "changelog": [entry], "rules": rules, "impact": impact}
    )


def changes(before: Policy, after: Policy) -> dict[str, tuple[RuleChange, tuple[str, ...]]]:
    found = policy_differences(before, after).rules
    return {one.rule_id: (one.change, tuple(field.field for field in one.fields)) for one in found}


def test_rules_are_added_removed_and_changed_by_their_ids() -> None:
    stricter = FIRST | {"when": "change.impact >= 50", "action": "quarantine"}
    found = changes(policy(FIRST, SECOND), policy(stricter, THIRD))
    assert found == {
        "first": (RuleChange.CHANGED, ("action", "when")),
        "third": (RuleChange.ADDED, ("action", "each", "when", "reason")),
        "second": (RuleChange.REMOVED, ("action", "each", "when", "reason")),
    }


def test_a_condition_is_shown_with_the_words_that_differ() -> None:
    found = policy_differences(policy(FIRST), policy(FIRST | {"when": "change.impact >= 50"}))
    (when,) = found.rules[0].fields
    assert [(one.kind.value, one.text) for one in when.words] == [
        ("same", "change.impact >= "),
        ("removed", "70"),
        ("added", "50"),
    ]


def test_a_rule_at_another_place_among_rules_of_its_action_is_named() -> None:
    assert changes(policy(SECOND, THIRD), policy(THIRD, SECOND)) == {
        "third": (RuleChange.MOVED, ()),
        "second": (RuleChange.MOVED, ()),
    }
    assert changes(policy(FIRST, SECOND), policy(SECOND, FIRST)) == {}, "the most severe decides, wherever it stands"


def test_weights_and_thresholds_that_differ_are_named_and_defaults_written_out_are_not() -> None:
    found = policy_differences(
        policy(SECOND), policy(SECOND, weights={"text-changed": 5, "new-source": 10}, new_days=3)
    )
    assert [(one.field, one.before, one.after) for one in found.weights] == [
        ("text-changed", "25", "5"),
        ("new_days", "14", "3"),
    ]


RULES = st.lists(
    st.builds(
        lambda name, when, action: {
            "id": name,
            "each": "document",
            "when": when,
            "action": action,
            "reason": "a reason for people",
        },
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["true", "false", "change.impact > 1"]),
        st.sampled_from(["admit", "review"]),
    ),
    unique_by=lambda rule: rule["id"],
)


@given(RULES, RULES)
def test_no_difference_is_shown_exactly_if_both_decide_alike_in_order(
    before: list[dict[str, str]], after: list[dict[str, str]]
) -> None:
    def by_action(rules: list[dict[str, str]]) -> list[dict[str, str]]:
        return sorted(rules, key=lambda rule: rule["action"])

    found = policy_differences(policy(*before), policy(*after))
    assert (found.rules == ()) is (by_action(before) == by_action(after))
    assert policy_differences(policy(*after), policy(*after)).rules == ()
