"""Differences of two policies, rule by rule and weight by weight.

Invariants: pure. Rules are known by their ids: a rule with another id is another rule.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from pipeline.domain.findings.text_diff import EditKind, diff
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.impact import DEFAULT_WEIGHTS, ImpactPolicy
from pipeline.domain.policy.policy import Policy, PolicyRule


class RuleChange(StrEnum):
    """Change of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    """The same rule at another place among rules of its action, so it may decide before another one or after it."""


class WordsDifference(Frozen):
    """A stretch of words, and whether only one of two texts has it."""

    kind: EditKind
    text: str


class FieldDifference(Frozen):
    """One field of a rule, or one weight, in both policies. Empty if one does not have it."""

    field: str
    before: str
    after: str

    @property
    def words(self) -> tuple[WordsDifference, ...]:
        """Both texts in one, with what was removed and added."""
        return tuple(
            WordsDifference(
                kind=edit.kind,
                text=self.before[edit.old_start : edit.old_stop]
                if edit.kind is EditKind.REMOVED
                else self.after[edit.new_start : edit.new_stop],
            )
            for edit in diff(self.before, self.after)
        )


class RuleDifference(Frozen):
    """A rule that two policies do not have in common as it stands."""

    rule_id: str
    change: RuleChange
    fields: tuple[FieldDifference, ...]
    """Fields that differ; of a rule that only one policy has, every field."""


class PolicyDifferences(Frozen):
    """Differences between the policy in force and another one."""

    rules: tuple[RuleDifference, ...]
    """In the order of the other policy; rules that it lacks come last."""
    weights: tuple[FieldDifference, ...]
    """Weights and thresholds of changes."""

    def shown(self, words: Callable[[str], str]) -> "PolicyDifferences":
        """The same, with each text of the other policy as `words` returns it."""
        rules = tuple(
            rule.model_copy(
                update={"fields": tuple(one.model_copy(update={"after": words(one.after)}) for one in rule.fields)}
            )
            for rule in self.rules
        )
        return self.model_copy(update={"rules": rules})


def policy_differences(before: Policy, after: Policy) -> PolicyDifferences:
    """The differences from one policy to another."""
    old, new = ({rule.id: rule for rule in policy.rules} for policy in (before, after))
    moved = _moved(before, after)
    found = [_difference(old.get(name), rule, moved=name in moved) for name, rule in new.items()]
    found += [_difference(rule, None, moved=False) for name, rule in old.items() if name not in new]
    return PolicyDifferences(
        rules=tuple(one for one in found if one is not None),
        weights=_fields(_weights(before.impact), _weights(after.impact)),
    )


def _difference(before: PolicyRule | None, after: PolicyRule | None, *, moved: bool) -> RuleDifference | None:
    known = after or before
    assert known is not None, "one of two policies has the rule"
    fields = _fields(_texts(before), _texts(after))
    if before is None or after is None:
        change = RuleChange.ADDED if before is None else RuleChange.REMOVED
    elif fields:
        change = RuleChange.CHANGED
    elif moved:
        change = RuleChange.MOVED
    else:
        return None
    return RuleDifference(rule_id=known.id, change=change, fields=fields)


def _moved(before: Policy, after: Policy) -> set[str]:
    """Rules that stand before or after others of the same action and scope than they did."""

    def ordered(policy: Policy, other: Policy) -> dict[tuple[str, str], list[str]]:
        groups: dict[tuple[str, str], list[str]] = {}
        for rule in policy.rules:
            there = other.rule(rule.id)
            if there is not None and (there.action, there.each) == (rule.action, rule.each):
                groups.setdefault((rule.action.value, rule.each.value), []).append(rule.id)
        return groups

    old, new = ordered(before, after), ordered(after, before)
    return {
        name
        for group, names in new.items()
        for name, there in zip(names, old.get(group, ()), strict=True)
        if name != there
    }


def _texts(rule: PolicyRule | None) -> dict[str, str]:
    if rule is None:
        return {}
    return {
        "action": rule.action.value,
        "each": rule.each.value,
        "when": rule.when,
        "reason": rule.reason,
        "fix": rule.fix,
        "tag": rule.tag or "",
    }


def _weights(impact: ImpactPolicy) -> dict[str, str]:
    return {name: f"{impact.most(name):g}" for name in sorted(DEFAULT_WEIGHTS)} | {
        name: f"{getattr(impact, name):g}" for name in ImpactPolicy.model_fields if name != "weights"
    }


def _fields(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(field=name, before=before.get(name, ""), after=after.get(name, ""))
        for name in dict.fromkeys((*after, *before))
        if before.get(name, "") != after.get(name, "")
    )
