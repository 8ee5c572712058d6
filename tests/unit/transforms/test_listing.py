"""Laws 2, 9 and 15: listing a place reads nothing outside it, leaves nothing out silently, and always ends."""

import os
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source, SourceLimits
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.files.beneath import LeavesRoot, NotAFile
from tests.support.patience import patience
from transforms.support import listing
from transforms.support.listing import UNSHOWN_NAME, UnreadFeed, look, references
from transforms.support.reading import LINK_OUTSIDE, NOT_A_FILE, digest_and_content, open_ref

MOST = 10_000


def source(uri: Path | str, **limits: int) -> Source:
    return Source.model_validate(
        {
            "name": "s", "uri": str(uri), "owner": "user:o", "classification": Classification.INTERNAL,
            "tenant": "default", "allow": ("group:staff",), "registered_by": "o",
            "registered_at": "2026-01-01T00:00:00Z", "limits": SourceLimits(**{"max_bytes": MOST, **limits}),
        }
    )  # fmt: skip


def listed(uri: Path | str, **limits: int) -> dict[str, DocumentRef]:
    place = source(uri, **limits)
    return {ref.uri: ref for file in look(place).files for ref in references(place, file)}


def feed_failure(uri: Path, **limits: int) -> str:
    with pytest.raises(UnreadFeed) as caught:
        listed(uri, **limits)
    return caught.value.reason


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        (b"line\nfeed.md", "line\\x0afeed.md"),
        (b"tab\there.md", "tab\\x09here.md"),
        (b"caf\xe9.md", "caf\\xe9.md"),
        (b"rlo\xe2\x80\xae.md", "rlo\\u202e.md"),
        (b"zero\xe2\x80\x8bwidth.md", "zero\\u200bwidth.md"),
    ],
)
def test_law_15_a_file_of_any_name_is_a_document_with_a_problem(tmp_path: Path, name: bytes, uri: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"text")
    ref = listed(tmp_path)[uri]
    assert ref.problems == (UNSHOWN_NAME,)
    assert DocumentRef.model_validate_json(ref.model_dump_json()) == ref
    assert digest_and_content(ref, MOST)[2] == b"text"


def test_a_file_whose_name_holds_a_backslash_or_a_bracket_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a\\x0a [1]"
    folder.mkdir()
    (folder / "b\\n.md").write_bytes(b"text")
    ref = listed(folder)["b\\\\n.md"]
    assert ref.problems == ()
    assert digest_and_content(ref, MOST)[2] == b"text"


def test_law_15_links_and_special_files_are_documents_that_are_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside.md").write_text("outside")
    (folder / "out.md").symlink_to("../outside.md")
    (folder / "zero.md").symlink_to("/dev/zero")
    (folder / "near.md").symlink_to("plain.md")
    (folder / "plain.md").write_text("plain")
    os.mkfifo(folder / "pipe.md")
    found = listed(folder)
    assert {name: ref.problems for name, ref in found.items()} == {
        "out.md": (LINK_OUTSIDE,), "zero.md": (LINK_OUTSIDE,), "pipe.md": (NOT_A_FILE,), "near.md": (), "plain.md": (),
    }  # fmt: skip
    assert digest_and_content(found["near.md"], MOST)[2] == b"plain"
    for name in ("out.md", "zero.md"):
        with pytest.raises(LeavesRoot):
            open_ref(found[name])
    with pytest.raises(NotAFile):
        open_ref(found["pipe.md"])


def test_law_02_a_file_replaced_by_a_link_after_it_was_listed_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.md").write_text("a")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.md").write_text("outside")
    ref = listed(folder)["sub/a.md"]
    (folder / "sub" / "a.md").unlink()
    (folder / "sub" / "a.md").symlink_to(tmp_path / "outside" / "a.md")
    with pytest.raises(LeavesRoot):
        open_ref(ref)
    (folder / "sub" / "a.md").unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(LeavesRoot):
        open_ref(ref)


def test_law_02_a_single_file_and_a_glob_keep_their_root(tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("outside")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "only.md").write_text("only")
    (folder / "linked.md").symlink_to("../outside.md")
    (folder / "only.md.meta.yaml").symlink_to("../outside.md")
    assert {name: ref.problems for name, ref in listed(f"{folder}/*.md").items()} == {
        "only.md": (), "linked.md": (LINK_OUTSIDE,),
    }  # fmt: skip
    ref = listed(folder / "only.md")["only.md"]
    assert ref.sidecar == f"{folder}/only.md.meta.yaml", "a metadata file that must not be opened is not left out"
    with pytest.raises(LeavesRoot):
        open_ref(ref.model_copy(update={"location": ref.sidecar}))
    (folder / "only.md").unlink()
    with pytest.raises(FileNotFoundError):
        listed(folder / "only.md")


def test_law_02_a_source_in_the_home_or_the_system_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for uri in (tmp_path, tmp_path / "home", "/etc", "/proc/self"):
        with pytest.raises(UsageError):
            look(source(uri), [str(tmp_path / "home")])


def test_law_09_folders_that_cannot_be_listed_are_named(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(103):
        deep /= "d"
        deep.mkdir()
    found = look(source(tmp_path))
    assert [omission.name for omission in found.partial] == ["/".join(["d"] * 101)]


def test_law_09_a_feed_that_cannot_be_read_is_named_as_a_whole(tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.symlink_to("/dev/zero")
    assert feed_failure(tmp_path) == "a link out of its source, not followed"
    feed.unlink()
    os.mkfifo(feed)
    assert feed_failure(tmp_path) == "not a regular file, not opened"
    feed.unlink()
    feed.symlink_to("nothing")
    assert feed_failure(tmp_path) == "it is not there"


def test_law_15_huge_and_empty_files_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_LINE_BYTES", 50_000_000)
    with (tmp_path / "sparse.txt").open("wb") as file:
        file.truncate(1 << 42)
    with (tmp_path / "sparse.jsonl").open("wb") as file:
        file.truncate(1 << 42)
    with patience(60):
        assert feed_failure(tmp_path / "sparse.jsonl") == "a line of it is longer than 50,000,000 bytes"
    size, digest, content = digest_and_content(listed(f"{tmp_path}/*.txt")["sparse.txt"], MOST)
    assert (size, content) == (1 << 42, None)
    assert digest != digest_and_content(listed(f"{tmp_path}/*.txt")["sparse.txt"], MOST + 1)[1]
    (tmp_path / "sparse.jsonl").unlink()
    feed = tmp_path / "feed.jsonl"
    with monkeypatch.context() as during:
        during.setattr(listing, "MOST_FEED_BYTES", 100)
        feed.write_text('{"id": "a", "text": "x"}\n' * 100)
        assert feed_failure(feed) == "larger than 100 bytes"
    feed.write_text("{}\n" * 300_000)
    assert feed_failure(feed) == "more than 1,000 of its records have no usable `id`"
    feed.write_text("".join(f'{{"id": {number}}}\n' for number in range(12)))
    assert feed_failure(feed, max_documents=10) == "more than 10 records, the limit of its source"
    feed.write_text("\n" * 1_000_000 + '{"id": "last", "text": "x"}\n')
    assert list(listed(feed)) == ["feed.jsonl#last"]
    feed.write_text('{"id": "long", "text": "' + "x" * 30_000_000 + '"}\n{"id": "next", "text": "x"}\n')
    found = listed(feed)
    assert list(found) == ["feed.jsonl#line-1", "feed.jsonl#next"]
    assert digest_and_content(found["feed.jsonl#line-1"], MOST)[2] is None
    assert digest_and_content(found["feed.jsonl#next"], MOST)[2] == b'{"id": "next", "text": "x"}\n'


def test_law_15_a_file_that_grows_while_it_is_read_ends(tmp_path: Path) -> None:
    path = tmp_path / "grows.txt"
    path.write_bytes(b"x" * 10)
    ref = listed(tmp_path)["grows.txt"]
    path.write_bytes(b"x" * 1_000_000)
    assert digest_and_content(ref, MOST)[::2] == (MOST + 1, None)
