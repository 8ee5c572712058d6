"""Rolling back: what comes back, what stays away, and what the next refresh may not publish again (law 10)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.errors import Conflict, NotAllowed, UsageError
from pipeline.domain.serving.takedown import Withheld
from pipeline.index.generations import Generation
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.takedown.erasures import Erasures
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import ANN, BOARD, EVERYONE, Doc
from tests.support.served_home import OPERATOR, REVIEWER, ServedHome

TEA, TEA_2 = Doc("tea.md", ("Tea is at four.",)), Doc("tea.md", ("Tea is at five.", "Bring a cup."))
CATS = Doc("cats.md", ("The cat is called Ada.",))
NEW = Doc("new.md", ("Somebody poisoned this.",))
WHY = "A poisoned document came in."


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    yield made
    made.close()


def test_a_rollback_brings_back_removes_and_exchanges(home: ServedHome) -> None:
    first = home.refresh(TEA, CATS)
    home.refresh(TEA_2, NEW)
    assert first is not None

    result = rollback(home.workspace, 1, OPERATOR, WHY)

    assert (result.changed, result.left, result.returned, result.withheld) == ((TEA.doc_id,), (NEW.doc_id,), (), {})
    assert home.held() == home.live() == {TEA.doc_id: TEA.version_id, CATS.doc_id: CATS.version_id}
    assert home.found() == {*TEA.texts, *CATS.texts}
    made = home.current()
    assert (made.number, made.parent, made.rolled_back_to) == (3, 2, 1)
    assert made == result.generation
    statement = Generation.open(home.workspace.index, made, home.workspace.verifier).statement
    assert statement.predicate.rolled_back_to == 1
    assert home.audited("document.rolled_back") == [NEW.doc_id, TEA.doc_id]
    assert home.audited("generation.rolled_back") == ["3"]
    assert home.workspace.audit.verify().ok


def test_a_dry_run_tells_the_same_and_changes_nothing(home: ServedHome) -> None:
    home.refresh(TEA, CATS)
    home.refresh(TEA_2, NEW)
    before = (home.current(), home.held(), home.live(), home.workspace.audit.verify().events)
    told = rollback(home.workspace, 1, OPERATOR, WHY, dry_run=True)
    assert (home.current(), home.held(), home.live(), home.workspace.audit.verify().events) == before
    done = rollback(home.workspace, 1, OPERATOR, WHY)
    assert told.generation is None
    exclude = {"generation", "seconds", "dry_run"}
    assert told.model_dump(exclude=exclude) == done.model_dump(exclude=exclude)


def test_law_10_a_rollback_does_not_resurrect_what_an_unfinished_erasure_is_about(home: ServedHome) -> None:
    """Earlier generations still hold it until the erasure has written them anew."""
    home.refresh(TEA, CATS)
    home.refresh(TEA_2)
    Erasures(home.workspace.database).begin(CATS.doc_id, "user:oscar", "asked for")
    result = rollback(home.workspace, 1, OPERATOR, WHY)
    assert result.withheld == {CATS.doc_id: Withheld.ERASED}
    assert home.held() == home.live() == {TEA.doc_id: TEA.version_id}


def test_law_10_a_rollback_does_not_resurrect_what_was_revoked_or_deleted(home: ServedHome) -> None:
    home.refresh(TEA, CATS, NEW)
    home.refresh(TEA_2, gone=[CATS])
    revocations = Revocations(home.workspace.database)
    revocations.revoke("document", NEW.doc_id, "user:oscar", "poisoned")
    result = rollback(home.workspace, 1, OPERATOR, WHY)
    assert result.withheld == {CATS.doc_id: Withheld.DELETED, NEW.doc_id: Withheld.REVOKED}
    assert home.held() == home.live() == {TEA.doc_id: TEA.version_id}

    revocations.revoke("document", TEA.doc_id, "user:oscar", "poisoned too")
    rollback(home.workspace, 2, OPERATOR, WHY)
    assert home.held() == home.live() == {}
    assert home.found() == set()


def test_law_10_a_version_refused_or_redacted_since_stays_away(home: ServedHome) -> None:
    clean = Doc("tea.md", ("Tea is at four.", "Nothing else."))
    home.refresh(TEA, CATS)
    # New detectors refuse one and redact more of the other; then both are mended.
    home.refresh(
        outcomes=[
            TEA.outcome(Action.QUARANTINE, kind=ChangeKind.UNCHANGED, rescan=True, served_digest=None, chunks=0),
            CATS.outcome(Action.REDACT, kind=ChangeKind.UNCHANGED, rescan=True, served_digest="a" * 64),
        ],
        chunks=[CATS],
    )
    home.refresh(clean, Doc("cats.md", ("The cat has no name.",)))
    result = rollback(home.workspace, 1, OPERATOR, WHY)
    assert result.withheld == {TEA.doc_id: Withheld.REFUSED, CATS.doc_id: Withheld.OTHER_TEXT}
    assert home.held() == home.live() == {}


def test_law_10_a_rollback_widens_no_access(home: ServedHome) -> None:
    """Somebody took readers away since: those stay away, with the newer text or with none."""
    home.refresh(TEA, CATS)
    narrowed, both = Doc(TEA.name, TEA.texts, ANN), Doc(CATS.name, ("Ada is fat.",), BOARD)
    home.refresh(both, outcomes=[narrowed.outcome(kind=ChangeKind.ACCESS, reuse=True, chunks=0)])
    home.refresh(NEW)
    result = rollback(home.workspace, 1, OPERATOR, WHY)
    assert result.withheld == {TEA.doc_id: Withheld.NARROWED, CATS.doc_id: Withheld.NARROWED}
    assert home.held() == home.live() == {TEA.doc_id: narrowed.version_id}
    assert home.found("bob") == set()
    assert home.found("ann") == set(TEA.texts)
    assert EVERYONE != ANN


def test_what_a_rollback_took_off_is_remembered_until_it_is_served_again(home: ServedHome) -> None:
    home.refresh(TEA)
    home.refresh(TEA_2, NEW)
    rollback(home.workspace, 1, OPERATOR, WHY)
    held = home.workspace.ledger.taken_off()
    assert {one.version_id for one in held} == {TEA_2.version_id, NEW.version_id}
    assert {(one.from_generation, one.to_generation) for one in held} == {(2, 1)}
    home.refresh(NEW)  # as after an approval
    assert {one.version_id for one in home.workspace.ledger.taken_off()} == {TEA_2.version_id}
    rollback(home.workspace, 2, OPERATOR, "It was a false alarm.")
    assert home.held() == home.live() == {TEA_2.doc_id: TEA_2.version_id, NEW.doc_id: NEW.version_id}
    assert {one.version_id for one in home.workspace.ledger.taken_off()} == {TEA.version_id}


def test_rolling_back_twice_and_back_again(home: ServedHome) -> None:
    home.refresh(TEA)
    home.refresh(TEA_2)
    home.refresh(NEW)
    rollback(home.workspace, 2, OPERATOR, WHY)
    rollback(home.workspace, 1, OPERATOR, WHY)
    assert home.held() == {TEA.doc_id: TEA.version_id}
    rollback(home.workspace, 3, OPERATOR, WHY)
    assert home.held() == home.live() == {TEA.doc_id: TEA_2.version_id, NEW.doc_id: NEW.version_id}
    assert home.current().number == 6
    assert home.workspace.audit.verify().ok


def test_a_rollback_that_makes_no_sense_is_refused(home: ServedHome) -> None:
    home.refresh(TEA)
    with pytest.raises(Conflict, match="being served already"):
        rollback(home.workspace, 1, OPERATOR, WHY)
    home.refresh(NEW)
    with pytest.raises(UsageError, match="no generation 7"):
        rollback(home.workspace, 7, OPERATOR, WHY)
    with pytest.raises(UsageError, match="reason"):
        rollback(home.workspace, 1, OPERATOR, " ")
    with pytest.raises(NotAllowed):
        rollback(home.workspace, 1, REVIEWER, WHY)
    home.refresh(gone=[NEW])
    with pytest.raises(Conflict, match="already what generation 1 holds"):
        rollback(home.workspace, 1, OPERATOR, WHY)
    Retained(home.workspace.database).mark_pruned([2], "retention")
    with pytest.raises(Conflict, match="was pruned"):
        rollback(home.workspace, 2, OPERATOR, WHY)
    assert home.current().number == 3


def test_another_model_is_refused(home: ServedHome) -> None:
    home.embedder.digest = "f" * 64
    home.refresh(TEA)
    home.embedder.digest = home.workspace.binding().model_digest
    home.refresh(TEA)
    with pytest.raises(Conflict, match="another embedding model"):
        rollback(home.workspace, 1, OPERATOR, WHY)
