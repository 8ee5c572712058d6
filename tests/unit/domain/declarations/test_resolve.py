"""What documents declare about themselves, and what their source lets stand."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.declarations.declared import Declared, Tag, combine
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.resolve import resolve_tags
from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.principal_names import KnownPrincipals

SOURCE = Source(
    name="people",
    uri="/data",
    owner="people-team",
    classification=Classification.INTERNAL,
    tenant="default",
    allow=("group:staff", "group:hr"),
    deny=("user:mallory",),
    licence="CC-BY-4.0",
    registered_by="ada",
    registered_at=datetime(2026, 1, 1, tzinfo=UTC),
)


KNOWN = KnownPrincipals(names=frozenset({"user:bob", "user:ada", "group:staff", "group:hr", "user:wren@example.org"}))


def declared(**tags: object) -> Declared:
    return Declared(tuple(Tag(key, value, "line 2 of the front matter") for key, value in tags.items()))


def test_two_declarations_that_differ_contradict_each_other() -> None:
    first, second = declared(owner="user:a"), declared(owner="user:b", title="T")
    both = combine(first, second)
    assert both.tags == {"owner": "user:a", "title": "T"}
    assert both.problems == (
        "Its owner is declared twice, with different values: in line 2 of the front matter and in line 2 of the front "
        "matter.",
    )
    assert combine(first, first) == first


def test_tags_narrow_what_the_source_allows() -> None:
    tags = resolve_tags(
        SOURCE,
        declared(classification="Confidential", allow="group:hr", deny=["user:Bob"], owner="user:Ada", title=" A\nB "),
        known=KNOWN,
    )
    assert tags.problems == ()
    assert tags.access.classification is Classification.CONFIDENTIAL
    assert tags.access.allow == ("group:hr",)
    assert tags.access.deny == ("user:bob", "user:mallory")
    assert (tags.owner, tags.submitter, tags.licence, tags.title) == ("user:ada", "ada", "CC-BY-4.0", "A B")


def test_nothing_declared_is_what_the_source_says_and_so_is_the_same_owner_again() -> None:
    for tags in (declared(), declared(owner="people-team", submitter="user:ada", title=None, licence=None)):
        result = resolve_tags(SOURCE, tags)
        assert (result.owner, result.submitter, result.problems) == ("people-team", "ada", ())


@pytest.mark.parametrize(
    "declared",
    [
        {"classification": "public"},
        {"classification": "top secret"},
        {"tenant": "other"},
        {"allow": ["group:everyone"]},
        {"allow": []},
        {"allow": "role:x"},
        {"allow": {"group": "hr"}},
        {"deny": 3},
        {"owner": ["a", "b"]},
        {"owner": "x" * 501},
        {"until": "2027-01-31"},
        {"until": "2027-01-31T18:00:00"},
        {"until": "soon"},
        {"until": None},
        {"until": 5},
        {"classification": None},
        {"classification": "confidential\u00a0"},
        {"classification": ["confidential"]},
        {"tenant": 7},
        {"tenant": None},
        {"deny": None},
        {"deny": []},
        {"deny": ["bob"]},
        {"deny": ["user:bob,user:ada"]},
        {"deny": "user:bob user:ada"},
        {"deny": "user:bob;user:ada"},
        {"deny": ["user:bob/ada"]},
        {"deny": ["user:bob|ada"]},
        {"deny": ["user:*"]},
        {"deny": ["*"]},
        {"deny": ["@bob"]},
        {"deny": ["bob@example.org"]},
        {"deny": ["user:bob@example.org"]},
        {"deny": ["mailto:bob@example.org"]},
        {"deny": ["user: bob"]},
        {"deny": ["user:bob\u200b"]},
        {"deny": ["user:\uff42ob"]},
        {"deny": ["user:b\u043eb"]},
        {"deny": ["user:bob\x07"]},
        {"deny": ["User:bob"]},
        {"deny": ["-user:bob"]},
        {"deny": "[user:bob]"},
        {"deny": [["user:bob"]]},
        {"deny": ["user:nobody"]},
        {"deny": ["group:Nobody"]},
        {"deny": ["user:"]},
        {"allow": ["group:hr", "group:finance"]},
        {"allow": ["user:bob"]},
        {"allow": None},
        {"owner": None},
        {"owner": "legal"},
        {"owner": "NO"},
        {"submitter": "legal"},
        {"title": True},
        {"title": "a\x00b"},
        {"title": "a\ud800b"},
        {"title": 10**5_000},
    ],
)
def test_law_02_what_would_widen_or_cannot_be_understood_is_a_problem(declared: dict[str, object]) -> None:
    tags = resolve_tags(SOURCE, declared, known=KNOWN)
    assert tags.problems
    assert tags.access == SOURCE.access_rule


def test_a_problem_names_key_and_place_and_no_value() -> None:
    result = resolve_tags(SOURCE, declared(deny=["user:bob", "user:secret-name"], classification="s3cr3t"), known=KNOWN)
    assert result.problems == (
        "Its classification is not one of public, internal, confidential, restricted (line 2 of the front matter).",
        "Entry 2 of its `deny` is not a principal or group that Corpusgate knows, so the denial can match no one: "
        "correct the name (line 2 of the front matter).",
    )


def test_an_unknown_name_is_a_warning_where_it_is_allowed_and_nothing_where_nobody_can_tell() -> None:
    wide = SOURCE.model_copy(update={"allow": ("group:staff", "group:gone")})
    assert resolve_tags(wide, declared(allow=["group:gone"]), known=KNOWN).warnings
    assert resolve_tags(wide, declared(allow=["group:gone"]), known=KNOWN).problems == ()
    assert resolve_tags(SOURCE, declared(deny=["group:gone"])).problems == ()
    provided = KNOWN.model_copy(update={"open_users": True})
    assert resolve_tags(SOURCE, declared(deny=["user:gone", "user:gone@example.org"]), known=provided).problems == ()
    assert resolve_tags(SOURCE, declared(deny=["group:gone"]), known=provided).problems


def test_a_name_of_the_identity_file_is_accepted_whatever_its_characters() -> None:
    assert resolve_tags(SOURCE, declared(deny=["user:Wren@example.org"]), known=KNOWN).access.deny == (
        "user:mallory", "user:wren@example.org",
    )  # fmt: skip


def test_law_08_who_seems_to_have_submitted_is_on_record_even_with_a_problem() -> None:
    tags = resolve_tags(SOURCE, declared(submitter="Mallory"))
    assert (tags.submitter, len(tags.problems)) == ("user:mallory", 1)
    assert resolve_tags(SOURCE, declared(submitter="a,b")).submitter == "ada"


def test_law_02_a_verified_submitter_cannot_be_replaced() -> None:
    assert resolve_tags(SOURCE, declared(submitter="user:bob"), "user:ada").problems
    assert resolve_tags(SOURCE, declared(submitter="user:Ada"), "user:ada").submitter == "user:ada"


def test_an_end_of_access_may_be_added_and_brought_forward_and_never_put_off() -> None:
    june, july = "2026-06-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC)
    assert resolve_tags(SOURCE, {"until": july}).access.until == july
    ending = SOURCE.model_copy(update={"until": july})
    assert resolve_tags(ending, {}).access.until == july
    assert resolve_tags(ending, {"until": june}).access.until == datetime(2026, 6, 1, tzinfo=UTC)
    later = resolve_tags(ending, {"until": datetime(2026, 7, 2, tzinfo=UTC)})
    assert later.problems == ("It lets access end later than its source does.",)
    assert later.access.until == july
    written = front_matter("---\nuntil: 2026-06-01T00:00:00Z\n---\nText")
    assert resolve_tags(ending, written).problems == ()
    assert resolve_tags(ending, written).access.until == datetime(2026, 6, 1, tzinfo=UTC)
