from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pipeline.domain.documents.documents import Action, ChangeKind, KnownVersion, ServedVersion
from pipeline.domain.documents.pseudonyms import pseudonym
from pipeline.domain.errors import LedgerError, NotFound, UnaccountedDocuments, UsageError
from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.takedown.revocations import Revocations
from tests.support.ledger_samples import (
    FINDING,
    NOON,
    RESTRICTED,
    approved_source,
    deletion,
    outcome,
    publication,
    run,
)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    approved_source(database)
    return Ledger(database)


def counts(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }


def test_a_first_publication_is_served_and_explained(database: Database, ledger: Ledger) -> None:
    admitted = outcome("a.md", findings=(FINDING,))
    quarantined = outcome("b.md", action=Action.QUARANTINE)
    ledger.start_run("run-1", ["handbook"], NOON)
    done = ledger.commit_publication(publication(admitted, quarantined, number=1), {}, NOON)

    assert done.generation is not None
    assert ledger.current_generation() == done.generation == ledger.generation(1)
    assert ledger.live_versions([admitted.version_id, quarantined.version_id]) == {admitted.version_id}
    assert ledger.waiting() == {Action.REVIEW: 0, Action.QUARANTINE: 1}
    assert ledger.unfinished_runs() == []
    assert ledger.runs()[0].summary == publication(admitted, quarantined, number=1).summary

    history = ledger.document_history("handbook:a.md")
    assert history.live_version == history.latest_version == admitted.version_id
    (version,) = history.versions
    assert admitted.tagged is not None
    assert version.provenance == admitted.tagged.provenance
    assert version.provenance_digest == admitted.tagged.provenance.digest
    assert version.verdicts[0].verdict == admitted.verdict
    assert version.verdicts[0].findings == (FINDING,)


def test_known_versions_are_what_was_last_decided(database: Database, ledger: Ledger) -> None:
    first, other = outcome("a.md"), outcome("b.md")
    run(database, "run-1", first, other)
    second = outcome("a.md", "second", kind=ChangeKind.MODIFIED, action=Action.QUARANTINE)
    run(database, "run-2", second, deletion(other))

    (known,) = ledger.known_versions("handbook")
    assert (known.doc_id, known.version_id) == ("handbook:a.md", second.version_id)
    assert known.action is Action.QUARANTINE
    assert known.served_digest is None
    assert not known.live
    assert known.serving is not None
    assert known.serving.version_id == first.version_id
    assert known.serving.served_digest == first.served_digest
    # What was served before keeps being served; what was deleted does not.
    assert ledger.live_versions([first.version_id, second.version_id, other.version_id]) == {first.version_id}


def test_what_is_known_of_the_served_version_is_what_was_served(database: Database, ledger: Ledger) -> None:
    served, refused = outcome("a.md"), outcome("b.md", action=Action.QUARANTINE)
    run(database, "run-1", served, refused)
    again = outcome("a.md", action=Action.REVIEW, kind=ChangeKind.UNCHANGED, rescan=True, run_id="run-2")
    run(database, "run-2", again)
    known, never = ledger.known_versions("handbook")
    assert (known.version_id, known.action, known.served_digest) == (served.version_id, Action.REVIEW, None)
    assert served.tagged is not None
    provenance = served.tagged.provenance
    assert known.serving == ServedVersion(
        version_id=served.version_id,
        content_digest=provenance.content_digest,
        metadata_digest=provenance.metadata_digest,
        served_digest=str(served.served_digest),
        access=provenance.access,
    )
    assert never.serving is None
    # Built without validation, and yet valid.
    assert KnownVersion.model_validate_json(known.model_dump_json()) == known


def test_law_03_a_served_version_that_new_detectors_see_through_is_taken_down(
    database: Database, ledger: Ledger
) -> None:
    served = outcome("a.md")
    run(database, "run-1", served)
    assert ledger.live_versions({served.version_id}) == {served.version_id}
    run(
        database,
        "run-2",
        outcome("a.md", action=Action.QUARANTINE, kind=ChangeKind.UNCHANGED, rescan=True, run_id="run-2"),
    )
    (known,) = ledger.known_versions("handbook")
    assert known.serving is None
    assert ledger.live_versions({served.version_id}) == set()


def test_law_06_the_same_run_committed_twice_changes_nothing(database: Database, ledger: Ledger) -> None:
    ledger.start_run("run-1", ["handbook"], NOON)
    work = publication(outcome("a.md"), outcome("b.md", action=Action.REVIEW), number=1)
    first = ledger.commit_publication(work, {}, NOON)
    before = counts(database)
    ledger.start_run("run-1", ["handbook"], NOON)
    again = ledger.commit_publication(work, {}, NOON + timedelta(hours=1))
    assert again == first
    assert counts(database) == before


def test_law_06_a_generation_built_on_another_than_the_current_one_is_refused(
    database: Database, ledger: Ledger
) -> None:
    ledger.start_run("run-1", ["handbook"], NOON)
    ledger.commit_publication(publication(outcome("a.md"), number=1), {}, NOON)
    ledger.start_run("run-2", ["handbook"], NOON)
    before = counts(database)
    late = publication(outcome("b.md", run_id="run-2"), run_id="run-2", number=2)
    with pytest.raises(LedgerError, match="generation 1 is current"):
        ledger.commit_publication(late, {}, NOON)
    assert counts(database) == before
    assert [one.run_id for one in ledger.unfinished_runs()] == ["run-2"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda p: p.model_copy(update={"outcomes": p.outcomes[:1]}),
        lambda p: p.model_copy(update={"outcomes": (p.outcomes[0], p.outcomes[0])}),
        lambda p: p.model_copy(
            update={"outcomes": (p.outcomes[0], p.outcomes[1].model_copy(update={"verdict": None}))}
        ),
    ],
    ids=["one lost", "one twice", "one without a verdict"],
)
def test_law_13_documents_in_equals_documents_out(database: Database, ledger: Ledger, break_it) -> None:
    ledger.start_run("run-1", ["handbook"], NOON)
    before = counts(database)
    with pytest.raises(UnaccountedDocuments):
        ledger.commit_publication(break_it(publication(outcome("a.md"), outcome("b.md"))), {}, NOON)
    assert counts(database) == before


def test_a_run_that_was_not_started_publishes_nothing(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="not started"):
        ledger.commit_publication(publication(outcome("a.md")), {}, NOON)


def test_a_failed_run_may_start_again(database: Database, ledger: Ledger) -> None:
    ledger.start_run("run-1", ["handbook"], NOON)
    ledger.fail_run("run-1", "canary-missed")
    assert ledger.runs()[0].reason_code == "canary-missed"
    run(database, "run-1", outcome("a.md"))
    assert ledger.runs()[0].state == "finished"


def test_a_version_seen_again_keeps_its_first_provenance(database: Database, ledger: Ledger) -> None:
    first = outcome("a.md")
    run(database, "run-1", first)
    run(database, "run-2", outcome("a.md", "second", kind=ChangeKind.MODIFIED, run_id="run-2"))
    run(database, "run-3", outcome("a.md", kind=ChangeKind.MODIFIED, run_id="run-3"), day=1)
    record = ledger.version(first.version_id)
    assert record.provenance.run_id == "run-1"
    assert [verdict.run_id for verdict in record.verdicts] == ["run-1", "run-3"]
    assert record.live


def test_law_02_nothing_of_a_revoked_source_is_live(database: Database, ledger: Ledger) -> None:
    served = outcome("a.md")
    run(database, "run-1", served)
    registry = SourceRegistry(database)
    registry.revoke_source("handbook", by="user:adam", reason="It was copied from somewhere else.")
    assert ledger.live_versions([served.version_id]) == set()
    registry.release_source("handbook", by="user:adam", reason="It was not.")
    assert ledger.live_versions([served.version_id]) == {served.version_id}


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("document", "handbook:a.md"),
        ("source", "handbook"),
        ("owner", "olga"),
        ("principal", "User:Sam"),
        ("run", "run-1"),
        ("model", outcome("a.md").verdict.binding.model_digest),
    ],
)
def test_law_02_nothing_revoked_is_live(database: Database, ledger: Ledger, kind: str, subject: str) -> None:
    served = outcome("a.md")
    run(database, "run-1", served)
    revocations = Revocations(database)
    made = revocations.revoke(kind, subject, by="user:adam", reason="Found to be wrong.")
    assert revocations.revoke(kind, subject, by="user:adam", reason="Again.") == made
    assert ledger.live_versions([served.version_id]) == set()
    assert revocations.active() == [made]
    revocations.lift(kind, subject, by="user:adam", reason="Corrected.")
    assert ledger.live_versions([served.version_id]) == {served.version_id}
    assert revocations.active() == []


def test_law_10_a_revocation_outlives_later_generations(database: Database, ledger: Ledger) -> None:
    run(database, "run-1", outcome("a.md"))
    Revocations(database).revoke("document", "handbook:a.md", by="user:adam", reason="Leaked.")
    newer = outcome("a.md", "second", kind=ChangeKind.MODIFIED, run_id="run-2")
    run(database, "run-2", newer)
    assert ledger.live_versions([newer.version_id]) == set()


def test_documents_resolve_by_the_end_of_their_name(database: Database, ledger: Ledger) -> None:
    run(database, "run-1", outcome("x/a_1.md"), outcome("y/a_1.md"), outcome("y/aB1.md"))
    assert ledger.resolve_document("handbook:x/a_1.md") == "handbook:x/a_1.md"
    assert ledger.resolve_document("x/a_1.md") == "handbook:x/a_1.md"
    assert ledger.resolve_document("aB1.md") == "handbook:y/aB1.md"
    with pytest.raises(UsageError, match="Several"):
        ledger.resolve_document("a_1.md")
    for name in ("b1.md", "%", ""):
        with pytest.raises(UsageError, match="knows no document of that name"):
            ledger.resolve_document(name)


def test_a_document_with_a_pseudonym_resolves_by_the_name_in_its_source(database: Database) -> None:
    key = b"k" * 32
    ledger = Ledger(database, lambda: key)
    approved_source(database)
    kept = f"x/{pseudonym(key, 'anna')}/{pseudonym(key, 'leave of anna.md')}"
    run(database, "run-1", outcome(kept), outcome("x/b.md"))
    for name in ("handbook:x/anna/leave of anna.md", "anna/leave of anna.md", "leave of anna.md", f"handbook:{kept}"):
        assert ledger.resolve_document(name) == f"handbook:{kept}"
    for name in ("handbook:x/bert/leave of anna.md", "wiki:x/anna/leave of anna.md", "anna"):
        with pytest.raises(NotFound) as error:
            ledger.resolve_document(name)
        assert name not in str(error.value)


def test_two_review_items_for_two_reasons(database: Database, ledger: Ledger) -> None:
    done = run(
        database,
        "run-1",
        outcome("a.md", action=Action.REVIEW),
        outcome("b.md", action=Action.REVIEW, access=RESTRICTED),
    )
    assert len(done.opened) == 2
    assert ledger.waiting()[Action.REVIEW] == 2
