"""A publication leaves out what takedowns name, and looks only at documents that new takedowns name (law 10)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from pipeline.domain.serving.revocations import RevocationKind
from pipeline.publishing.compact import compact
from pipeline.stores.tables import documents, verdict_waivers, waivers
from pipeline.stores.takedown.applied import TakedownCheck
from pipeline.stores.takedown.erasures import Erasures
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome

ONE, TWO, THREE = (Doc(f"{name}.md", (f"{name} is a text.",)) for name in ("one", "two", "three"))
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(ONE, TWO)
    yield made
    made.close()


def check(home: ServedHome) -> TakedownCheck:
    return home.workspace.ledger.takedown_check(home.current().number)


def revoked(kind: RevocationKind, subject: str) -> Callable[[ServedHome], None]:
    return lambda home: void(Revocations(home.workspace.database).revoke(kind, subject, "user:op", "because"))


def void(_: object) -> None:
    """Nothing: for calls whose result does not matter."""


def waiver_over(home: ServedHome) -> None:
    """The verdict stands on a waiver that expired a moment ago."""
    with home.workspace.database.begin() as connection:
        by_doc = select(documents.c.live_verdict).where(documents.c.doc_id == ONE.doc_id)
        verdict = connection.execute(by_doc).scalar_one()
        row = {"waiver_id": "w" * 16, "source": "hand", "reason": "because", "asked_by": "user:a", "asked_at": PAST}
        more = {"expires_at": datetime.now(UTC) + timedelta(hours=1), "approved_by": "user:b", "approved_at": PAST}
        connection.execute(insert(waivers), row | more)
        connection.execute(insert(verdict_waivers), {"verdict_id": verdict, "waiver_id": "w" * 16})
    home.refresh(THREE)
    with home.workspace.database.begin() as connection:
        connection.execute(update(waivers).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))


NARROW = {
    "a document": revoked(RevocationKind.DOCUMENT, ONE.doc_id),
    "a waiver": waiver_over,
}
BROAD = {
    "an owner": revoked(RevocationKind.OWNER, "user:owner"),
    "a submitter": revoked(RevocationKind.PRINCIPAL, "user:submitter"),
    "a source": revoked(RevocationKind.SOURCE, "hand"),
    "a run": revoked(RevocationKind.RUN, "run-1"),
    "a revoked source": lambda home: void(home.workspace.sources.revoke_source("hand", "user:op", "because")),
}


@pytest.mark.parametrize("case", NARROW)
def test_law_10_the_next_generation_leaves_out_one_document_and_looks_at_no_other(home: ServedHome, case: str) -> None:
    NARROW[case](home)
    assert check(home).suspects == {ONE.doc_id}
    home.refresh(Doc("three.md", ("three is another text.",)))
    assert ONE.doc_id not in home.held()
    assert TWO.doc_id in home.held()
    assert check(home).suspects == frozenset()


@pytest.mark.parametrize("case", BROAD)
def test_law_10_a_takedown_of_more_than_single_documents_compares_all(home: ServedHome, case: str) -> None:
    BROAD[case](home)
    assert check(home).suspects is None
    home.refresh(THREE)
    assert home.held().keys() == home.live().keys() <= {THREE.doc_id}
    assert check(home).suspects is not None


@pytest.mark.parametrize("kind", [RevocationKind.DOCUMENT, RevocationKind.OWNER, RevocationKind.SOURCE])
def test_law_10_what_is_judged_again_while_it_is_kept_out_comes_into_no_generation(
    home: ServedHome, kind: RevocationKind
) -> None:
    subject = {RevocationKind.DOCUMENT: ONE.doc_id, RevocationKind.OWNER: "user:owner", RevocationKind.SOURCE: "hand"}
    revoked(kind, subject[kind])(home)
    home.refresh(Doc("one.md", ("one is another text.",)))
    assert ONE.doc_id not in home.held()
    number = home.current().number
    home.refresh()
    assert home.current().number == number, "law 7: nothing changed, so nothing is published"


def test_law_10_what_is_taken_back_while_its_generation_is_built_leaves_with_the_next_one(home: ServedHome) -> None:
    home.refresh(THREE)
    revoke = revoked(RevocationKind.DOCUMENT, ONE.doc_id)
    home.refresh(Doc("one.md", ("one is another text.",)), before_commit=lambda: revoke(home))
    assert ONE.doc_id in home.held()
    assert home.live().keys() == {TWO.doc_id, THREE.doc_id}
    assert check(home).suspects == {ONE.doc_id}
    home.refresh(Doc("two.md", ("two is another text.",)))
    assert home.held().keys() == {TWO.doc_id, THREE.doc_id}
    assert check(home).suspects == frozenset()


def test_law_10_a_revocation_that_was_lifted_and_comes_back_counts_again(home: ServedHome) -> None:
    revocations = Revocations(home.workspace.database)
    revoked(RevocationKind.DOCUMENT, ONE.doc_id)(home)
    home.refresh(THREE)
    revocations.lift(RevocationKind.DOCUMENT, ONE.doc_id, "user:other", "because")
    home.refresh(ONE)
    assert ONE.doc_id in home.held()
    revoked(RevocationKind.DOCUMENT, ONE.doc_id)(home)
    assert check(home).suspects == {ONE.doc_id}
    home.refresh(Doc("two.md", ("two is another text.",)))
    assert ONE.doc_id not in home.held()


def test_a_run_without_a_generation_applies_what_is_new(home: ServedHome) -> None:
    revoked(RevocationKind.OWNER, "user:owner-of-nothing")(home)
    assert check(home).suspects is None
    assert home.refresh() is None
    assert check(home).suspects == frozenset()


def test_law_10_compaction_leaves_out_what_is_new_too(home: ServedHome) -> None:
    home.refresh(THREE)
    revoked(RevocationKind.DOCUMENT, ONE.doc_id)(home)
    assert compact(home.workspace, "user:op").published
    assert home.held().keys() == {TWO.doc_id, THREE.doc_id}
    assert check(home).suspects == frozenset()


def test_law_10_the_generation_after_a_rollback_compares_all(home: ServedHome) -> None:
    home.refresh(THREE)
    rollback(home.workspace, 1, OPERATOR, "because")
    assert check(home).suspects is None


def test_law_10_a_document_whose_erasure_broke_off_leaves_with_the_next_generation(home: ServedHome) -> None:
    Erasures(home.workspace.database).begin(ONE.doc_id, "user:op", "because")
    assert check(home).suspects == {ONE.doc_id}
    home.refresh(THREE)
    assert home.held().keys() == {TWO.doc_id, THREE.doc_id}
