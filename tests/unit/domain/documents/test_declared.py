"""What documents declare about themselves, and what their source lets stand."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.documents.declared import body_start, combine, feed_record, front_matter, sidecar
from pipeline.domain.documents.provenance import Source, resolve_tags
from pipeline.domain.identity.permissions import Classification

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


def test_front_matter_declares_tags_and_nothing_else() -> None:
    text = b"---\ntitle: Notice\nclassification: confidential\nlayout: page\n---\n# Notice\n"
    assert front_matter(text) == ({"title": "Notice", "classification": "confidential"}, ())


@pytest.mark.parametrize(
    "text", [b"", b"# Notice", b"---\n", b"--- not\n---\n", b"---\njust a line\n---\ntext", b"\xff\xfe\x00"]
)
def test_text_without_front_matter_declares_nothing(text: bytes) -> None:
    assert front_matter(text) == ({}, ())


@pytest.mark.parametrize(
    "text",
    [
        b"---\nclassification: [unclosed\n---\n",
        b"---\nallow: !!python/object/apply:os.system [true]\n---\n",
        b"---\nallow: " + b"[" * 5000 + b"\n---\n",
        b"---\n\xff\xfe: x\n---\n",
    ],
)
def test_law_02_broken_front_matter_is_a_problem_not_an_empty_declaration(text: bytes) -> None:
    declared, problems = front_matter(text)
    assert (declared, len(problems)) == ({}, 1)


def test_a_metadata_file_must_be_a_mapping() -> None:
    assert sidecar(b"owner: legal\n") == ({"owner": "legal"}, ())
    assert sidecar(b"- owner\n")[1]
    assert sidecar(b"x" * 70_000)[1]


def test_two_declarations_that_differ_contradict_each_other() -> None:
    first, second = ({"owner": "legal"}, ()), ({"owner": "finance", "title": "T"}, ())
    tags, problems = combine(first, second)
    assert tags == {"owner": "legal", "title": "T"}
    assert len(problems) == 1
    assert combine(first, first) == ({"owner": "legal"}, ())


def test_a_feed_record_has_name_text_and_tags() -> None:
    name, text, (tags, problems) = feed_record(b'{"id": 7, "text": "body", "owner": "legal", "extra": 1}\n')
    assert (name, text, tags, problems) == ("7", "body", {"owner": "legal"}, ())


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"{}", b'{"id": " ", "text": "x"}', b'{"id": "a"}', b'{"id": "a", "text": 3}']
)
def test_a_feed_record_without_name_or_text_is_a_problem(line: bytes) -> None:
    assert feed_record(line)[2][1]


def test_tags_narrow_what_the_source_allows() -> None:
    tags = resolve_tags(
        SOURCE, {"classification": "Confidential", "allow": "group:hr", "deny": ["bob"], "owner": "Ada"}
    )
    assert tags.problems == ()
    assert tags.access.classification is Classification.CONFIDENTIAL
    assert tags.access.allow == ("group:hr",)
    assert tags.access.deny == ("user:bob", "user:mallory")
    assert (tags.owner, tags.submitter, tags.licence) == ("Ada", "ada", "CC-BY-4.0")


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
    ],
)
def test_law_02_what_would_widen_or_cannot_be_understood_is_a_problem(declared: dict[str, object]) -> None:
    tags = resolve_tags(SOURCE, declared)
    assert tags.problems
    assert tags.access == SOURCE.access_rule


def test_an_end_of_access_may_be_added_and_brought_forward_and_never_put_off() -> None:
    june, july = "2026-06-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC)
    assert resolve_tags(SOURCE, {"until": july}).access.until == july
    ending = SOURCE.model_copy(update={"until": july})
    assert resolve_tags(ending, {}).access.until == july
    assert resolve_tags(ending, {"until": june}).access.until == datetime(2026, 6, 1, tzinfo=UTC)
    later = resolve_tags(ending, {"until": datetime(2026, 7, 2, tzinfo=UTC)})
    assert later.problems == ("It lets access end later than its source does.",)
    assert later.access.until == july
    tags, problems = front_matter(b"---\nuntil: 2026-06-01T00:00:00Z\n---\nText")
    assert problems == ()
    assert resolve_tags(ending, tags).access.until == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "served"),
    [
        ("---\nclassification: restricted\ndeny: [user:ada]\n---\n# Pay\n", "# Pay\n"),
        ("---\ntitle: Pläne\nallow: [group:hr]\n...\nText", "Text"),
        ("---\ntitle: Plans\n---\nText", "---\ntitle: Plans\n---\nText"),
        ("Text\n---\ndeny: [user:ada]\n---\n", "Text\n---\ndeny: [user:ada]\n---\n"),
        ("---\ndeny: [\n---\nText", "---\ndeny: [\n---\nText"),
        ("", ""),
    ],
)
def test_law_02_who_may_not_read_a_document_is_told_to_nobody_who_may(text: str, served: str) -> None:
    assert text[body_start(text) :] == served
