"""The snapshot of what surrounds documents, from the ledger to a worker."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from pipeline.domain.findings.resemblance import sketch
from pipeline.stores.database import Database
from pipeline.stores.ledger import impact_snapshot as surroundings
from pipeline.stores.ledger.impact_snapshot import Snapshot
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.tables import canary_answers
from tests.support.ledger_samples import approved_source, outcome, run
from tests.support.retrievals import retrieval

TEXT = " ".join(f"word{number} of a long text" for number in range(100))


def snapshot(database: Database, folder: Path) -> Snapshot:
    surroundings.write(database, folder / surroundings.FILE)
    return Snapshot(folder / surroundings.FILE)


def test_nothing_is_known_before_the_first_publication(database: Database, tmp_path: Path) -> None:
    empty = snapshot(database, tmp_path)
    assert empty.row("handbook:a") == {}
    assert empty.owner_since("ada") is None
    assert empty.closest_of_others("", "ada") == 0.0


def test_a_served_document_brings_its_owner_use_and_resemblance(database: Database, tmp_path: Path) -> None:
    approved_source(database)
    served = outcome("handbook:a.md")
    owner = served.tagged.provenance.owner if served.tagged else ""
    made = sketch(TEXT)
    assert made is not None
    run(database, "run-1", served.model_copy(update={"sketch": made}))
    RetrievalLog(database).add([(retrieval(1, at=datetime.now(UTC)), [served.doc_id])])
    with database.begin() as connection:
        answer = {"question_id": "q", "generation": 1, "question_digest": "0" * 64}
        found = [{"doc_id": served.doc_id, "rank": 1, "score": 0.5}]
        connection.execute(insert(canary_answers), {**answer, "answer": found})

    known = snapshot(database, tmp_path)
    row = known.row(served.doc_id)
    assert (row["retrieved"], row["canary_questions"]) == (1, 1)
    assert known.owner_since(owner) is not None
    assert known.closest_of_others(made, "somebody else") == 1.0
    assert known.closest_of_others(made, owner) == 0.0, "one's own document is no copy"
