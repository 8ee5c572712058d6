"""Erasing a document from a whole home: proof, receipt, crashes, and that it never comes back (laws 6 and 10)."""

import base64
import errno
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import update

from pipeline.checks import reconcile
from pipeline.domain.documents.documents import Action, TaggedDocument
from pipeline.domain.errors import IntegrityError, NotAllowed, UsageError
from pipeline.domain.serving.erasing import ErasedDocuments, ErasureReceipt
from pipeline.files.texts import TextStore
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.publishing import compact
from pipeline.reports.served import verified_documents
from pipeline.stores.tables import runs
from pipeline.stores.takedown.erasures import Erasures
from pipeline.takedown import erase as operation
from pipeline.takedown import rollback
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

SECRET = "The keeper of the northern lamp is called Aurelia and lives above the boat shed."
SHARED = "Every lamp of the island is lit at dusk and put out when the ferry has gone home."
TITLE = "About Aurelia's own lamp"


@dataclass(frozen=True)
class Titled(Doc):
    """A document with a title."""

    title: str = TITLE

    @property
    def tagged(self) -> TaggedDocument:
        tagged = super().tagged
        return tagged.model_copy(update={"provenance": tagged.provenance.model_copy(update={"title": self.title})})


AURELIA = Titled("aurelia.md", (SECRET, SHARED))
LAMPS = Doc("lamps.md", (SHARED,))
FERRY = Doc("ferry.md", ("The ferry leaves at nine and comes home at six on every day but Sunday.",))
OTHERS = {*LAMPS.texts, *FERRY.texts}


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    """Two generations that both hold the document; its text is stored, its vectors are cached."""
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(AURELIA, LAMPS)
    made.refresh(FERRY)
    TextStore(made.workspace.home.path("texts")).put("\n".join(AURELIA.texts))
    (cache := made.workspace.home.path("cache")).mkdir(exist_ok=True)
    with EmbeddingCache(cache / "embeddings.db", made.embedder.dimensions) as cached:
        texts = {chunk.text_digest: chunk.text for doc in (AURELIA, LAMPS, FERRY) for chunk in doc.chunks}
        vectors = made.embedder.embed(list(texts.values()))
        cached.put_many(dict(zip(texts, vectors, strict=True)), made.embedder.digest)
    yield made
    made.close()


def everything(home: ServedHome) -> bytes:
    """Every byte of the home, and every row of its database wherever that is."""
    files = (p.read_bytes() for p in sorted(home.workspace.home.folder.rglob("*")) if p.is_file())
    database = (path.read_bytes() for path in home.workspace.database.files)
    return b"\0".join([*files, *database, *(row.content for row in Erasures(home.workspace.database).rows())])


def check_erased(home: ServedHome) -> None:
    """Nothing of it is left, every kept generation verifies, and the others are served."""
    left = everything(home)
    vectors = home.embedder.embed([SECRET])
    for trace in (SECRET.encode(), SECRET.encode("utf-16-le"), TITLE.encode(), vectors.tobytes()):
        assert trace not in left
    assert SHARED.encode() in left
    for record in home.workspace.ledger.generations():
        documents = {document.doc_id for document in verified_documents(home.workspace, record)}
        assert AURELIA.doc_id not in documents
        assert LAMPS.doc_id in documents
    assert home.found() == OTHERS
    assert home.workspace.audit.verify().ok


def erase(home: ServedHome) -> ErasureReceipt:
    return operation.erase(home.workspace, "aurelia.md", OPERATOR, "asked for")


def test_an_erased_document_is_in_no_file_and_no_row_and_the_receipt_says_so(home: ServedHome) -> None:
    assert SECRET.encode() in everything(home)
    receipt = erase(home)
    check_erased(home)
    assert receipt.held_by.generations == (1, 2)
    assert receipt.held_by.rows == 2
    assert (receipt.held_by.texts, receipt.held_by.cached_vectors) == (1, 1)
    assert receipt.done.published_generation == 3
    assert set(receipt.done.rewritten_generations) == {"1", "2"}
    assert [search.found for search in receipt.searches] == [0, 0]
    assert receipt.searches[0].text_probes > 0
    assert receipt.searches[0].vector_probes > 0
    assert receipt.searches[0].shared_with == (LAMPS.doc_id,)
    assert receipt.versions == (AURELIA.version_id,)


def test_anybody_with_the_public_key_can_check_a_receipt(home: ServedHome) -> None:
    """By hand after the DSSE specification: none of our code."""
    receipt = erase(home)
    workspace = home.workspace
    envelope = json.loads((workspace.home.folder / "receipts" / f"{receipt.erasure_id}.dsse.json").read_bytes())
    assert operation.read_receipt(workspace, envelope) == receipt
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    (signature,) = envelope["signatures"]
    key = load_pem_public_key((workspace.home.keys / "trusted" / f"{signature['keyid']}.pem").read_bytes())
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    key.verify(base64.b64decode(signature["sig"]), signed)  # type: ignore[union-attr,call-arg]
    assert json.loads(payload)["predicateType"] == "https://corpusgate.dev/erasure/v1"
    envelope["payload"] = base64.b64encode(payload.replace(b"asked for", b"forgotten")).decode()
    with pytest.raises(IntegrityError, match="does not match its content"):
        operation.read_receipt(workspace, envelope)


def test_law_08_only_an_operator_with_a_reason_erases(home: ServedHome) -> None:
    with pytest.raises(NotAllowed):
        operation.erase(home.workspace, "aurelia.md", REVIEWER, "asked for")
    with pytest.raises(UsageError, match="reason"):
        operation.erase(home.workspace, "aurelia.md", OPERATOR, " ")
    assert home.found() == {*AURELIA.texts, *OTHERS}


NEW = Doc("new.md", ("Gulls nest on the eastern cliff in spring.",))
ACTS: dict[str, Callable[[ServedHome], object]] = {
    "a refresh": lambda home: home.refresh(NEW),
    "a refresh that lets it in": lambda home: home.refresh(AURELIA),
    "a rollback": lambda home: rollback.rollback(home.workspace, 1, OPERATOR, "a mistake"),
    "a compaction": lambda home: (home.refresh(NEW), compact.compact(home.workspace, OPERATOR.name)),
    "a repair": lambda home: reconcile.reconcile(home.workspace, repair_by=OPERATOR),
}


@pytest.mark.parametrize("act", ACTS)
def test_law_10_nothing_that_publishes_brings_an_erased_document_back(home: ServedHome, act: str) -> None:
    erase(home)
    ACTS[act](home)
    assert SHARED in home.found()
    assert SECRET not in home.found()
    assert AURELIA.doc_id not in home.live()
    if act != "a refresh that lets it in":
        assert AURELIA.doc_id not in home.held()
        assert SECRET.encode() not in everything(home)


def test_law_10_content_that_was_erased_stays_out_under_every_name_but_its_other_owners(home: ServedHome) -> None:
    twin, late = Doc("twin.md", AURELIA.texts), Doc("late.md", AURELIA.texts)
    home.refresh(twin)
    erase(home)
    home.refresh(outcomes=[home.refuse(late, Action.REJECT)])
    kept_out, content = in_force(home), AURELIA.content_digest
    assert kept_out.find(AURELIA.doc_id, "any other content")
    assert kept_out.find("hand:never-seen.md", content)
    assert kept_out.find(late.doc_id, content), "it was seen with that content, but only after the erasure"
    assert kept_out.find(FERRY.doc_id, content), "it was on record before, but with other content"
    assert kept_out.find(twin.doc_id, content) is None
    assert set(twin.texts) <= home.found()
    operation.allow_again(home.workspace, AURELIA.doc_id, OPERATOR, "a mistake")
    assert in_force(home).find(AURELIA.doc_id, content) is None
    assert AURELIA.doc_id not in home.live(), "only the gate lets it in again"
    with pytest.raises(UsageError, match="No finished erasure"):
        operation.allow_again(home.workspace, AURELIA.doc_id, OPERATOR, "a mistake")


def in_force(home: ServedHome) -> ErasedDocuments:
    return ErasedDocuments(Erasures(home.workspace.database).in_force())


STEPS: list[tuple[Any, str]] = [
    (Erasures, "begin"),
    (operation, "replace_segment"),
    (operation, "write_without"),
    (operation, "publish_made"),
    (Erasures, "rewrite"),
    (operation._Erasing, "_forget_vectors"),
    (Erasures, "note_search"),
    (operation, "remove_unused"),
    (operation._Erasing, "_remove"),
    (operation, "write_file"),
]
"""After which call the process dies, in the order of an erasure."""


def killed(home: ServedHome, owner: Any, step: str) -> None:
    """Erase in another process, which is killed with -9 right after that step."""
    home.close()  # a child must not have this process' connections
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), step
        assert os.WTERMSIG(status) == signal.SIGKILL, step
        return
    try:
        signal.alarm(60)
        original = getattr(owner, step)

        def then_die(*args: Any, **more: Any) -> None:
            original(*args, **more)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, step, then_die)
        operation.erase(Workspace(home.workspace.home.folder), "aurelia.md", OPERATOR, "asked for")
    finally:
        os._exit(1)


def serves_the_rest(home: ServedHome) -> None:
    assert home.found() == OTHERS
    verified_documents(home.workspace, home.current())
    assert AURELIA.doc_id not in home.live()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[step for _, step in STEPS])
def test_law_06_an_erasure_killed_at_any_step_serves_the_rest_and_goes_on(
    home: ServedHome, owner: Any, step: str
) -> None:
    killed(home, owner, step)
    serves_the_rest(home)
    assert not receipts(home) or step == "write_file"
    assert erase(home).resumed
    check_erased(home)


def test_law_06_an_erasure_killed_again_and_again_goes_on_each_time(home: ServedHome) -> None:
    for owner, step in STEPS:
        killed(home, owner, step)
        serves_the_rest(home)
    assert [search.found for search in erase(home).searches] == [0, 0]
    check_erased(home)


def test_law_06_a_disk_that_is_full_at_any_step_leaves_the_rest_serving(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = os.fsync, 0

    def full(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    for room in range(0, 60, 7):
        left = room
        try:
            erase(home)
            break
        except OSError:
            pass
        left = 1000
        serves_the_rest(home)
    else:
        pytest.fail("it never finished")
    assert room > 0
    left = 1000
    check_erased(home)


def receipts(home: ServedHome) -> list[Path]:
    return list((home.workspace.home.folder / "receipts").glob("*"))


def refused(home: ServedHome, place: str) -> None:
    """No receipt, the place is named, nothing is quoted."""
    with pytest.raises(IntegrityError, match=place) as caught:
        erase(home)
    assert "Aurelia" not in str(caught.value)
    assert not receipts(home)
    serves_the_rest(home)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_copy_somewhere_else_in_the_home_is_named_and_no_receipt_is_signed(home: ServedHome, encoding: str) -> None:
    stray = home.workspace.home.folder / "configs" / "stray.txt"
    stray.write_text(f"noted: {SECRET}", encoding)
    refused(home, r"configs/stray\.txt")
    stray.unlink()
    assert erase(home).searches[0].text_probes > 0
    check_erased(home)


def test_a_copy_of_a_vector_is_named(home: ServedHome) -> None:
    stray = home.workspace.home.folder / "stray.bin"
    stray.write_bytes(b"..." + home.embedder.embed([SECRET]).tobytes())
    refused(home, "stray.bin")
    stray.unlink()
    erase(home)
    check_erased(home)


def test_a_copy_in_a_row_of_the_database_is_named_by_its_table(home: ServedHome) -> None:
    """On Postgres too, where there is no file to look into."""
    database = home.workspace.database
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.run_id == "run-2").values(result={"said": SECRET}))
    refused(home, "table runs")
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.run_id == "run-2").values(result=None))
    erase(home)
    check_erased(home)
