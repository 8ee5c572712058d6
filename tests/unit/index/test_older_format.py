"""Generations without pages, from before: opened, searched, verified, built on, signed again and erased from."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.errors import IntegrityError
from pipeline.index.compaction import build_compacted
from pipeline.index.erase import stands_on, write_without
from pipeline.index.generations import Generation
from pipeline.index.signing import Signer, Verifier, create_keypair, revoke_key
from pipeline.index.successor import sign_again
from pipeline.settings.application import IndexSettings
from tests.support.index_samples import ANN, NOON, POLICY, Doc, World, person
from tests.support.older_format import in_older_format

DOCS = [Doc(f"{number:03}.md", (f"note {number}",)) for number in range(299)]
"""More than one page, so that the older root is another one."""
LAST = Doc("last.md", ("the last note",), ANN)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("older"))
    made.publish(DOCS[:150])
    made.publish([*DOCS[150:], LAST])
    made.current = in_older_format(made.opened(), Signer.load(made.keys))
    return made


@pytest.fixture
def older(template: World, tmp_path: Path) -> World:
    shutil.copytree(template.root, tmp_path / "home")
    copy = World.__new__(World)
    copy.__dict__.update(template.__dict__ | {"root": tmp_path / "home"})
    return copy


def test_it_opens_verifies_and_answers(older: World) -> None:
    older.opened().verify()
    assert older.found("note", person("ann"), 1000) == {doc.name for doc in (*DOCS, LAST)}
    assert [p.doc_id for p in older.opened().documents()] == sorted(doc.doc_id for doc in (*DOCS, LAST))
    assert older.opened().holds(LAST.doc_id)


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_changed_bit_is_refused_when_it_is_opened(older: World, at: float) -> None:
    path = older.folder() / "placements.arrow"
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=r"placements\.arrow has SHA-256"):
        older.opened()


def test_law_07_what_follows_has_the_digest_that_the_documents_alone_give(older: World, tmp_path: Path) -> None:
    new = Doc("new.md", ("a new note",))
    older.publish([new], [new.outcome(), DOCS[3].deleted()])
    scratch = World(tmp_path / "scratch")
    scratch.publish([*DOCS[:3], *DOCS[4:], LAST, new])
    assert older.current is not None
    assert scratch.current is not None
    assert older.current.digest == scratch.current.digest
    older.opened().verify()


def test_law_07_nothing_follows_where_nothing_changed(older: World) -> None:
    assert older.publish([]) is None
    assert older.publish([], [DOCS[0].outcome(kind=ChangeKind.UNCHANGED, reuse=True)]) is None


def test_its_compaction_serves_the_same_in_the_present_format(older: World) -> None:
    opened, signer = older.opened(), Signer.load(older.keys)
    at, settings = NOON + timedelta(hours=1), IndexSettings()
    made = build_compacted(
        opened, live_versions=older.live, run_id="compaction", at=at, signer=signer, settings=settings
    )
    assert made is not None
    assert made.record.digest == opened.digest != opened.record.digest
    Generation.open(older.index, made.record, Verifier.load(older.keys)).verify()


def test_signed_again_it_keeps_its_digest_and_format(older: World) -> None:
    old = Signer.load(older.keys).key_id
    create_keypair(older.keys)
    before = older.opened()
    older.current = sign_again(before, Signer.load(older.keys), "again")
    revoke_key(older.keys, old)
    older.opened().verify()
    assert (older.current.digest, older.opened().statement) == (before.record.digest, before.statement)


def test_a_document_is_erased_from_it_under_its_number(older: World) -> None:
    opened = older.opened()
    assert stands_on(opened, LAST.doc_id, ())
    record = write_without(opened, LAST.doc_id, {}, Signer.load(older.keys), "erased")
    made = Generation.open(older.index, record, Verifier.load(older.keys))
    made.verify()
    assert record.number == opened.record.number
    assert not stands_on(made, LAST.doc_id, ())
    assert {p.doc_id for p in made.documents()} == {doc.doc_id for doc in DOCS}
    assert ANN.access_id not in made.access
    assert record.policy_digest == POLICY
