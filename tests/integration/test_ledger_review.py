from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind, Impact, KnownVersion, Outcome
from pipeline.domain.errors import NotAllowed, UsageError
from pipeline.domain.review.items import ItemKind, ItemState
from pipeline.domain.review.queue import QueueFilter
from pipeline.review.service import ReviewService
from pipeline.settings.application import ReviewSettings
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import BINDING, NOON, RESTRICTED, approved_source, deletion, outcome, run

WIDENED = Impact(score=70, access_widened=True)
WHY = "Read it; it is what it should be."
ADAM, EVE, ANN, SAM = (person(f"user:{name}") for name in ("adam", "eve", "ann", "sam"))


@pytest.fixture
def service(database: Database) -> ReviewService:
    approved_source(database)
    return ReviewService(database, ReviewSettings(approval_days=14), words=str)


def waiting(database: Database, one: Outcome, name: str = "run-1") -> str:
    """Commit an outcome that waits for people; returns its review item."""
    (item,) = run(database, name, one).opened
    return item


def known(database: Database) -> KnownVersion:
    (only,) = Ledger(database).known_versions("handbook")
    return only


def expire(database: Database, person: str = "user:adam") -> None:
    """As if the days an approval is good for had passed."""
    decided = tables.review_decisions
    with database.begin() as connection:
        connection.execute(sa.update(decided).where(decided.c.person == person).values(expires_at=NOON))


def admitted(one: Outcome, kind: ChangeKind = ChangeKind.MODIFIED) -> Outcome:
    verdict = one.verdict.model_copy(update={"action": Action.ADMIT})
    return one.model_copy(update={"verdict": verdict, "kind": kind, "served_digest": digest_text("served")})


def test_what_policy_sends_to_review_waits_with_its_reasons(database: Database, service: ReviewService) -> None:
    one = outcome("a.md", action=Action.REVIEW, impact=Impact(score=40))
    item = waiting(database, one)
    (listed,) = service.list_items(ADAM)
    assert listed == service.item(item[:6], ADAM)
    assert (listed.doc_id, listed.version_id, listed.kind) == (one.doc_id, one.version_id, ItemKind.VERSION)
    assert (listed.rule_ids, listed.reasons, listed.impact) == (("the-rule",), ("The rule says so.",), one.impact)
    assert (listed.submitter, listed.required_approvals, listed.state) == ("user:sam", 1, ItemState.OPEN)
    assert not known(database).approved


def test_an_approved_version_is_known_as_approved_and_its_approval_is_used_up(
    database: Database, service: ReviewService
) -> None:
    one = outcome("a.md", action=Action.REVIEW)
    item = waiting(database, one)
    assert service.approve(item, ADAM, reason=WHY).state is ItemState.APPROVED
    assert known(database).approved
    done = run(database, "run-2", admitted(one))
    assert done.applied == (item,)
    assert not known(database).approved
    assert known(database).live
    assert service.list_items(ADAM, QueueFilter(states=()))[0].state is ItemState.APPLIED
    (record,) = Ledger(database).document_history(one.doc_id).versions
    assert [(d.person, d.reason) for d in record.reviews[0].decisions] == [("user:adam", WHY)]


@pytest.mark.parametrize("name", ["user:sam", "sam", "user:SAM"])
def test_law_08_the_submitter_never_approves(database: Database, service: ReviewService, name: str) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    with pytest.raises(NotAllowed, match="submitted"):
        service.approve(item, person(name), WHY)
    assert not known(database).approved


@pytest.mark.parametrize(
    "extra", [{"access": RESTRICTED}, {"impact": WIDENED}], ids=["restricted document", "widened access"]
)
def test_law_08_some_changes_need_two_people(database: Database, service: ReviewService, extra: dict) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW, **extra))
    assert service.approve(item, ADAM, reason=WHY).state is ItemState.OPEN
    for same in (ADAM, person("user:Adam")):
        with pytest.raises(NotAllowed, match="another person"):
            service.approve(item, same, WHY)
    assert not known(database).approved
    assert service.approve(item, EVE, reason=WHY).state is ItemState.APPROVED
    assert known(database).approved


def test_law_08_an_approval_covers_one_version(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    service.approve(item, ADAM, reason=WHY)
    second = outcome("a.md", "second", kind=ChangeKind.MODIFIED, action=Action.REVIEW)
    done = run(database, "run-2", second)
    assert done.stale == (item,)
    assert not known(database).approved
    with pytest.raises(UsageError, match="stale"):
        service.approve(item, EVE, reason=WHY)
    assert [one.version_id for one in service.list_items(ADAM)] == [second.version_id]


def test_law_08_an_approval_covers_one_binding(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    service.approve(item, ADAM, reason=WHY)
    new_policy = BINDING.model_copy(update={"policy_digest": digest_text("next policy")})
    again = outcome("a.md", action=Action.REVIEW, kind=ChangeKind.UNCHANGED, rescan=True, binding=new_policy)
    done = run(database, "run-2", again)
    assert done.stale == (item,)
    assert len(done.opened) == 1
    assert not known(database).approved


def test_law_08_an_approval_of_an_older_version_does_not_return_with_it(
    database: Database, service: ReviewService
) -> None:
    first = outcome("a.md", action=Action.REVIEW)
    service.approve(waiting(database, first), ADAM, reason=WHY)
    run(database, "run-2", outcome("a.md", "second", kind=ChangeKind.MODIFIED, action=Action.REVIEW))
    run(database, "run-3", outcome("a.md", kind=ChangeKind.MODIFIED, action=Action.REVIEW))
    assert known(database).version_id == first.version_id
    assert not known(database).approved


def test_law_08_an_approval_expires(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    approval = service.approve(item, ADAM, reason=WHY).decisions[0]
    assert approval.expires_at - approval.at == timedelta(days=14)
    expire(database)
    assert not known(database).approved
    # It waits again, and the same person may look again.
    assert [one.item_id for one in service.list_items(ADAM)] == [item]
    assert service.list_items(ADAM, QueueFilter(states=(ItemState.APPROVED,))) == []
    service.approve(item, ADAM, reason=WHY)
    assert known(database).approved


def test_law_08_of_two_approvals_both_must_be_valid(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW, access=RESTRICTED))
    service.approve(item, ADAM, reason=WHY)
    expire(database)
    assert service.approve(item, EVE, reason=WHY).state is ItemState.OPEN
    service.approve(item, ADAM, reason=WHY)
    assert known(database).approved
    expire(database)
    assert not known(database).approved


def test_one_rejection_is_enough_and_takes_an_unused_approval_back(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    service.approve(item, ADAM, reason=WHY)
    assert service.reject(item, EVE, reason="It names a customer.").state is ItemState.REJECTED
    assert not known(database).approved
    with pytest.raises(UsageError, match="rejected"):
        service.approve(item, ADAM, reason=WHY)


def test_a_reviewer_may_change_their_mind_to_no(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW, access=RESTRICTED))
    service.approve(item, ADAM, reason=WHY)
    decided = service.reject(item, ADAM, reason="On second thought.")
    assert [one.decision.value for one in decided.decisions] == ["reject"]


def test_an_item_that_still_waits_keeps_its_approvals_over_later_runs(
    database: Database, service: ReviewService
) -> None:
    one = outcome("a.md", action=Action.REVIEW, access=RESTRICTED)
    item = waiting(database, one)
    service.approve(item, ADAM, reason=WHY)
    again = one.model_copy(update={"kind": ChangeKind.UNCHANGED, "rescan": True})
    done = run(database, "run-2", again)
    assert (done.opened, done.stale) == ((), ())
    service.approve(item, EVE, reason=WHY)
    assert known(database).approved


def test_what_policy_admits_without_approval_waits_no_longer(database: Database, service: ReviewService) -> None:
    one = outcome("a.md", action=Action.REVIEW)
    item = waiting(database, one)
    assert run(database, "run-2", admitted(one)).stale == (item,)
    assert service.list_items(ADAM) == []


def test_law_09_a_held_deletion_waits_and_an_approval_lets_it_go(database: Database, service: ReviewService) -> None:
    one = outcome("a.md")
    run(database, "run-1", one)
    item = waiting(database, deletion(one, held=True), "run-2")
    assert known(database).live
    assert not known(database).deletion_approved
    with pytest.raises(NotAllowed):
        service.approve(item, SAM, reason=WHY)
    service.approve(item, ADAM, reason=WHY)
    assert known(database).deletion_approved
    assert not known(database).approved
    assert run(database, "run-3", deletion(one)).applied == (item,)
    assert list(Ledger(database).known_versions("handbook")) == []
    assert Ledger(database).live_versions([one.version_id]) == set()
    assert Ledger(database).document_history(one.doc_id).deleted_by_run == "run-3"


def test_law_09_a_deletion_still_missing_keeps_one_item(database: Database, service: ReviewService) -> None:
    one = outcome("a.md")
    run(database, "run-1", one)
    item = waiting(database, deletion(one, held=True), "run-2")
    assert run(database, "run-3", deletion(one, held=True)).opened == ()
    assert [entry.item_id for entry in service.list_items(ADAM)] == [item]


def test_law_09_an_approved_deletion_of_a_document_that_came_back_is_void(
    database: Database, service: ReviewService
) -> None:
    one = outcome("a.md")
    run(database, "run-1", one)
    item = waiting(database, deletion(one, held=True), "run-2")
    service.approve(item, ADAM, reason=WHY)
    assert run(database, "run-3", sources=("another",)).stale == ()  # that run did not look
    assert run(database, "run-4").stale == (item,)
    assert not known(database).deletion_approved


def test_a_held_deletion_leaves_what_was_asked_about_the_document(database: Database, service: ReviewService) -> None:
    one = outcome("a.md", action=Action.REVIEW)
    item = waiting(database, one)
    missing = waiting(database, deletion(one, held=True), "run-2")
    assert {entry.item_id for entry in service.list_items(ADAM)} == {item, missing}
    service.approve(item, ADAM, reason=WHY)
    assert known(database).approved
    assert run(database, "run-3").stale == (missing,)  # it is back
    assert known(database).approved


def test_restricted_deletions_need_two_people(database: Database, service: ReviewService) -> None:
    one = outcome("a.md", access=RESTRICTED)
    run(database, "run-1", one)
    item = waiting(database, deletion(one, held=True), "run-2")
    assert service.approve(item, ADAM, reason=WHY).state is ItemState.OPEN


def test_decisions_are_audited_without_their_words(database: Database, service: ReviewService) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW, access=RESTRICTED))
    service.approve(item, ADAM, reason="The swordfish page.")
    service.reject(item, EVE, reason="The swordfish page.")
    for refused in (lambda: service.approve(item, ANN, reason=WHY), lambda: service.item("ffff", ADAM)):
        with pytest.raises(UsageError):
            refused()
    events = [one for one in AuditLog(database).events("handbook:a.md") if one.action.startswith("review.")]
    assert [(one.actor, one.action) for one in events] == [
        ("user:adam", "review.approve"),
        ("user:eve", "review.reject"),
    ]
    assert not any("swordfish" in one.details for one in events)
    assert AuditLog(database).verify().ok


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1_001])
def test_a_decision_needs_a_reason_of_sensible_length(database: Database, service: ReviewService, reason: str) -> None:
    item = waiting(database, outcome("a.md", action=Action.REVIEW))
    for decide in (service.approve, service.reject):
        with pytest.raises(UsageError, match="reason"):
            decide(item, ADAM, reason=reason)
