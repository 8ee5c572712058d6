"""Who may read what: law 2 in its pure form."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.identity.permissions import (
    EVERYONE,
    AccessChange,
    AccessRule,
    Classification,
    Principal,
    expand_groups,
    permits,
    principal_id,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ENDS = st.sampled_from([None, NOON - timedelta(days=1), NOON, NOON + timedelta(days=1)])
NAMES = st.sampled_from(["user:ada", "user:bob", "service:bot", "group:hr", "group:staff", EVERYONE])
RULES = st.builds(
    AccessRule,
    tenant=st.sampled_from(["default", "other"]),
    classification=st.sampled_from(Classification),
    allow=st.lists(NAMES, max_size=4).map(tuple),
    deny=st.lists(NAMES, max_size=3).map(tuple),
    until=ENDS,
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
    assert permits(rule(), ADA, NOON)
    assert permits(rule(allow=("ada",)), ADA, NOON)
    assert permits(rule(allow=(EVERYONE,)), ADA, NOON)


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
    assert not permits(rule(**refusing), ADA, NOON)


@given(RULES, PRINCIPALS)
def test_law_02_permission_needs_every_condition(access: AccessRule, principal: Principal) -> None:
    names = {principal.name, *principal.groups, EVERYONE}
    expected = (
        access.tenant == principal.tenant
        and list(Classification).index(principal.clearance) >= list(Classification).index(access.classification)
        and any(name in names for name in access.allow)
        and (access.until is None or access.until > NOON)
        and not any(name in names for name in access.deny)
    )
    assert permits(access, principal, NOON) is expected


@given(RULES, RULES, PRINCIPALS, st.integers(-2, 2))
def test_whoever_gains_access_is_reported_as_widening(
    old: AccessRule, new: AccessRule, principal: Principal, days: int
) -> None:
    at = NOON + timedelta(days=days)
    if permits(new, principal, at) and not permits(old, principal, at):
        assert AccessChange.between(old, new).widened


@given(RULES)
def test_the_same_rule_is_no_change_and_has_one_id(access: AccessRule) -> None:
    again = AccessRule(
        tenant=access.tenant,
        classification=access.classification,
        allow=tuple(reversed(access.allow)) * 2,
        deny=tuple(reversed(access.deny)),
        until=access.until,
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


def test_law_02_nobody_reads_from_the_end_of_a_rule_on() -> None:
    ending = rule(until="2026-03-01T13:00:00+01:00")
    assert permits(ending, ADA, NOON - timedelta(seconds=1))
    assert not permits(ending, ADA, NOON)
    assert not permits(ending, ADA, NOON + timedelta(days=1))


def test_a_rule_without_an_end_is_written_as_if_ends_did_not_exist() -> None:
    assert "until" not in rule().model_dump(mode="json")
    assert "until" not in rule(until=None).model_dump_json()
    ending = rule(until=NOON)
    assert ending.access_id != rule().access_id
    assert AccessRule.model_validate(ending.model_dump(mode="json")) == ending
    assert AccessRule.model_validate_json(ending.model_dump_json()).access_id == ending.access_id


def test_an_end_is_one_moment_however_it_is_written() -> None:
    assert rule(until="2026-03-01T13:00:00.25+01:00").access_id == rule(until=NOON).access_id
    with pytest.raises(ValueError, match="time zone"):
        rule(until="2026-03-01T13:00:00")


@pytest.mark.parametrize(
    ("old", "new", "widened"),
    [
        (None, NOON, False),
        (NOON, None, True),
        (NOON, NOON + timedelta(seconds=1), True),
        (NOON, NOON - timedelta(seconds=1), False),
        (NOON, NOON, False),
    ],
)
def test_a_later_end_widens_access(old: datetime | None, new: datetime | None, widened: bool) -> None:
    change = AccessChange.between(rule(until=old), rule(until=new))
    assert change.widened is change.prolonged is widened


@pytest.mark.parametrize(
    "name", ["", "user:", "user:a b", "a\nb", "ada\x1b[2J", "ad\u200ba", "a\u202eda", "a\x00", "role:ada"]
)
def test_a_name_that_could_forge_what_is_shown_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="principal"):
        principal_id(name)


def test_law_02_a_denial_holds_in_every_spelling_of_a_name() -> None:
    composed, decomposed = "zo\u00eb", "zoe\u0308"
    zoe = Principal(name=decomposed, groups=frozenset({"hr"}), clearance=Classification.CONFIDENTIAL)
    assert permits(rule(), zoe, NOON)
    assert not permits(rule(deny=(composed,)), zoe, NOON)
    assert rule(deny=(composed,)).access_id == rule(deny=(decomposed,)).access_id


@pytest.mark.parametrize("written", ["user:Corin", "user:CORIN", "user:ｃorin"])
def test_law_02_a_name_in_a_rule_means_the_same_person_however_it_is_written(written: str) -> None:
    corin = Principal(name="user:corin", groups=frozenset({"staff"}), clearance=Classification.INTERNAL)
    assert not permits(rule(allow=("group:staff",), deny=(written,)), corin, NOON)
    assert permits(rule(allow=(written,)), corin, NOON)
    other = corin.model_copy(update={"name": "user:Corin"})
    assert not permits(rule(allow=("group:staff",), deny=("user:corin",)), other, NOON)
    assert not AccessChange.between(rule(allow=(written,)), rule(allow=("user:corin",))).widened
