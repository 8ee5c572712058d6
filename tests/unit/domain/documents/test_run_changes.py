"""A run names to people each change once, and everything that stays out."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.run_changes import HELD, RENAMED, NotServed, changes_of, kept_out_after
from tests.support.ledger_samples import deletion, outcome

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NAMES = st.sampled_from("abcdefgh")
JUDGED = st.builds(
    lambda name, kind, action, rescan: outcome(name, kind=kind, action=action, rescan=rescan),
    NAMES,
    st.sampled_from([ChangeKind.NEW, ChangeKind.MODIFIED, ChangeKind.ACCESS, ChangeKind.METADATA]),
    st.sampled_from(Action),
    st.booleans(),
)
RUNS = st.lists(JUDGED | st.builds(lambda name: deletion(outcome(name)), NAMES), unique_by=lambda one: one.doc_id)


def renamed(before: str, after: str) -> list[Outcome]:
    return [deletion(outcome(before)), outcome(after).model_copy(update={"renamed_from": f"handbook:{before}"})]


@given(RUNS)
def test_each_document_that_changed_is_named_once(outcomes: list[Outcome]) -> None:
    named = [one.doc_id for one in changes_of(outcomes)]
    assert sorted(named) == sorted(one.doc_id for one in outcomes if not one.rescan)


def test_a_document_that_moved_is_one_change_with_its_older_name() -> None:
    (found,) = changes_of(renamed("old", "new"))
    assert (found.doc_id, found.change, found.before) == ("handbook:new", RENAMED, "handbook:old")


def test_a_deletion_that_people_have_to_confirm_is_called_so() -> None:
    held, gone = changes_of([deletion(outcome("b"), held=True), deletion(outcome("a"))])[::-1]
    assert (held.change, gone.change) == (HELD, ChangeKind.DELETED.value)


@given(RUNS, st.lists(NAMES, unique=True))
def test_everything_kept_out_is_named_by_its_latest_verdict(outcomes: list[Outcome], standing: list[str]) -> None:
    before = [
        NotServed(doc_id=f"handbook:{name}", verdict=Action.QUARANTINE, reasons=("then",), decided_at=NOON)
        for name in standing
    ]
    found = kept_out_after(outcomes, before)
    now = {one.doc_id: one.verdict.action for one in outcomes if one.verdict}
    refused = {name for name, action in now.items() if action in (Action.REVIEW, Action.QUARANTINE, Action.REJECT)}
    left = {one.doc_id for one in before} - {one.doc_id for one in outcomes}
    assert sorted(one.doc_id for one in found) == sorted(refused | left)
    assert {one.doc_id: one.verdict for one in found if one.decided_at is None} == {n: now[n] for n in refused}
