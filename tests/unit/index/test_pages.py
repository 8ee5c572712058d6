"""Pages of placements: any history gives the pages that the documents alone give, in memory and in files (law 7)."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import count, pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError
from pipeline.domain.serving import document_tree
from pipeline.domain.serving.document_tree import document_root, key_of, pages_of
from pipeline.domain.serving.publication import LiveDocument
from pipeline.index import page_files, pages
from pipeline.index.page_files import MOST_FILES, PAGES, SUFFIX, USAGE, PageFiles, read_pages, write_pages
from pipeline.index.pages import PlacementPage, PlacementPages
from pipeline.index.placements import Placement

SMALL = 3
"""Documents in a page, so that few of them split it."""
Change = dict[int, int | None]
"""By the number of a document its edition; None where it leaves."""
CHANGES = st.lists(
    st.dictionaries(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 3)), max_size=12), min_size=1, max_size=8
)


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    with patch.object(document_tree, "PAGE_DOCUMENTS", SMALL), patch.object(pages, "PAGE_DOCUMENTS", SMALL):
        yield


def placement(number: int, edition: int) -> Placement:
    doc_id = f"hand:{number}.md"
    document = LiveDocument(
        doc_id=doc_id,
        version_id=digest_text(f"{number} {edition}")[:32],
        content_digest=digest_text(f"content {number} {edition}"),
        text_digest=digest_text(f"text {number} {edition}"),
        access_id=f"rule-{edition % 2}",
    )
    chunks = edition % 3
    return Placement(document, f"segment-{edition}" if chunks else "", 10 * number, 10 * number + chunks)


def as_changes(change: Change) -> dict[str, Placement | None]:
    return {f"hand:{n}.md": None if edition is None else placement(n, edition) for n, edition in change.items()}


def without_place(held: PlacementPages) -> list[PlacementPage]:
    return [page._replace(file="", offset=0) for page in held.pages]


def agree(held: PlacementPages, expected: Iterable[Placement]) -> None:
    """The pages are those that these placements give, with their counts and root."""
    placements = list(expected)
    made = PlacementPages.of(placements)
    assert without_place(held) == without_place(made)
    assert (held.segments, held.access) == (made.segments, made.access)
    assert held.root == document_root(p.document for p in placements)
    assert (held.documents, held.chunks) == (len(placements), sum(p.chunks for p in placements))
    asked = {p.doc_id for p in placements} | {f"hand:{number}.md" for number in range(45)}
    assert held.placed(asked) == {p.doc_id: p for p in placements}


def reopened(folder: Path, held: PlacementPages, number: int) -> PlacementPages:
    """The pages as the next process sees them."""
    target = folder / str(number)
    target.mkdir()
    digests = write_pages(target, held, number)
    files = PageFiles(folder, str(number), {name: sha for name, sha in digests.items() if name.endswith(SUFFIX)})
    files.verify()
    assert {path.name for path in target.iterdir()} == digests.keys()
    return read_pages(files, digests[PAGES], digests[USAGE])


@settings(max_examples=80, deadline=None)
@given(CHANGES)
def test_law_07_any_history_of_changes_gives_the_pages_of_what_is_left(changes: list[Change]) -> None:
    held, expected = PlacementPages.of(()), dict[int, int]()
    for change in changes:
        held = held.updated(as_changes(change))
        expected |= {number: edition for number, edition in change.items() if edition is not None}
        expected = {number: edition for number, edition in expected.items() if change.get(number, 0) is not None}
        agree(held, (placement(number, edition) for number, edition in expected.items()))


@settings(max_examples=25, deadline=None)
@given(CHANGES, st.integers(2, 4))
def test_law_07_pages_through_files_are_the_same_and_stand_in_few_files(changes: list[Change], most: int) -> None:
    held, expected, numbers = PlacementPages.of(()), dict[int, int](), count(1)
    with tempfile.TemporaryDirectory() as folder, patch.object(page_files, "MOST_FILES", most):
        for change in changes:
            held = reopened(Path(folder), held.updated(as_changes(change)), next(numbers))
            expected |= {number: edition for number, edition in change.items() if edition is not None}
            expected = {number: edition for number, edition in expected.items() if change.get(number, 0) is not None}
            agree(held, (placement(number, edition) for number, edition in expected.items()))
            assert len({page.file for page in held.pages}) <= most


def test_an_update_reads_and_writes_the_pages_of_what_changed_only(tmp_path: Path) -> None:
    held = reopened(tmp_path, PlacementPages.of(placement(number, 1) for number in range(2_000)), 1)
    read = list[PlacementPage]()
    original = PageFiles.read

    def noting(self: PageFiles, page: PlacementPage) -> bytes | memoryview:
        read.append(page)
        return original(self, page)

    with patch.object(PageFiles, "read", noting):
        after = held.updated(as_changes({7: 2}))
        (changed,) = [page for page in after.pages if not page.file]
        assert [page.span for page in read] == [changed.span]
        again = reopened(tmp_path, after, 2)
        assert len(read) == 1
    fresh = tmp_path / "2" / f"placements-2{SUFFIX}"
    assert fresh.stat().st_size == changed.size
    assert [page for page in again.pages if page.span != changed.span] == [
        page for page in held.pages if page.span != changed.span
    ]


def test_a_damaged_page_stops_readers_of_that_page_only(tmp_path: Path) -> None:
    held = reopened(tmp_path, PlacementPages.of(placement(number, 1) for number in range(40)), 1)
    victim = held.pages[1]
    path = tmp_path / "1" / victim.file
    data = bytearray(path.read_bytes())
    data[victim.offset + victim.size // 2] ^= 1
    path.write_bytes(data)
    hit = next(n for n in range(40) if victim.span.first <= key_of(f"hand:{n}.md") < victim.span.end)
    missed = next(n for n in range(40) if not victim.span.first <= key_of(f"hand:{n}.md") < victim.span.end)
    assert held.placed([f"hand:{missed}.md"]).keys() == {f"hand:{missed}.md"}
    for refused in (
        lambda: held.placed([f"hand:{hit}.md"]),
        lambda: held.updated(as_changes({hit: 2})),
        held.table,
    ):
        with pytest.raises(IntegrityError, match=r"placements-1\.pages has SHA-256"):
            refused()


def test_a_range_without_documents_has_no_page_and_still_counts_in_the_root() -> None:
    keys = sorted(key_of(f"hand:{number}.md") for number in range(200))
    spans = [span for span, _ in pages_of(keys)]
    assert sum(place.stop - place.start for _, place in pages_of(keys)) == 200
    assert all(before.end <= after.first for before, after in pairwise(spans))
    # Other documents in the same pages, or the same ones in other pages, never give the same root.
    roots = {document_root(placement(n, 1).document for n in range(size)) for size in range(60)}
    assert len(roots) == 60


def test_files_are_merged_when_there_are_many(tmp_path: Path) -> None:
    held = reopened(tmp_path, PlacementPages.of(placement(number, 1) for number in range(3_000)), 1)
    seen = set[int]()
    for number in range(2, 45):
        held = reopened(tmp_path, held.updated(as_changes({number * 7 % 3_000: 2})), number)
        seen.add(len({page.file for page in held.pages}))
    assert max(seen) == MOST_FILES
    expected = dict.fromkeys(range(3000), 1) | {number * 7 % 3_000: 2 for number in range(2, 45)}
    agree(held, (placement(number, edition) for number, edition in expected.items()))
