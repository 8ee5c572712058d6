"""Principals who could have read under a rule, from their states."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.identity.histories import Origin, PrincipalState, PrincipalStates, could_read, state_digest
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal
from pipeline.domain.identity.roles import Grant, Role

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
READER = (Grant(role=Role.READER),)
RULE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:staff",))


def state(
    name: str,
    *groups: str,
    since: int = 0,
    until: int | None = None,
    clearance: str = "internal",
    tenant: str = "default",
    origin: Origin = "file",
) -> PrincipalState:
    """A state that holds from one day to another."""
    return PrincipalState(
        principal=Principal(name=name, tenant=tenant, groups=frozenset(groups), clearance=Classification(clearance)),
        roles=READER,
        origin=origin,
        since=START + since * DAY,
        until=None if until is None else START + until * DAY,
    )


def days(rule: AccessRule, states: list[PrincipalState], start: int, end: int) -> list[tuple[str, int, int | None]]:
    found = could_read(rule, states, START + start * DAY, START + end * DAY)
    return [
        (one.principal, (one.since - START).days, None if one.until is None else (one.until - START).days)
        for one in found
    ]


def test_a_principal_counts_while_its_groups_satisfy_the_rule() -> None:
    states = [
        state("user:ann", "group:staff", until=3),
        state("user:ann", "group:visitors", since=3, until=5),
        state("user:ann", "group:staff", since=5),
    ]
    assert days(RULE, states, 0, 9) == [("user:ann", 0, 3), ("user:ann", 5, None)]
    assert days(RULE, states, 2, 4) == [("user:ann", 2, 3)]
    for moment, reads in ((2, True), (3, False), (4, False), (5, True)):
        assert bool(days(RULE, states, moment, moment)) is reads, moment


def test_states_that_follow_each_other_are_one_time() -> None:
    states = [
        state("user:ann", "group:staff", until=3),
        state("user:ann", "group:staff", "group:board", since=3, until=6),
        state("user:ann", "group:staff", since=6),
    ]
    assert days(RULE, states, 1, 9) == [("user:ann", 1, None)]


@pytest.mark.parametrize(
    "other",
    [
        state("user:ann", "group:staff", clearance="public"),
        state("user:ann", "group:staff", tenant="elsewhere"),
        state("user:ann"),
    ],
)
def test_law_02_a_state_that_does_not_satisfy_the_rule_does_not_count(other: PrincipalState) -> None:
    assert days(RULE, [other], 0, 9) == []


def test_law_02_a_denial_and_the_end_of_a_rule_count() -> None:
    denied = RULE.model_copy(update={"deny": ("user:ann",)})
    ending = RULE.model_copy(update={"until": START + 4 * DAY})
    ann = state("user:ann", "group:staff")
    assert days(denied, [ann], 0, 9) == []
    assert days(ending, [ann], 0, 9) == [("user:ann", 0, 4)]
    assert days(ending, [ann], 4, 9) == []


def test_the_same_name_in_the_file_and_at_the_provider_is_counted_twice() -> None:
    states = [state("user:ann", "group:staff", until=2), state("user:ann", "group:staff", since=1, origin="oidc")]
    assert days(RULE, states, 0, 9) == [("user:ann", 0, 2), ("user:ann", 1, None)]


def test_what_was_before_the_history_is_unknown() -> None:
    states = PrincipalStates(began_at=START, states=())
    assert states.complete_from(START)
    assert not states.complete_from(START - DAY)
    assert "unknown" in states.note(START - DAY)
    assert "unknown" not in states.note(START)
    assert not PrincipalStates(began_at=None, states=()).complete_from(START)


def test_a_state_has_one_digest_whatever_the_order_of_groups_and_roles() -> None:
    ann = Principal(name="user:ann", groups=frozenset({"group:a", "group:b"}))
    roles = (Grant(role=Role.READER), Grant(role=Role.OWNER))
    assert state_digest(ann, roles) == state_digest(ann, tuple(reversed(roles)))
    for other in (
        ann.model_copy(update={"groups": frozenset({"group:a"})}),
        ann.model_copy(update={"clearance": Classification.RESTRICTED}),
        ann.model_copy(update={"tenant": "elsewhere"}),
    ):
        assert state_digest(other, roles) != state_digest(ann, roles)
    assert state_digest(ann, roles[:1]) != state_digest(ann, roles)
