"""What pages ask the ledger, on both databases: counts, lists of documents, the audit log backwards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from pipeline.domain.audit import AuditFilter
from pipeline.domain.documents.catalogue import CatalogueFilter, CatalogueOrder, DocumentStanding, key_of
from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.search import AuditSearch
from pipeline.stores.database import Database
from pipeline.stores.ledger.catalogue import Catalogue
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.overview import Overview
from pipeline.stores.takedown.revocations import Revocations
from tests.support.ledger_samples import DETECTORS, FINDING, approved_source, deletion, outcome, publication, run

EVERYTHING = (Grant(role=Role.AUDITOR),)
FAILED = FINDING.model_copy(update={"kind": FindingKind.SCAN_FAILED, "detector": "extraction", "entity": "SCAN_FAILED"})


@pytest.fixture
def ledger(database: Database) -> Database:
    """Two sources; three documents admitted, one in review, one in quarantine with an unfinished scan, one deleted."""
    for name in ("handbook", "mail"):
        approved_source(database, name)
    gone = outcome("gone.md")
    run(
        database,
        "run-1",
        outcome("a.md"),
        outcome("b_c.md"),
        outcome("review.md", action=Action.REVIEW),
        outcome("post.eml", source="mail"),
        outcome("broken.pdf", source="mail", action=Action.QUARANTINE, findings=(FAILED, FINDING)),
        gone,
        sources=("handbook", "mail"),
    )
    run(database, "run-2", deletion(gone), day=1)
    return database


def test_standings_count_what_is_not_deleted_by_source_and_verdict(ledger: Database) -> None:
    found = {(one.source, one.action): (one.documents, one.served) for one in Overview(ledger).standings()}
    assert found == {
        ("handbook", Action.ADMIT): (2, 2),
        ("handbook", Action.REVIEW): (1, 0),
        ("mail", Action.ADMIT): (1, 1),
        ("mail", Action.QUARANTINE): (1, 0),
    }


def test_what_is_kept_is_read_anew_when_a_run_begins_or_ends(ledger: Database) -> None:
    overview = Overview(ledger)
    before = overview.last_change()
    assert overview.last_change() == before
    Ledger(ledger).start_run("run-3", ["mail"], datetime.now(UTC))
    begun = overview.last_change()
    Ledger(ledger).fail_run("run-3", "source-error")
    assert len({before, begun, overview.last_change()}) == 3


def test_runs_are_read_newest_first_and_from_a_moment_on(ledger: Database) -> None:
    overview = Overview(ledger)
    assert [one.run_id for one in overview.last_runs(5)] == ["run-2", "run-1"]
    newest = overview.last_runs(1)[0]
    assert [one.run_id for one in overview.runs_since(newest.started_at)] == ["run-2"]
    assert newest.summary is not None
    assert newest.summary.documents[ChangeKind.DELETED] == 1


def test_law_03_unfinished_scans_of_the_last_run_that_scanned_are_counted(ledger: Database) -> None:
    overview = Overview(ledger)
    assert overview.detection(overview.last_runs(5)) is None
    scanned = publication(
        outcome("odd.pdf", action=Action.QUARANTINE, findings=(FAILED,), run_id="run-3"), run_id="run-3"
    )
    summary = scanned.summary.model_copy(update={"scanned": 1})
    at = datetime.now(UTC)
    Ledger(ledger).start_run("run-3", ["handbook"], at)
    Ledger(ledger).commit_publication(scanned.model_copy(update={"summary": summary}), {}, at)
    found = overview.detection(overview.last_runs(5))
    assert found is not None
    assert (found.run_id, found.scanned, found.detector_digest) == ("run-3", 1, DETECTORS)
    assert [(one.detector, one.count) for one in found.failures] == [("extraction", 1)]


def test_rules_are_counted_by_what_they_decided(ledger: Database) -> None:
    decided = Overview(ledger).rules_decided(timedelta(days=36_500))
    assert decided == {"the-rule": {Action.ADMIT: 4, Action.REVIEW: 1, Action.QUARANTINE: 1}}
    assert Overview(ledger).rules_decided(timedelta(days=1)) == {}


def test_documents_are_listed_in_pages_that_neither_repeat_nor_leave_out(ledger: Database) -> None:
    for order in CatalogueOrder:
        catalogue, seen, after = Catalogue(ledger, EVERYTHING), list[str](), None
        while rows := catalogue.page(CatalogueFilter(), after, 2, order):
            seen += [row.doc_id for row in rows]
            after = key_of(rows[-1], order)
        assert sorted(seen) == sorted(set(seen)), order
        assert len(seen) == 6, order


def test_documents_are_listed_with_the_newest_verdict_first_or_last(ledger: Database) -> None:
    run(ledger, "run-3", outcome("later.md", run_id="run-3"), day=2)
    catalogue = Catalogue(ledger, EVERYTHING)
    newest = [row.decided_at for row in catalogue.page(CatalogueFilter(), order=CatalogueOrder.NEWEST)]
    oldest = [row.decided_at for row in catalogue.page(CatalogueFilter(), order=CatalogueOrder.OLDEST)]
    assert (newest, oldest) == (sorted(newest, reverse=True), sorted(newest))
    assert newest[0] > newest[-1]


def test_a_document_is_listed_with_its_findings_readers_and_reasons(ledger: Database) -> None:
    (broken,) = Catalogue(ledger, EVERYTHING).page(CatalogueFilter(text="broken"))
    assert broken.findings == {FindingKind.SCAN_FAILED: 1, FINDING.kind: 1}
    assert (broken.rules, broken.served, broken.served_since) == (("the-rule",), False, None)
    assert broken.access.allow
    (served,) = Catalogue(ledger, EVERYTHING).page(CatalogueFilter(text="a.md"))
    assert served.served
    assert served.served_since is not None


def test_a_revoked_document_is_listed_as_kept_out_and_by_what(ledger: Database) -> None:
    Revocations(ledger).revoke(RevocationKind.DOCUMENT, "handbook:a.md", "user:oscar", "wrong number")
    (row,) = Catalogue(ledger, EVERYTHING).page(CatalogueFilter(text="a.md"))
    assert (row.served, row.live_version is not None) == (False, True)
    assert "revoked by document handbook:a.md" in row.kept_out[0]


def test_listing_documents_takes_as_many_queries_for_many_as_for_one(ledger: Database) -> None:
    def queries(size: int) -> int:
        seen: list[str] = []

        def count(*given: object) -> None:
            seen.append(str(given[2]))

        event.listen(ledger._engine, "before_cursor_execute", count)
        try:
            assert len(Catalogue(ledger, EVERYTHING).page(CatalogueFilter(source="handbook"), size=size)) == size
        finally:
            event.remove(ledger._engine, "before_cursor_execute", count)
        return len(seen)

    assert queries(1) == queries(3)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "A.M"}, {"handbook:a.md"}),
        ({"text": "b_c"}, {"handbook:b_c.md"}),
        ({"text": "b%"}, set()),
        ({"source": "mail"}, {"mail:post.eml", "mail:broken.pdf"}),
        ({"holds": FindingKind.SCAN_FAILED}, {"mail:broken.pdf"}),
        ({"holds": FindingKind.INJECTION}, set()),
        ({"owner": "user:no-one"}, set()),
        ({"classification": Classification.PUBLIC}, set()),
        ({"standing": DocumentStanding.QUARANTINE}, {"mail:broken.pdf"}),
        ({"standing": DocumentStanding.DELETED}, {"handbook:gone.md"}),
        ({"standing": DocumentStanding.SERVED, "source": "handbook"}, {"handbook:a.md", "handbook:b_c.md"}),
    ],
)
def test_lists_are_filtered(ledger: Database, wanted: dict[str, str], found: set[str]) -> None:
    catalogue, asked = Catalogue(ledger, EVERYTHING), CatalogueFilter.model_validate(wanted)
    assert {row.doc_id for row in catalogue.page(asked)} == found
    assert catalogue.count(asked) == len(found)


def test_law_02_no_grants_reach_no_documents(ledger: Database) -> None:
    mail = [Grant(role=Role.OWNER, sources=("mail",))]
    restricted = [Grant(role=Role.REVIEWER, classifications=(Classification.RESTRICTED,))]
    assert Catalogue(ledger, ()).page(CatalogueFilter()) == []
    assert Catalogue(ledger, ()).count(CatalogueFilter()) == 0
    assert {row.source for row in Catalogue(ledger, mail).page(CatalogueFilter())} == {"mail"}
    assert Catalogue(ledger, mail).page(CatalogueFilter(source="handbook")) == []
    assert Catalogue(ledger, restricted).page(CatalogueFilter()) == []


def test_the_audit_log_is_read_backwards_and_by_words(ledger: Database) -> None:
    search = AuditSearch(ledger)
    with audit_log.audited(ledger) as connection:
        entries = [AuditEntry("user:a", action, "thing") for action in ("review.approve", "reviewed", "review_x.y")]
        audit_log.append(connection, datetime.now(UTC), entries)
    newest = search.page(AuditFilter(), size=2)
    assert [one.action for one in newest] == ["review_x.y", "reviewed"]
    assert [one.seq for one in search.page(AuditFilter(), before=newest[-1].seq, size=2)] == [
        newest[-1].seq - 1 - n for n in (0, 1)
    ]
    assert [one.action for one in search.page(AuditFilter(action="review"))] == ["review.approve"]
    assert {one.actor for one in search.page(AuditFilter(subject="handbook"))} == {"user:rita", "user:adam"}
    assert [one.subject for one in search.page(AuditFilter(actor="user:a", action="reviewed"))] == ["thing"]
