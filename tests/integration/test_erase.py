"""Erasing a document from a whole home: proof, receipt, crashes, and that it never comes back (laws 6 and 10)."""

import base64
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pipeline.domain.errors import IntegrityError
from pipeline.domain.permissions import Principal
from pipeline.domain.roles import Caller, Grant, Role
from pipeline.operations import erase as operation
from pipeline.workspace import Workspace
from scripts.trial import Home

pytestmark = pytest.mark.slow
SECRET = "The keeper of the northern lamp is called Aurelia and lives above the boat shed."
SHARED = "Every lamp of the island is lit at dusk and put out when the ferry has gone home."
OPERATOR = Caller(principal=Principal(name="user:oper"), grants=(Grant(role=Role.OPERATOR),), means="token")

KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.operations import erase as operation
from pipeline.stores.erasures import Erasures
from pipeline.workspace import Workspace
from test_erase import OPERATOR
owner = {"store": Erasures, "erase": operation, "run": operation._Erasing}[sys.argv[2]]
original = getattr(owner, sys.argv[3])
def then_die(*args, **more):
    original(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, sys.argv[3], then_die)
operation.erase(Workspace(Path(sys.argv[1])), "aurelia.md", OPERATOR, "asked for")
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations that both hold the document."""
    root = tmp_path_factory.mktemp("erase")
    corpus = root / "corpus"
    corpus.mkdir()
    (corpus / "aurelia.md").write_text(f"---\ntitle: About Aurelia's lamp\n---\n{SECRET}\n\n{SHARED}\n")
    (corpus / "lamps.md").write_text(f"The lamps.\n\n{SHARED}\n")
    home = Home.make(root / "home")
    home.add_source("notes", corpus)
    home("principals", "add", "reader", "--clearance", "internal")
    home.refresh()
    (corpus / "more.md").write_text("The ferry leaves at nine and comes home at six on every day but Sunday.\n")
    home.refresh()
    return home.folder


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Workspace:
    return Workspace(Path(shutil.copytree(published, tmp_path / "home")))


def everything(home: Workspace) -> bytes:
    return b"\0".join(p.read_bytes() for p in sorted(home.home.folder.rglob("*")) if p.is_file())


def found(home: Workspace) -> set[str]:
    return {answer.document for answer in Workspace(home.home.folder).search_as("user:reader", "lamp keeper", 10)}


def check_erased(home: Workspace) -> None:
    """Nothing of it is left, every kept generation verifies, and the others are served."""
    left = everything(home)
    for form in ("utf-8", "utf-16-le"):
        assert SECRET[:40].encode(form) not in left
    assert b"About Aurelia" not in left
    assert SHARED.encode() in left
    for record in home.ledger.generations():
        documents = {document.doc_id for document in home.verified_documents(record)}
        assert "notes:aurelia.md" not in documents
        assert "notes:lamps.md" in documents
    assert found(home) == {"notes:lamps.md", "notes:more.md"}


def test_an_erased_document_is_in_no_file_and_no_row_and_the_receipt_says_so(home: Workspace) -> None:
    assert SECRET.encode() in everything(home)
    receipt = operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    check_erased(home)
    assert receipt.held_by.generations == (1, 2)
    assert receipt.held_by.rows >= 1
    assert receipt.held_by.texts == receipt.held_by.cached_vectors == 1
    assert receipt.done.published_generation == 3
    assert set(receipt.done.rewritten_generations) == {"1", "2"}
    assert [search.found for search in receipt.searches] == [0, 0]
    assert receipt.searches[0].text_probes > 0
    assert receipt.searches[0].vector_probes > 0
    assert receipt.searches[0].shared_with == ("notes:lamps.md",)
    assert home.verify_audit(None).ok

    envelope = json.loads((home.home.folder / "receipts" / f"{receipt.erasure_id}.dsse.json").read_bytes())
    assert operation.read_receipt(home, envelope) == receipt
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    (signature,) = envelope["signatures"]
    key = load_pem_public_key((home.home.keys / "trusted" / f"{signature['keyid']}.pem").read_bytes())
    key.verify(  # type: ignore[union-attr,call-arg]
        base64.b64decode(signature["sig"]), b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    )
    statement = json.loads(payload)
    assert statement["predicateType"] == "https://corpusgate.dev/erasure/v1"
    envelope["payload"] = base64.b64encode(payload.replace(b"asked for", b"forgotten")).decode()
    with pytest.raises(IntegrityError, match="does not match its content"):
        operation.read_receipt(home, envelope)


def test_law_10_an_erased_document_does_not_come_back_under_any_name_until_it_is_allowed(home: Workspace) -> None:
    operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    corpus = Path(home.sources.source("notes").uri)
    shutil.copytree(corpus, home.home.folder.parent / "corpus")
    shell = Home(home.home.folder)
    said, _ = shell.refresh()
    assert said["verdicts"]["reject"] == 1
    said, _ = shell.refresh()
    assert said["scanned"] == 0
    renamed = corpus / "renamed.md"
    try:
        shutil.copy(corpus / "aurelia.md", renamed)
        said, _ = shell.refresh()
        assert said["verdicts"]["reject"] == 1
        check_erased(home)
        operation.allow_again(home, "notes:aurelia.md", OPERATOR, "a mistake")
        shell.refresh()
        assert "notes:aurelia.md" in found(home)
    finally:
        renamed.unlink()


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        ("store", "begin"),
        ("erase", "replace_segment"),
        ("erase", "write_without"),
        ("erase", "publish"),
        ("store", "rewrite"),
        ("run", "_forget_vectors"),
        ("store", "note_search"),
        ("erase", "remove_unused"),
        ("run", "_remove"),
    ],
)
def test_law_06_an_erasure_killed_at_any_step_serves_the_rest_and_goes_on(
    home: Workspace, owner: str, step: str
) -> None:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root}:{Path(__file__).parent}"}
    command = [sys.executable, "-c", KILLED, str(home.home.folder), owner, step]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    current = home.ledger.current_generation()
    assert current is not None
    home.verified_documents(current)
    assert not home.ledger.live_versions(
        p.version_id for p in home.verified_documents(current) if "aurelia" in p.doc_id
    )
    receipt = operation.erase(Workspace(home.home.folder), "aurelia.md", OPERATOR, "asked for")
    assert receipt.resumed
    check_erased(Workspace(home.home.folder))


def test_a_full_disk_leaves_the_rest_serving_and_the_next_attempt_succeeds(
    home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    assert found(home) == {"notes:lamps.md", "notes:more.md"}
    operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    check_erased(home)


def test_a_copy_somewhere_else_in_the_home_is_named_and_no_receipt_is_signed(home: Workspace) -> None:
    stray = home.home.folder / "configs" / "stray.txt"
    stray.write_text(f"noted: {SECRET}")
    with pytest.raises(IntegrityError, match=r"configs/stray\.txt") as caught:
        operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    assert "Aurelia" not in str(caught.value)
    assert not (home.home.folder / "receipts").exists()
    stray.unlink()
    receipt = operation.erase(home, "aurelia.md", OPERATOR, "asked for")
    assert receipt.searches[0].text_probes > 0
    check_erased(home)
