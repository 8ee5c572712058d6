"""Streams, window by window: the real gates, the real publisher, a ledger that changes under them."""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action, Document, DocumentRef
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import IntegrityError, UnaccountedDocuments
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.files.spool import ClosedWindow, window_end
from pipeline.publishing.run import Publisher
from pipeline.runs.refresh import refresh
from pipeline.runs.streaming.publisher import Published
from pipeline.search.answers import search_as
from pipeline.takedown.revoke import lift, revoke
from tests.support.callers import person
from tests.support.served_home import OPERATOR, REVIEWER
from tests.support.streamed_home import StreamedHome
from transforms import assess_impact, poll_sources
from transforms.support import tagging

RITA = person("rita", Role.REVIEWER)
LEAK = "database password: " + "".join(["Tr0ub4dor", "&3xK9", "!qLw7Zp"])  # in pieces, so that no scanner minds


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamedHome]:
    made = StreamedHome(tmp_path_factory.mktemp("stream"))
    yield made
    made.workspace.close()


def chapter(number: int, about: str = "how gardens are watered") -> str:
    return f"# Chapter {number}\n\nThe chapter of that number explains {about} in every season of the year.\n"


def test_a_window_becomes_a_generation_and_the_same_again_changes_nothing(home: StreamedHome) -> None:
    home.register("plain")
    home.snapshots.write()
    for number in range(3):
        home.write("plain", f"{number}.md", chapter(number))
    home.write("plain", "leak.md", LEAK)
    done = home.stream(home.refs("plain"))
    assert (done.verdicts[Action.ADMIT], done.verdicts[Action.QUARANTINE], done.documents) == (3, 1, 4)
    assert {f"plain:{number}.md" for number in range(3)} <= home.served()
    again = home.stream(home.refs("plain"))
    assert (again.unchanged, again.generation, again.again) == (4, None, 0)
    assert home.verdicts("plain:0.md") == [Action.ADMIT]


def test_law_07_a_stream_serves_what_a_refresh_of_the_same_inputs_serves(tmp_path: Path) -> None:
    streamed = StreamedHome(tmp_path / "a", "notes")
    for number in range(4):
        streamed.write("notes", f"{number}.md", chapter(number))
    streamed.stream(streamed.refs("notes", "0.md", "1.md"))
    streamed.write("notes", "1.md", chapter(1, "how gardens are fenced"))
    last = streamed.stream(streamed.refs("notes"))
    refreshed = StreamedHome(tmp_path / "b")
    refreshed.register("notes")
    for path in (tmp_path / "a" / "notes").iterdir():
        shutil.copy(path, tmp_path / "b" / "notes")
    result = refresh(refreshed.workspace)
    assert last.generation is not None
    assert result.generation is not None
    assert last.generation.digest == result.generation.digest
    for made in (streamed, refreshed):
        made.workspace.close()


def test_law_06_a_driver_that_died_after_its_commit_changes_nothing_twice(home: StreamedHome, tmp_path: Path) -> None:
    home.register("died")
    home.snapshots.write()
    home.write("died", "a.md", chapter(1))
    home.window(home.refs("died"))
    kept = shutil.copytree(home.spool.windows, tmp_path / "windows")
    assert home.publish().verdicts[Action.ADMIT] == 1
    for path in kept.iterdir():  # as if the driver had died before it forgot the window
        shutil.copy(path, home.spool.windows)
    home.restart()
    repeated = home.publish()
    assert (repeated.generation, repeated.again) == (None, 1)
    answered = home.again()
    assert answered is not None
    assert answered.unchanged == 1
    assert home.verdicts("died:a.md") == [Action.ADMIT]
    assert home.spool.open_requests() == []


def test_windows_judged_before_the_ledger_moved_on_are_judged_again(home: StreamedHome) -> None:
    place = home.register("moved")
    home.snapshots.write()
    home.write("moved", "a.md", chapter(1))
    first = home.refs("moved")
    home.window(first)
    home.publish()
    before = home.snapshots.context()
    (place / "a.md").write_text(chapter(1, "how gardens are sold"))
    home.window(home.refs("moved"))  # judged against the first version
    refresh(home.workspace, ["moved"])  # meanwhile somebody else decides about it
    stale = home.publish()
    assert (stale.again, stale.generation) == (1, None)
    answered = home.again()
    assert answered is not None
    assert answered.unchanged == 1
    assert before.stream == home.snapshots.context().stream


def test_law_08_a_verdict_from_before_its_source_was_narrowed_is_not_published(home: StreamedHome) -> None:
    home.register("narrow")
    home.snapshots.write()
    home.write("narrow", "a.md", chapter(1))
    home.window(home.refs("narrow"))
    home.workspace.sources.narrow_source("narrow", "service:corpusgate", "It behaves unlike itself.")
    stale = home.publish()
    assert (stale.again, stale.generation) == (1, None)
    assert "narrow:a.md" not in home.served()
    home.again()
    assert home.verdicts("narrow:a.md") == [Action.REVIEW]
    assert "narrow:a.md" not in home.served()


def test_an_approval_flows_in_and_is_published(home: StreamedHome) -> None:
    home.register("approved")
    home.workspace.sources.narrow_source("approved", "user:paul", "Look at everything.")
    home.snapshots.write()
    home.write("approved", "a.md", chapter(1))
    assert home.stream(home.refs("approved")).verdicts[Action.REVIEW] == 1
    assert home.look() == []
    item = next(one for one in home.workspace.reviews.list_items(RITA) if one.doc_id == "approved:a.md")
    home.workspace.reviews.approve(item.item_id, RITA, "It is right.")
    assert [ref.doc_id for ref in home.look()] == ["approved:a.md"]
    home.again()
    assert "approved:a.md" in home.served()
    assert home.look() == []


def test_law_04_an_approved_document_with_a_masked_name_is_found_again_and_published(home: StreamedHome) -> None:
    address = "@".join(["ingrid.solberg", "northquay-foods.com"])
    home.register("masked")
    home.workspace.sources.narrow_source("masked", "user:paul", "Look at everything.")
    home.snapshots.write()
    home.write("masked", f"for {address}.md", chapter(1))
    home.write("masked", "other.md", chapter(2))
    assert home.stream(home.refs("masked")).verdicts[Action.REVIEW] == 2
    item = next(one for one in home.workspace.reviews.list_items(RITA) if one.doc_id.startswith("masked:~"))
    home.workspace.reviews.approve(item.item_id, RITA, "It is right.")
    (asked,) = home.look()
    assert (asked.doc_id, asked.location) == (item.doc_id, "")
    files = [path.read_bytes() for path in home.spool.requests.iterdir()]
    assert files
    assert not any(address.encode() in file for file in files)
    poller = _poller(home)
    assert f"masked:for {address}.md" in {ref.doc_id for ref in poller.process(None)}
    home.again()
    assert item.doc_id in home.served()
    assert home.look() == []


CREW_NOTE = "The spare lamp of the harbour master stands behind the second stair of the customs house"


def test_law_10_a_revoked_text_comes_back_under_no_other_name_of_a_stream_until_a_refresh_after_the_lift(
    home: StreamedHome,
) -> None:
    home.register("returned")
    home.snapshots.write()
    home.write("returned", "lamp.md", CREW_NOTE)
    home.stream(home.refs("returned"))
    assert "returned:lamp.md" in home.served()
    revoke(home.workspace, RevocationKind.DOCUMENT, "returned:lamp.md", OPERATOR, "It names the place.")
    for name, text in (("copy.md", CREW_NOTE), ("edit.md", CREW_NOTE.replace("second", "third"))):
        home.write("returned", name, text)
        home.stream(home.refs("returned", name))
        assert f"returned:{name}" not in home.served(), "its past was not looked up yet, so nothing is published"
        home.again()
        assert f"returned:{name}" not in home.served()
        assert home.verdicts(f"returned:{name}") == [Action.REVIEW]
        history = home.workspace.ledger.document_history(f"returned:{name}")
        assert RETURNED in history.versions[-1].verdicts[-1].verdict.rule_ids
    lift(home.workspace, RevocationKind.DOCUMENT, "returned:lamp.md", REVIEWER, "The lamp was moved.")
    home.stream(home.refs("returned"))
    assert "returned:copy.md" not in home.served()
    refresh(home.workspace, ["returned"])
    assert {"returned:lamp.md", "returned:copy.md", "returned:edit.md"} <= home.served()


def test_a_late_older_version_is_superseded_and_a_late_one_of_a_deleted_document_too(home: StreamedHome) -> None:
    place = home.register("ordered")
    home.snapshots.write()

    def version(order: int, text: str) -> DocumentRef:
        path = place / f"{order}.txt"
        path.write_text(text)
        return DocumentRef(
            source="ordered", uri="doc", location=str(path), length=len(text), order=order, stamp=str(order)
        )

    versions = {order: version(order, chapter(order)) for order in (1, 2, 3)}
    done = home.stream([versions[2], versions[1], versions[2]])
    assert (done.documents, done.verdicts[Action.ADMIT]) == (1, 1)
    live = home.workspace.ledger.document_history("ordered:doc").live_version
    late = home.stream([versions[1]])
    assert (late.superseded, late.again, late.generation) == (1, 0, None)
    assert home.workspace.ledger.document_history("ordered:doc").live_version == live
    gone = DocumentRef(source="ordered", uri="doc", location="", order=3, gone=True)
    home.stream([gone])
    assert "ordered:doc" not in home.served()
    home.stream([versions[2]])
    assert "ordered:doc" not in home.served()
    home.stream([version(4, chapter(4))])
    home.again()  # it resembles what was deleted, so it is judged with that in view
    assert "ordered:doc" in home.served()


def test_law_03_a_document_a_gate_fails_on_is_quarantined_and_its_neighbours_pass(
    home: StreamedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.register("poison")
    home.snapshots.write()
    for name in ("good.md", "poison.md"):
        home.write("poison", name, chapter(1))
    sound = assess_impact._Assess._assessed

    def failing(self: assess_impact._Assess, document: Document) -> Document:
        if document.doc_id == "poison:poison.md":
            raise RuntimeError(document.text)
        return sound(self, document)

    monkeypatch.setattr(assess_impact._Assess, "_assessed", failing)
    done = home.stream(home.refs("poison"))
    assert (done.verdicts[Action.ADMIT], done.verdicts[Action.QUARANTINE]) == (1, 1)
    assert home.verdicts("poison:poison.md") == [Action.QUARANTINE]
    assert "poison:good.md" in home.served()


def test_what_changed_while_it_was_read_is_judged_again_even_if_it_changed_back(
    home: StreamedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves, and takes it back, while the gate reads: what is there afterwards was never judged."""
    folder = home.register("hasty")
    home.snapshots.write()
    home.write("hasty", "note.md", chapter(1))
    sound = tagging.digest_and_content

    def then_saved(ref: DocumentRef, most: int) -> tuple[int, str, bytes | None]:
        digested = sound(ref, most)
        home.write("hasty", "note.md", chapter(2))
        return digested

    with monkeypatch.context() as during:
        during.setattr(tagging, "digest_and_content", then_saved)
        assert home.stream(home.refs("hasty")).verdicts[Action.QUARANTINE] == 1
    home.write("hasty", "note.md", chapter(1))
    (ref,) = home.refs("hasty")
    assert folder.joinpath("note.md").read_text() == chapter(1)
    assert home.publisher.seen_now({ref.doc_id})[ref.doc_id].stamp == "", "a stamp would keep the poller from looking"
    home.stream([ref])
    assert home.verdicts(ref.doc_id) == [Action.QUARANTINE, Action.ADMIT]
    assert ref.doc_id in home.served()


def test_a_full_disk_is_no_documents_fault(home: StreamedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    home.register("full")
    home.snapshots.write()
    home.write("full", "a.md", chapter(1))

    def full(self: assess_impact._Assess, document: Document) -> Document:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(assess_impact._Assess, "_assessed", full)
    with pytest.raises(Exception, match="No space left"):
        home.window(home.refs("full"))
    assert home.spool.closed_windows() == []


def test_law_13_a_window_that_lost_a_document_is_not_published(home: StreamedHome) -> None:
    home.register("lost")
    home.snapshots.write()
    home.write("lost", "a.md", chapter(1))
    home.window(home.refs("lost"))
    name = home.spool.closed_windows()[0]
    window = home.spool.read_window(name)
    home.spool.forget_windows([name])
    home.spool.close_window(window.model_copy(update={"documents": window.documents + 1}))
    assert home.publisher.step() is None, "its other pieces may still come"
    for path in home.spool.windows.iterdir():
        os.utime(path, (0, 0))
    with pytest.raises(UnaccountedDocuments, match="2 documents came"):
        home.publisher.step()
    assert "lost:a.md" not in home.served()
    assert home.spool.closed_windows() == [], "a stream that is started again looks at its documents anew"


def in_pieces(home: StreamedHome, source: str) -> list[ClosedWindow]:
    """One window, closed as after a step back to a checkpoint: outcomes first, documents and chunks later."""
    home.register(source)
    home.snapshots.write()
    for number in range(3):
        home.write(source, f"{number}.md", chapter(number, f"how the boats of {source} are painted"))
    home.window(home.refs(source))
    (name,) = home.spool.closed_windows()
    whole = home.spool.read_window(name)
    home.spool.forget_windows([name])
    outcomes = tuple(part for part in whole.parts if part.startswith("outcomes"))
    others = tuple(part for part in whole.parts if part not in outcomes)
    return [
        whole.model_copy(update={"parts": outcomes, "documents": 1}),
        whole.model_copy(update={"parts": (), "documents": 2, "arrived": 0}),
        whole.model_copy(update={"parts": others, "documents": 0, "arrived": 0}),
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_law_13_pieces_of_a_late_window_wait_for_each_other_and_are_published_together(
    home: StreamedHome, order: tuple[int, ...]
) -> None:
    source = "pieces" + "".join(map(str, order))
    pieces = in_pieces(home, source)
    for number in order:
        assert home.publisher.step() is None
        home.spool.close_window(pieces[number])
    assert home.publish().verdicts[Action.ADMIT] == 3
    assert {f"{source}:{number}.md" for number in range(3)} <= home.served()


def test_law_13_windows_that_contradict_each_other_never_let_one_go_that_waits_for_pieces(
    home: StreamedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, *_ = in_pieces(home, "belated")
    behind = home.spool.close_window(waiting)
    home.register("twofold")
    home.snapshots.write()
    for number in range(2):
        home.write("twofold", f"{number}.md", chapter(number, "how sails are mended"))
        home.window([ref for ref in home.refs("twofold") if ref.doc_id == f"twofold:{number}.md"])
    publish, tried = home.publisher._publish, []

    def contradicting(names: Sequence[str], publisher: Publisher) -> Published:
        tried.append(tuple(names))
        if len(names) > 1:
            raise IntegrityError("Parts contradict each other.", done="Nothing was published.")
        return publish(names, publisher)

    monkeypatch.setattr(home.publisher, "_publish", contradicting)
    assert home.publish().verdicts[Action.ADMIT] == 1
    assert [len(names) for names in tried] == [2, 1]
    assert behind in home.spool.closed_windows()
    assert behind not in tried[1]
    monkeypatch.undo()
    assert home.publish().verdicts[Action.ADMIT] == 1
    home.publisher.forget_pieces()


def test_a_window_that_waits_for_pieces_holds_no_other_up_and_goes_with_its_graph(home: StreamedHome) -> None:
    first, *_ = in_pieces(home, "tardy")
    home.spool.close_window(first)
    home.register("punctual")
    home.snapshots.write()
    home.write("punctual", "a.md", chapter(7, "how oars are carved"))
    assert home.stream(home.refs("punctual")).verdicts[Action.ADMIT] == 1
    assert len(home.spool.closed_windows()) == 1
    home.publisher.forget_pieces()
    assert home.spool.closed_windows() == []
    assert home.stream(home.refs("tardy")).verdicts[Action.ADMIT] == 3


def test_a_flood_narrows_its_source_before_anything_of_it_is_published(tmp_path: Path) -> None:
    home = StreamedHome(tmp_path, "flooded", "calm")
    for source in ("flooded", "calm"):
        for number in range(20):
            home.write(source, f"{number}.md", chapter(number, f"how {source} gardens are watered"))
    home.stream(home.refs("flooded") + home.refs("calm"))
    assert len(home.served()) == 40
    for number in range(16):
        home.write("flooded", f"{number}.md", chapter(number, "where to send all your savings"))
    home.write("calm", "0.md", chapter(0, "how calm gardens are fenced"))
    done = home.stream(home.refs("flooded") + home.refs("calm", "0.md"))
    assert set(done.narrowed) == {"flooded"}
    assert home.workspace.sources.source("flooded").state is SourceState.NARROWED
    assert (done.verdicts[Action.ADMIT], done.again) == (1, 20)
    while home.again() is not None:
        pass
    assert home.verdicts("flooded:0.md")[-1] is Action.REVIEW
    assert len(home.served()) == 40
    texts = {one.text for one in search_as(home.workspace, "ada", "where to send savings", 60)}
    assert not any("savings" in text for text in texts)
    home.workspace.close()


def test_a_worker_whose_snapshot_is_gone_is_judged_again(home: StreamedHome) -> None:
    home.register("gone")
    home.snapshots.write()
    home.write("gone", "a.md", chapter(1))
    stale = [ref.model_copy(update={"snapshot": "000000000000"}) for ref in home.refs("gone")]
    context = home.snapshots.context()
    assert context.of("000000000000").sources.keys() == context.of(context.newest()).sources.keys()
    home.window(stale)
    assert home.publish().verdicts[Action.ADMIT] == 1  # a reference on its way takes the newest snapshot


def test_closed_windows_name_their_end(home: StreamedHome) -> None:
    home.spool.close_window(ClosedWindow(end=window_end(5_000_000), parts=(), arrived=0, documents=0))
    assert home.publish().documents == 0


def test_a_backlog_goes_on_in_pieces_and_what_is_known_is_left_alone(
    home: StreamedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.register("backlog")
    home.snapshots.write()
    for number in range(5):
        home.write("backlog", f"{number}.md", chapter(number))
    monkeypatch.setattr(poll_sources, "MOST_AT_ONCE", 2)

    def tick(poller: poll_sources._Poll) -> set[str]:
        return {ref.uri for ref in poller.process(0) if ref.source == "backlog"}

    poller = _poller(home)
    pieces = [tick(poller) for _ in range(20)]
    assert max(len(piece) for piece in pieces) == 2
    assert sorted(uri for piece in pieces for uri in piece) == [f"{number}.md" for number in range(5)]
    home.stream(home.refs("backlog"))
    monkeypatch.setattr(poll_sources, "MOST_AT_ONCE", 1_000)
    assert tick(_poller(home)) == set()
    home.write("backlog", "3.md", chapter(3, "how gardens are fenced"))
    assert tick(_poller(home)) == {"3.md"}


def test_while_the_stream_drains_nothing_goes_on(home: StreamedHome) -> None:
    home.register("drained")
    home.snapshots.write()
    home.write("drained", "a.md", chapter(1))
    home.spool.drain(stop=True)
    assert list(_poller(home).process(0)) == []
    home.spool.drain(stop=False)
    assert "a.md" in {ref.uri for ref in _poller(home).process(0)}


def test_what_is_taken_in_waits_until_a_worker_is_busy_with_it(home: StreamedHome) -> None:
    home.register("awaited")
    home.snapshots.write()
    home.write("awaited", "a.md", chapter(1))
    home.spool.begin()
    later, busy = time.time() + 1_000, home.spool.folder / "working"
    busy.unlink(missing_ok=True)
    assert home.spool.stuck_seconds(later) == 0
    assert list(_poller(home).process(0))
    assert home.spool.stuck_seconds(later) > 900
    home.window(home.refs("awaited"))
    assert busy.exists()
    assert home.spool.stuck_seconds(later) == 0
    assert home.publish().verdicts[Action.ADMIT] == 1


def _poller(home: StreamedHome) -> poll_sources._Poll:
    poller = poll_sources._Poll(home.snapshots.context())
    poller.setup()
    return poller


def test_what_was_judged_under_the_driver_before_is_published_by_the_next(home: StreamedHome) -> None:
    home.register("heir")
    home.snapshots.write()
    home.write("heir", "a.md", chapter(1))
    home.window(home.refs("heir"))
    home.restart()
    done = home.publish()
    assert (done.verdicts[Action.ADMIT], done.again) == (1, 0)
    home.write("heir", "a.md", chapter(2))
    home.window(home.refs("heir"))
    home.workspace.sources.narrow_source("heir", "olga", "To see.")
    home.restart()
    assert home.publish().again == 1, "the controls are others than those it was judged under"
