import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.identity.roles import Caller, Grant, Role, narrowed

SOURCES = ("handbook", "wiki", "board")
BOUND_ROLES = [role for role in Role if role is not Role.READER]
grants = st.builds(
    Grant,
    role=st.sampled_from(BOUND_ROLES),
    sources=st.lists(st.sampled_from(SOURCES), unique=True).map(tuple),
    classifications=st.lists(st.sampled_from(Classification), unique=True).map(tuple),
)
places = st.tuples(
    st.sampled_from(BOUND_ROLES), st.sampled_from([None, *SOURCES]), st.sampled_from([None, *Classification])
)


def caller(*granted: Grant) -> Caller:
    return Caller(principal=Principal(name="user:ada"), grants=granted, means="token")


@given(st.lists(grants, max_size=4), st.lists(grants, max_size=4), places)
def test_what_a_token_narrows_is_exactly_what_both_allow(
    held: list[Grant], wanted: list[Grant], place: tuple[Role, str | None, Classification | None]
) -> None:
    both = caller(*held).may(*place) and caller(*wanted).may(*place)
    assert caller(*narrowed(held, wanted)).may(*place) == both


def test_law_02_a_caller_without_grants_may_nothing() -> None:
    nobody = caller()
    assert not [role for role in Role if nobody.may(role) or nobody.may_somewhere(role) or nobody.may(role, "wiki")]
    with pytest.raises(NotAllowed, match="user:ada is not reviewer or operator for wiki"):
        nobody.require(Role.REVIEWER, Role.OPERATOR, source="wiki")


def test_a_bounded_grant_reaches_only_what_it_names() -> None:
    reviewer = caller(Grant(role=Role.REVIEWER, sources=("wiki",), classifications=(Classification.PUBLIC,)))
    assert reviewer.may(Role.REVIEWER, "wiki", Classification.PUBLIC)
    assert reviewer.may_somewhere(Role.REVIEWER)
    for place in [("wiki", None), (None, Classification.PUBLIC), ("board", Classification.PUBLIC), (None, None)]:
        assert not reviewer.may(Role.REVIEWER, *place)


def test_a_refusal_says_how_far_the_role_would_have_to_reach() -> None:
    bounded = caller(Grant(role=Role.REVIEWER, sources=("wiki",), classifications=(Classification.PUBLIC,)))
    with pytest.raises(NotAllowed, match="is not reviewer of every source and classification"):
        bounded.require(Role.REVIEWER)
    with pytest.raises(NotAllowed, match="is not reviewer for wiki, classification internal"):
        bounded.require(Role.REVIEWER, source="wiki", classification=Classification.INTERNAL)
    with pytest.raises(NotAllowed, match=r"is not auditor\."):
        bounded.require(Role.AUDITOR)


def test_reading_cannot_be_bounded_by_a_role() -> None:
    with pytest.raises(ValidationError, match="permission tags"):
        Grant(role=Role.READER, sources=("wiki",))


def test_a_role_without_bounds_is_one_word_in_configuration() -> None:
    assert Grant.model_validate("auditor") == Grant(role=Role.AUDITOR)
    with pytest.raises(ValidationError):
        Grant.model_validate("emperor")
