"""Which metadata file belongs to which document, and what one may hold."""

import pytest

from pipeline.domain.declarations.metadata_file import metadata_file
from pipeline.domain.declarations.sidecars import (
    SHARED_SIDECAR,
    TWO_SIDECARS,
    UNREAD_SIDECAR,
    Beside,
    is_feed,
    is_sidecar,
    pair,
)


@pytest.mark.parametrize(
    "name",
    [
        "plan.md.meta.yaml",
        "plan.md.meta.yml",
        "plan.md.META.YAML",
        "plan.md.meta.json",
        "plan.meta.yaml",
        "Plan.MD.meta.yaml",
    ],
)
def test_a_metadata_file_is_found_by_any_of_its_names(name: str) -> None:
    pairing = pair([f"a/{name}", "a/plan.md", "b/plan.md"])
    assert pairing.documents == {"a/plan.md": Beside((f"a/{name}",)), "b/plan.md": Beside()}
    assert pairing.documents["a/plan.md"].sidecar == f"a/{name}"
    assert pairing.orphans == ()


def test_law_02_a_metadata_file_without_document_is_reported_and_never_a_document() -> None:
    pairing = pair(["a/gone.md.meta.yaml", "a/plan.md"])
    assert pairing.documents.keys() == {"a/plan.md"}
    assert pairing.orphans == ("a/gone.md.meta.yaml",)


def test_law_02_two_metadata_files_are_a_problem() -> None:
    beside = pair(["plan.md", "plan.md.meta.yaml", "plan.meta.json"]).documents["plan.md"]
    assert (beside.sidecar, beside.problems) == (None, (TWO_SIDECARS,))


def test_law_02_a_metadata_file_that_could_belong_to_two_is_a_problem_of_both() -> None:
    pairing = pair(["plan.md", "plan.txt", "plan.meta.yaml"])
    assert {beside.problems for beside in pairing.documents.values()} == {(SHARED_SIDECAR,)}
    assert pair(["Plan.md", "plan.md", "PLAN.MD.meta.yaml"]).documents["plan.md"].problems == (SHARED_SIDECAR,)


def test_the_whole_name_goes_before_the_stem() -> None:
    pairing = pair(["plan", "plan.md", "plan.meta.yaml"])
    assert pairing.documents == {"plan": Beside(("plan.meta.yaml",)), "plan.md": Beside()}


UNREAD = (
    *("plan.md.meta.toml", "plan.md.metadata.yaml", "plan.meta.txt", "plan.md.meta", "plan.md.metadata"),
    *("plan.md.meta.yaml.txt", "plan.md.meta.yaml~", "plan.md.meta.yaml.bak", "plan.md.meta.yam", "plan.md.meta..yaml"),
    *("plan.md-meta.yaml", "plan.md_meta.json", "plan.md.meta-data.yaml", "plan.meta.md.yaml", "plan.md.met.yaml"),
    *("plan.md.yaml", "PLAN.MD.YML", "plan.md.properties", "plan.md.\uff4deta.yaml", "plan.md.meta.yaml "),
    *("plan.md.tags.yaml", "plan.md.mate.yml", "Plan.md.access.json", "plan.md.rights.yaml.bak"),
)


@pytest.mark.parametrize("name", UNREAD)
def test_law_02_a_metadata_file_with_an_ending_that_is_not_read_is_a_problem(name: str) -> None:
    pairing = pair(["plan.md", name])
    assert pairing.documents == {"plan.md": Beside((), (UNREAD_SIDECAR,))}


@pytest.mark.parametrize("name", ["plan.md .meta.yaml", ".plan.md.meta.yaml", "plan.md..meta.json"])
def test_law_02_a_metadata_file_whose_name_is_off_by_signs_is_reported_and_a_problem(name: str) -> None:
    pairing = pair(["plan.md", name])
    assert pairing.documents == {"plan.md": Beside((), (UNREAD_SIDECAR,))}
    assert pairing.orphans == (name,)


@pytest.mark.parametrize(
    "names",
    [
        ("train.csv", "train_metadata.json"),
        ("meeting.md", "meeting-meta.md", "metadata.md"),
        ("openapi.md", "openapi.yaml"),
        ("a.json", "a.json.bak", "b.yaml.old"),
        ("meta.md", "meta.yaml", "metadata.json"),
        ("plan.md", "plan.metal.md", "plan-2.md"),
    ],
)
def test_documents_with_like_names_are_documents(names: tuple[str, ...]) -> None:
    found = pair(names).documents
    assert found.keys() == set(names)
    assert not any(beside.sidecars or beside.problems for beside in found.values())


def test_metadata_files_of_the_folder_count_when_a_source_names_one_document() -> None:
    pairing = pair(["/a/plan.md"], ["/a/plan.md", "/a/plan.md.meta.yaml", "/a/other.md.meta.yaml"])
    assert pairing.documents == {"/a/plan.md": Beside(("/a/plan.md.meta.yaml",))}
    assert pairing.orphans == ()


def test_names_of_feeds_and_metadata_files() -> None:
    assert is_feed("News.JSONL")
    assert is_feed("news.ndjson")
    assert not is_feed("news.json")
    assert is_sidecar("news.jsonl.meta.yaml")
    assert not is_sidecar(".meta.yaml")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("classification: restricted\n", "a.meta.yaml"),
        ("---\nclassification: restricted\n---\n", "a.meta.yaml"),
        ("# who may read\r\nclassification: restricted\r\n", "a.meta.yml"),
        ('{"classification": "restricted"}', "a.meta.json"),
        ('{"classification": "restricted"}', "a.meta.yaml"),
    ],
)
def test_a_metadata_file_is_read(text: str, name: str) -> None:
    declared = metadata_file(text, name)
    assert (declared.tags, declared.problems) == ({"classification": "restricted"}, ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, "a.meta.yaml"),
        ("", "a.meta.yaml"),
        ("# classification: restricted\n", "a.meta.yaml"),
        ("- classification: restricted\n", "a.meta.yaml"),
        ("classification:restricted\n", "a.meta.yaml"),
        ("classification: restricted\nauthor: wren\n", "a.meta.yaml"),
        ("classification: restricted\nlicense: MIT\n", "a.meta.yaml"),
        ("deny: [user:a]\ndeny: [user:b]\n", "a.meta.yaml"),
        ("title: a\n---\ndeny: [user:a]\n", "a.meta.yaml"),
        ('{"deny": "user:a", "deny": "user:b"}', "a.meta.json"),
        ("deny: [user:a]\n", "a.meta.json"),
        ('["deny"]', "a.meta.json"),
        ('{"deny": NaN}', "a.meta.json"),
        ('{"deny": ' + "[" * 100_000, "a.meta.json"),
        ("title: " + "x" * 300_000, "a.meta.yaml"),
    ],
)
def test_law_02_a_metadata_file_that_is_not_exactly_tags_is_a_problem(text: str | None, name: str) -> None:
    declared = metadata_file(text, name)
    assert declared.problems
    assert "wren" not in str(declared.problems)


def test_a_problem_of_a_metadata_file_names_its_line() -> None:
    assert metadata_file("---\ntitle: a\nauthor: wren\n---\n", "a.meta.yaml").problems == (
        "Line 3 of the metadata file: `author` is not a tag; the tags are classification, tenant, allow, deny, until, "
        "owner, submitter, licence, title.",
    )
