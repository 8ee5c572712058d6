"""Who may read what: law 2 in its pure form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.permissions import (
    EVERYONE,
    AccessChange,
    AccessRule,
    Classification,
    Principal,
    expand_groups,
    permits,
    principal_id,
)

NAMES = st.sampled_from(["user:ada", "user:bob", "service:bot", "group:hr", "group:staff", EVERYONE])
RULES = st.builds(
    AccessRule,
    tenant=st.sampled_from(["default", "other"]),
    classification=st.sampled_from(Classification),
    allow=st.lists(NAMES, max_size=4).map(tuple),
    deny=st.lists(NAMES, max_size=3).map(tuple),
)
PRINCIPALS = st.builds(
    Principal,
    name=st.sampled_from(["user:ada", "user:bob", "service:bot"]),
    tenant=st.sampled_from(["default", "other"]),
    groups=st.frozensets(st.sampled_from(["group:hr", "group:staff"])),
    clearance=st.sampled_from(Classification),
)


def rule(**changes: object) -> AccessRule:
    fields = {"tenant": "default", "classification": "internal", "allow": ("group:hr",), **changes}
    return AccessRule.model_validate(fields)


ADA = Principal(name="ada", groups=frozenset({"hr"}), clearance=Classification.CONFIDENTIAL)


def test_a_rule_admits_who_it_names_by_group_or_name() -> None:
    assert permits(rule(), ADA)
    assert permits(rule(allow=("ada",)), ADA)
    assert permits(rule(allow=(EVERYONE,)), ADA)


@pytest.mark.parametrize(
    "refusing",
    [
        {"allow": ()},
        {"allow": ("group:finance",)},
        {"deny": ("group:hr",)},
        {"deny": ("user:ada",)},
        {"allow": ("ada",), "deny": (EVERYONE,)},
        {"tenant": "other"},
        {"classification": "restricted"},
    ],
)
def test_law_02_any_doubt_refuses(refusing: dict[str, object]) -> None:
    assert not permits(rule(**refusing), ADA)


@given(RULES, PRINCIPALS)
def test_law_02_permission_needs_every_condition(access: AccessRule, principal: Principal) -> None:
    names = {principal.name, *principal.groups, EVERYONE}
    expected = (
        access.tenant == principal.tenant
        and list(Classification).index(principal.clearance) >= list(Classification).index(access.classification)
        and any(name in names for name in access.allow)
        and not any(name in names for name in access.deny)
    )
    assert permits(access, principal) is expected


@given(RULES, RULES, PRINCIPALS)
def test_whoever_gains_access_is_reported_as_widening(old: AccessRule, new: AccessRule, principal: Principal) -> None:
    if permits(new, principal) and not permits(old, principal):
        assert AccessChange.between(old, new).widened


@given(RULES)
def test_the_same_rule_is_no_change_and_has_one_id(access: AccessRule) -> None:
    again = AccessRule(
        tenant=access.tenant,
        classification=access.classification,
        allow=tuple(reversed(access.allow)) * 2,
        deny=tuple(reversed(access.deny)),
    )
    assert again.access_id == access.access_id
    assert not AccessChange.between(access, again).widened


@pytest.mark.parametrize("name", ["", " ", "role:x", "user:", "group:a b", "user:\tx"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"principal|name"):
        principal_id(name)


def test_groups_of_groups_are_followed_and_cycles_end() -> None:
    parents = {"group:a": ("group:b",), "group:b": ("group:c", "group:a"), "group:d": ("group:e",)}
    assert expand_groups(["group:a"], parents) == {"group:a", "group:b", "group:c"}
