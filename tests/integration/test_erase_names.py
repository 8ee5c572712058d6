"""Erasing a document whose own lines equal names that stay, submissions by their name, and erasures that cannot end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.errors import CorpusgateError, IntegrityError, NotFound, UsageError
from pipeline.domain.serving.erasing import ErasureReceipt
from pipeline.files.texts import TextStore
from pipeline.index.erase import segments_on_disk
from pipeline.index.generations import Generation
from pipeline.stores.takedown.erasures import Erasures
from pipeline.takedown import erase as operation
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome
from tests.support.submission_samples import hand_in, make_inbox

SECRET = "Beatrix keeps the harbour accounts in a green ledger under the counter."
OTHER = Doc("tide-tables-of-spring.md", ("The tide turns at six and again at noon.",))
ADVICE = Doc("harbour/opening-hours.md", ("The office opens at eight.",))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    made.refresh(OTHER, ADVICE)
    yield made
    made.close()


def serve(home: ServedHome, *lines: str, name: str = "accounts-of-the-harbour.md") -> Doc:
    doc = Doc(name, ("\n".join((*lines, SECRET)),))
    home.refresh(doc)
    TextStore(home.workspace.home.path("texts")).put(doc.texts[0])
    return doc


def erase(home: ServedHome, name: str) -> ErasureReceipt:
    return operation.erase(home.workspace, name, OPERATOR, "asked for")


def index_files(home: ServedHome) -> set[str]:
    root = home.workspace.index
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


def left(home: ServedHome) -> bytes:
    files = (path.read_bytes() for path in sorted(home.workspace.home.folder.rglob("*")) if path.is_file())
    return b"\0".join([*files, *(row.content for row in Erasures(home.workspace.database).rows())])


NAMES = {
    "part of another document's name": "tide-tables-of-spring.md",
    "part of its own name": "accounts-of-the-harbour",
    "a folder of another name": "harbour/opening-hours",
    "a group": "group:everyone",
    "a digest in a list of checksums": digest_text("\n".join(OTHER.texts)),
    "a version in a list of versions": OTHER.version_id,
    "a word of the schema": "content_digest",
    "a key of what a run recorded": "held_deletions",
    "an action of the audit log": "generation.published",
    "a type of statement": "application/vnd.in-toto+json",
    "a statement of the schema": "CREATE TABLE review_claims",
}


@pytest.mark.parametrize("line", NAMES.values(), ids=NAMES)
def test_erasing_a_page_with_a_line_that_is_also_an_identifier_ends(home: ServedHome, line: str) -> None:
    doc = serve(home, line, f"* see {line} for more about it")
    receipt = erase(home, doc.doc_id)
    assert [search.found for search in receipt.searches] == [0, 0]
    assert receipt.searches[0].identifiers > 0
    assert SECRET.encode() not in left(home)
    assert home.found() == {*OTHER.texts, *ADVICE.texts}
    assert home.workspace.audit.verify().ok


def test_a_line_that_is_also_an_identifier_still_counts_outside_the_places_of_identifiers(home: ServedHome) -> None:
    doc = serve(home, "tide-tables-of-spring.md")
    stray = home.workspace.home.folder / "notes.txt"
    stray.write_text("tide-tables-of-spring.md")
    with pytest.raises(IntegrityError, match=r"notes\.txt"):
        erase(home, doc.doc_id)
    stray.unlink()
    assert erase(home, doc.doc_id).searches[0].text_probes > 0


@pytest.mark.parametrize("place", ["policy.yaml", "detectors/injection/overrides.yar"])
def test_a_page_that_quotes_the_configuration_of_the_home_names_the_file_in_its_receipt(
    home: ServedHome, place: str
) -> None:
    longest = max((home.workspace.home.configs / place).read_text().splitlines(), key=len).strip()
    doc = serve(home, longest)
    assert f"configs/{place}" in erase(home, doc.doc_id).searches[-1].operators_files


def test_a_page_that_holds_the_head_of_a_key_file_can_be_erased(home: ServedHome) -> None:
    doc = serve(home, "-----BEGIN PUBLIC KEY-----")
    assert any(place.startswith("keys/") for place in erase(home, doc.doc_id).searches[-1].operators_files)


def test_the_title_of_another_document_is_that_documents(home: ServedHome) -> None:
    titled = OTHER.outcome()
    assert titled.tagged is not None
    title = "A short history of the tides"
    provenance = titled.tagged.provenance.model_copy(update={"title": title})
    tagged = titled.tagged.model_copy(update={"provenance": provenance})
    fresh = titled.model_copy(update={"tagged": tagged, "version_id": tagged.version_id, "kind": ChangeKind.METADATA})
    home.refresh(outcomes=[fresh], chunks=[OTHER])
    doc = serve(home, title)
    assert OTHER.doc_id in erase(home, doc.doc_id).searches[-1].shared_with


def test_an_erasure_that_cannot_end_names_the_place_and_leaves_the_index_as_it_was(home: ServedHome) -> None:
    doc = serve(home)
    stray = home.workspace.home.folder / "copy.txt"
    stray.write_text(SECRET)
    before, current = index_files(home), home.current()
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"copy\.txt.*left as they were") as caught:
            erase(home, doc.doc_id)
        assert SECRET not in str(caught.value)
        assert index_files(home) == before
        assert home.current() == current
        assert home.found() == {*OTHER.texts, *ADVICE.texts}
    stray.unlink()
    assert erase(home, doc.doc_id).resumed
    assert SECRET.encode() not in left(home)


@pytest.mark.parametrize("step", ["write_without", "publish_made", "remove_unused"])
def test_an_erasure_that_fails_leaves_no_segment_that_nothing_uses_and_resumes(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    doc = serve(home)
    before, real = index_files(home), getattr(operation, step)
    failures = iter([OSError("no space left")])

    def fail_once(*arguments: Any, **more: Any) -> Any:
        for failure in failures:
            raise failure
        return real(*arguments, **more)

    monkeypatch.setattr(operation, step, fail_once)
    with pytest.raises(OSError, match="no space"):
        erase(home, doc.doc_id)
    if step != "remove_unused":
        assert index_files(home) == before
    assert home.found() == {*OTHER.texts, *ADVICE.texts}
    assert erase(home, doc.doc_id).resumed
    workspace = home.workspace
    opened = [Generation.open(workspace.index, r, workspace.verifier) for r in workspace.ledger.generations()]
    assert set(segments_on_disk(workspace.index)) == {name for one in opened for name in one.statement.segments}
    assert SECRET.encode() not in left(home)


def test_a_submission_is_erased_by_the_name_its_submitter_gave_it_before_any_run_read_it(home: ServedHome) -> None:
    workspace = home.workspace
    make_inbox(workspace.database)
    taken = hand_in(workspace.submissions, SECRET, name="Beatrix and her accounts.md")
    assert SECRET.encode() in left(home)

    receipt = erase(home, "Beatrix and her accounts.md")

    assert receipt.held_by.submitted_files == 1
    assert receipt.document_digest == digest_text(taken.receipt.document)
    assert receipt.searches[0].text_probes > 0
    assert SECRET.encode() not in left(home)
    assert b"Beatrix and her accounts.md" not in left(home)
    (kept_out,) = Erasures(workspace.database).in_force()
    assert kept_out.contents == (digest_text(SECRET),), "its content stays out under any other name"


def test_a_document_that_waits_in_a_home_that_serves_nothing_yet_is_erased(tmp_path: Path) -> None:
    home = ServedHome(tmp_path / "fresh")
    store = TextStore(home.workspace.home.path("texts"))
    waits = Doc("waits.md", (SECRET,))
    digest = store.put(SECRET)
    home.refresh(outcomes=[waits.outcome(Action.REVIEW, text_digest=digest, served_digest=None, chunks=0)])
    assert home.workspace.ledger.current_generation() is None
    receipt = erase(home, waits.doc_id)
    assert (receipt.held_by.texts, receipt.done.published_generation) == (1, None)
    assert SECRET.encode() not in left(home)
    home.close()


def test_a_name_that_nothing_has_changes_nothing_and_says_so(home: ServedHome) -> None:
    serve(home)
    audited = len(list(home.workspace.audit.events()))
    with pytest.raises(NotFound, match=r"No document and no submission has that name\. Nothing was changed"):
        erase(home, "no-such-page.md")
    with pytest.raises(NotFound):
        erase(home, "")
    assert len(list(home.workspace.audit.events())) == audited


# Joined at run time: a scanner that reads this file must not take it for the real thing.
PERSON = "@".join(["ingrid.solberg", "northquay-foods.com"])


def test_a_document_under_a_pseudonym_is_erased_by_its_real_name(home: ServedHome) -> None:
    """A person who asks for an erasure knows the real name; the ledger does not."""
    real = f"staff/rota of {PERSON}.md"
    kept = home.workspace.recorded_names.kept(real)
    assert PERSON not in kept
    doc = serve(home, name=kept)
    assert doc.doc_id == f"hand:{kept}"
    receipt = erase(home, f"hand:{real}")
    assert receipt.document_digest == digest_text(doc.doc_id)
    assert SECRET.encode() not in left(home)
    assert PERSON.encode() not in left(home)


def test_law_04_a_real_name_that_nothing_has_is_not_repeated(home: ServedHome) -> None:
    for name in (f"rota of {PERSON}.md", f"hand:rota of {PERSON}.md", f"nowhere:rota of {PERSON}.md"):
        with pytest.raises(NotFound, match="has that name") as caught:
            erase(home, name)
        assert PERSON not in str(caught.value)


def test_a_name_that_a_document_and_a_submission_share_is_ambiguous(home: ServedHome) -> None:
    make_inbox(home.workspace.database)
    hand_in(home.workspace.submissions, "Another text.", name=OTHER.name)
    with pytest.raises(UsageError, match="Several documents have that name") as caught:
        erase(home, OTHER.name)
    assert OTHER.doc_id in str(caught.value)


def test_two_submissions_of_one_name_are_told_apart_by_their_ids(home: ServedHome) -> None:
    make_inbox(home.workspace.database)
    first = hand_in(home.workspace.submissions, SECRET, name="Minutes.md")
    hand_in(home.workspace.submissions, "Other minutes of another day.", name="Minutes.md")
    with pytest.raises(UsageError):
        erase(home, "Minutes.md")
    assert erase(home, first.receipt.submission_id).document_digest == digest_text(first.receipt.document)
    with pytest.raises(CorpusgateError):
        erase(home, first.receipt.submission_id + "x")
