"""Every kind of source finds the metadata files of its documents, and never lists one as a document."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.feeds import NOT_LINES, NOT_UTF_8
from pipeline.domain.declarations.sidecars import TWO_SIDECARS, UNREAD_SIDECAR
from pipeline.domain.documents.provenance import Source, SourceLimits
from pipeline.domain.identity.permissions import Classification
from pipeline.extraction.tag_reader import tag_reader
from pipeline.settings.extraction import ExtractionSettings
from tests.support.depot import Depot
from transforms.support.listing import list_source, look
from transforms.support.reading import digest_and_content
from transforms.support.tagging import declarations

RECORD = '{"id": "storm", "text": "It rained."}\n'


def source(uri: Path | str, most_bytes: int = 1_000_000) -> Source:
    return Source(
        name="notes", uri=str(uri), owner="o", classification=Classification.INTERNAL, tenant="default",
        allow=("group:staff",), limits=SourceLimits(max_bytes=most_bytes), registered_by="a",
        registered_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "plan.md": "Plan",
        "plan.md.META.YAML": "title: a\n",
        "notes.txt": "Notes",
        "notes.meta.json": '{"title": "a"}',
        "news.JSONL": RECORD,
        "news.jsonl.meta.yml": "title: a\n",
        "twice.md": "Twice",
        "twice.md.meta.yaml": "title: a\n",
        "twice.meta.yaml": "title: b\n",
        "gone.md.meta.yaml": "title: a\n",
    }.items():
        (tmp_path / name).write_text(content)
    return tmp_path


EXPECTED = {
    "plan.md": "plan.md.META.YAML",
    "notes.txt": "notes.meta.json",
    "news.JSONL#storm": "news.jsonl.meta.yml",
    "twice.md": None,
}


def found(uri: Path | str) -> dict[str, str | None]:
    return {ref.uri: None if ref.sidecar is None else Path(ref.sidecar).name for ref in list_source(source(uri))}


def test_law_02_a_folder_a_glob_and_a_single_file_find_the_same_metadata_files(folder: Path) -> None:
    assert found(folder) == EXPECTED
    assert found(f"{folder}/*") == EXPECTED
    assert found(f"{folder}/*.md") == {name: EXPECTED[name] for name in ("plan.md", "twice.md")}
    assert found(folder / "plan.md") == {"plan.md": "plan.md.META.YAML"}
    assert found(folder / "news.JSONL") == {"news.JSONL#storm": "news.jsonl.meta.yml"}
    assert [ref.problems for ref in list_source(source(folder)) if ref.uri == "twice.md"] == [(TWO_SIDECARS,)]


def test_law_02_a_bucket_finds_the_metadata_files_of_a_prefix_a_glob_a_document_and_a_feed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"depot://papers/{path.name}": path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(Depot, "files", files)
    assert found("depot://papers") == EXPECTED
    assert found("depot://papers/") == EXPECTED
    assert found("depot://papers/*") == EXPECTED
    assert found("depot://papers/*.md") == {name: EXPECTED[name] for name in ("plan.md", "twice.md")}
    assert found("depot://papers/news.JSONL") == {"news.JSONL#storm": "news.jsonl.meta.yml"}
    assert look(source("depot://papers")).orphans == ("gone.md.meta.yaml",)
    reader = tag_reader(ExtractionSettings())
    for ref in list_source(source("depot://papers/*.md")):
        declared = declarations(ref, b"Plan", {}, reader)
        assert (ref.uri, declared.tags) in [("plan.md", {"title": "a"}), ("twice.md", {})]
    monkeypatch.setattr(Depot, "files", files | {"depot://papers/plan.md.meta.yaml.bak": b"deny: [user:ada]\n"})
    assert {ref.uri: ref.problems for ref in list_source(source("depot://papers"))}["plan.md"] == (UNREAD_SIDECAR,)
    assert {ref.uri: ref.problems for ref in list_source(source("depot://papers/pl*.md"))}["plan.md"]


def test_law_02_a_file_that_is_nearly_a_metadata_file_keeps_its_document_out_of_every_kind_of_source(
    folder: Path,
) -> None:
    (folder / "plan.md.META.YAML").rename(folder / "plan.md.meta")
    for uri in (folder, f"{folder}/*", f"{folder}/pl*.md", folder / "plan.md"):
        refs = {ref.uri: (ref.sidecar, ref.problems) for ref in list_source(source(uri))}
        assert refs["plan.md"] == (None, (UNREAD_SIDECAR,)), uri
        assert "plan.md.meta" not in refs


def test_law_02_a_metadata_file_alone_is_reported(folder: Path) -> None:
    assert look(source(folder)).orphans == ("gone.md.meta.yaml",)
    assert found(folder / "gone.md.meta.yaml") == {}


def test_a_document_is_read_again_when_its_metadata_file_changes(folder: Path) -> None:
    (before,) = list_source(source(folder / "plan.md"))
    (folder / "plan.md.META.YAML").write_text("title: another\n")
    (after,) = list_source(source(folder / "plan.md"))
    assert before.stamp != after.stamp


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"[\n{RECORD}]\n".encode(), NOT_LINES),
        (b'{\n  "id": "storm",\n  "text": "It rained."\n}\n', NOT_LINES),
        (RECORD.encode("utf-16"), NOT_UTF_8),
        (RECORD.encode("utf-16-le"), NOT_UTF_8),
    ],
)
def test_law_02_a_feed_of_another_shape_is_one_document_with_a_problem(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    (tmp_path / "news.jsonl").write_bytes(content)
    (ref,) = list_source(source(tmp_path))
    assert (ref.uri, ref.problems, ref.length) == ("news.jsonl#feed", (problem,), len(content))


def test_records_are_found_by_offset_whatever_ends_their_lines(tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbf" + RECORD.encode(), b"\r\n", b'{"id": "b", "text": "x"}\r\n', b"{broken}\n", b'{"id": "c"}']
    (tmp_path / "news.ndjson").write_bytes(b"".join(lines))
    refs = list(list_source(source(tmp_path)))
    assert [ref.uri for ref in refs] == [f"news.ndjson#{name}" for name in ("storm", "b", "line-4", "c")]
    read = [digest_and_content(ref, 1_000)[2] for ref in refs]
    assert read == [lines[0], lines[2], lines[3], lines[4]]


def test_law_15_a_line_longer_than_its_source_allows_is_one_document_and_the_next_is_read(tmp_path: Path) -> None:
    long = b'{"id": "long", "text": "' + b"x" * 5_000 + b'"}\n'
    (tmp_path / "news.jsonl").write_bytes(long + RECORD.encode() + long.rstrip(b"\n"))
    refs = list(list_source(source(tmp_path, most_bytes=1_000)))
    assert [(ref.uri, ref.length) for ref in refs] == [
        ("news.jsonl#line-1", len(long)), ("news.jsonl#storm", len(RECORD)), ("news.jsonl#line-3", len(long) - 1),
    ]  # fmt: skip
    assert digest_and_content(refs[0], 1_000)[2] is None


DOUBTFUL = {
    "plan.md": ("plan.yaml", "classification: restricted\n"),
    "sub/tide.md": ("sub/meta/tide.json", '{"deny": ["user:ada"]}'),
    "ship.tar.md": ("ship.meta.yaml", "allow: [group:hr]\n"),
    "config.md": ("config.yaml", "port: 80\nallow: [GET, POST]\n"),
}


def doubted(uri: Path | str) -> dict[str, str]:
    """Problems of the documents of a source, by name."""
    reader = tag_reader(ExtractionSettings())
    return {ref.uri: " ".join(declarations(ref, b"Plan", {}, reader).problems) for ref in list_source(source(uri))}


def test_law_02_a_file_that_seems_to_describe_a_document_keeps_it_out_of_every_kind_of_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub" / "meta").mkdir(parents=True)
    for name, (other, content) in DOUBTFUL.items():
        (tmp_path / name).write_text("Plan")
        (tmp_path / other).write_text(content)
    kept_out = {"plan.md": "plan.yaml", "sub/tide.md": "meta/tide.json", "ship.tar.md": "ship.meta.yaml"}
    objects = {f"depot://papers/{path.relative_to(tmp_path)}": path.read_bytes() for path in tmp_path.rglob("*.*")}
    monkeypatch.setattr(Depot, "files", objects)
    for uri in (tmp_path, f"{tmp_path}/**", "depot://papers"):
        found = doubted(uri)
        assert found["config.md"] == ""
        for document, other in kept_out.items():
            assert found[document].startswith(f"The file {other} says who may read a document"), uri
    assert doubted(tmp_path / "plan.md")["plan.md"]
    assert doubted(f"{tmp_path}/sub/*.md")["tide.md"]
    assert doubted(tmp_path / "sub" / "tide.md")["tide.md"]
    assert doubted("depot://papers/pl*.md")["plan.md"]


def test_law_04_a_value_in_the_name_of_such_a_file_is_not_shown(tmp_path: Path) -> None:
    value = "ghp_" + "a1B2" * 9
    (tmp_path / f"{value}.md").write_text("Plan")
    (tmp_path / f"{value}.yaml").write_text("classification: restricted\n")
    problem = doubted(tmp_path)[f"{value}.md"]
    assert problem
    assert value not in problem


def test_a_document_is_read_again_when_a_file_that_may_describe_it_changes(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("Plan")
    (tmp_path / "plan.yaml").write_text("port: 80\n")
    (before,) = list_source(source(tmp_path / "plan.md"))
    (tmp_path / "plan.yaml").write_text("classification: restricted\n")
    (after,) = list_source(source(tmp_path / "plan.md"))
    assert before.stamp != after.stamp


@pytest.mark.parametrize("doubted_first", [True, False])
def test_law_02_a_metadata_file_of_one_source_is_read_as_such_where_another_source_only_doubts_it(
    tmp_path: Path, doubted_first: bool
) -> None:
    (tmp_path / "plan.md").write_text("Plan")
    (tmp_path / "plan.txt").write_text("Plan")
    (tmp_path / "plan.md.meta.yaml").write_text("classification: restricted\n")
    (described,) = list_source(source(f"{tmp_path}/*.md"))
    (doubting,) = list_source(source(f"{tmp_path}/*.txt"))
    doubting = doubting.model_copy(update={"doubtful": (described.sidecar,)})
    order = [doubting, described] if doubted_first else [described, doubting]
    reader, sidecars = tag_reader(ExtractionSettings()), dict[str, Declared]()
    read = {ref.uri: declarations(ref, b"Plan", sidecars, reader) for ref in order}
    assert (read["plan.md"].tags, read["plan.md"].problems) == ({"classification": "restricted"}, ())
    assert read["plan.txt"].problems


def test_a_file_that_seems_to_describe_two_documents_is_named_as_seen_from_each(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "plan.yaml").write_text("classification: restricted\n")
    (tmp_path / "plan.md").write_text("Plan")
    (tmp_path / "meta" / "plan.txt").write_text("Plan")
    reader, sidecars = tag_reader(ExtractionSettings()), dict[str, Declared]()
    read = {ref.uri: declarations(ref, b"Plan", sidecars, reader).problems for ref in list_source(source(tmp_path))}
    assert "The file meta/plan.yaml says" in read["plan.md"][0]
    assert "The file plan.yaml says" in read["meta/plan.txt"][0]


@pytest.mark.parametrize("own", [None, "classification: restricted\n"])
@pytest.mark.parametrize("beside", ["plan.md.meta.yaml", "plan.yaml", "access.yaml"])
def test_law_02_a_link_to_a_document_is_described_by_the_files_of_its_target(
    tmp_path: Path, beside: str, own: str | None
) -> None:
    (tmp_path / "plan.md").write_text("Plan")
    (tmp_path / beside).write_text("classification: restricted\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "link.md").symlink_to("../plan.md")
    (tmp_path / "second.md").symlink_to("sub/link.md")
    for name in ("sub/link.md", "second.md") if own else ():
        (tmp_path / f"{name}.meta.yaml").write_text(own or "")
    reader = tag_reader(ExtractionSettings())
    held = {
        ref.uri: bool(ref.sidecar or declarations(ref, digest_and_content(ref, 1_000)[2], {}, reader).problems)
        for ref in list_source(source(tmp_path))
    }
    assert held["sub/link.md"]
    assert held["second.md"]


def test_law_02_a_file_that_declares_for_a_folder_keeps_out_what_lies_beneath_and_says_why(tmp_path: Path) -> None:
    for name in ("plan.md", "hr/pay.md", "hr/old/pay.md", "hr/own.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Plan")
    (tmp_path / "hr" / ".access.yaml").write_text("allow: [group:hr]\n")
    (tmp_path / "hr" / "own.md.meta.yaml").write_text("title: a\n")
    reader = tag_reader(ExtractionSettings())
    problems = {
        ref.uri: declarations(ref, digest_and_content(ref, 1_000)[2], {}, reader).problems
        for ref in list_source(source(tmp_path))
    }
    assert {name for name, of_document in problems.items() if not of_document} == {"plan.md", "hr/own.md"}
    assert ".access.yaml says who may read, and no file declares for a folder" in problems["hr/old/pay.md"][0]


@pytest.mark.parametrize("name", ["access.yaml", "plan.yaml"])
def test_law_02_a_doubtful_file_that_cannot_be_opened_is_named_in_the_problem(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "plan.md").write_text("Plan")
    (tmp_path / "outside.yaml").write_text("title: a\n")
    (folder / name).symlink_to("../outside.yaml")
    reader = tag_reader(ExtractionSettings())
    [plan] = [ref for ref in list_source(source(folder)) if ref.uri == "plan.md"]
    assert f"The file {name} says" in declarations(plan, b"Plan", {}, reader).problems[0]
