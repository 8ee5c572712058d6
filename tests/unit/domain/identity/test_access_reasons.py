"""Why somebody may not read something: said exactly when it is so."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.identity.access_reasons import refusals
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal, permits

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
names = st.lists(st.sampled_from(["user:ann", "user:bea", "group:staff", "group:everyone"]), max_size=3).map(tuple)
levels = st.sampled_from(list(Classification))
tenants = st.sampled_from(["default", "other"])
moments = st.sampled_from([datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2)])
rules = st.builds(AccessRule, tenant=tenants, classification=levels, allow=names, deny=names, until=st.none() | moments)
people = st.builds(
    Principal,
    name=st.sampled_from(["user:ann", "user:bea"]),
    tenant=tenants,
    groups=st.frozensets(st.sampled_from(["group:staff", "group:board"])),
    clearance=levels,
)


@given(rules, people, moments)
def test_law_02_there_is_a_reason_exactly_when_reading_is_not_permitted(
    rule: AccessRule, who: Principal, at: datetime
) -> None:
    assert (refusals(rule, who, at) == ()) == permits(rule, who, at)


def test_every_reason_is_named() -> None:
    rule = AccessRule(
        tenant="port", classification=Classification.RESTRICTED, allow=("group:board",), deny=("user:ann",), until=NOON
    )
    assert refusals(rule, Principal(name="ann"), NOON) == (
        "belongs to tenant port",
        "clearance public is too low for restricted",
        "denied by user:ann",
        "not among group:board",
        "access ended 2026-03-01 12:00:00 UTC",
    )
    assert refusals(rule.model_copy(update={"allow": ()}), Principal(name="bea"), NOON)[2] == "nobody is allowed"
