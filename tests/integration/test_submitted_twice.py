"""The same bytes under two names: the receipt says so, to whom may know of both."""

from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.database import Database
from pipeline.stores.takedown.revocations import Revocations
from pipeline.submissions.receipts import Receipt
from pipeline.submissions.service import SubmissionService
from tests.support.callers import person
from tests.support.submission_samples import hand_in, make_inbox, owner, service
from tests.support.submitted_runs import publish_submissions

REVIEWER = person("user:rosa", Grant(role=Role.REVIEWER))
UP_TO_INTERNAL = person("user:ida", Grant(role=Role.OWNER, classifications=Classification.INTERNAL.up_to))


@pytest.fixture
def submissions(database: Database, tmp_path: Path) -> SubmissionService:
    make_inbox(database)
    make_inbox(database, "other")
    return service(database, tmp_path / "inbox")


def same(receipt: Receipt) -> dict[str, bool]:
    """Documents with the same bytes, and whether they are served."""
    return {one.doc_id: one.served for one in receipt.same_bytes}


def test_the_same_bytes_are_named_before_and_after_they_are_read(
    submissions: SubmissionService, database: Database
) -> None:
    first = hand_in(submissions, title="Notice").receipt
    assert same(first) == {}
    second = hand_in(submissions, title="Two weeks").receipt
    hand_in(submissions, "Something else.")
    assert same(second) == {first.document: False}
    assert same(submissions.receipt(owner(), first.submission_id)) == {second.document: False}
    publish_submissions(database, submissions, Action.ADMIT)
    later = hand_in(submissions).receipt
    assert same(later) == {first.document: True, second.document: True}
    assert {one.title for one in later.same_bytes} == {"Notice", "Two weeks"}


def test_a_new_version_is_not_compared_with_its_own_document(submissions: SubmissionService) -> None:
    first = hand_in(submissions, title="Notice").receipt
    again = hand_in(submissions, title="Another title", document=first.document).receipt
    assert (again.document, again.version, same(again)) == (first.document, 2, {})


def test_what_is_taken_back_is_not_served(submissions: SubmissionService, database: Database) -> None:
    first, revoked = hand_in(submissions).receipt, hand_in(submissions).receipt
    publish_submissions(database, submissions, Action.ADMIT)
    Revocations(database).revoke(RevocationKind.DOCUMENT, revoked.document, "user:oscar", "Not ours.")
    assert same(hand_in(submissions).receipt) == {first.document: True, revoked.document: False}


def test_law_2_a_copy_that_the_submitter_may_not_know_of_is_not_named(submissions: SubmissionService) -> None:
    other = hand_in(submissions, by=owner("user:otto", "other"), source="other").receipt
    secret = hand_in(submissions, by=owner("user:sven"), classification="restricted").receipt
    mine = hand_in(submissions, by=UP_TO_INTERNAL).receipt
    assert same(mine) == {other.document: False}, "an owner of every source, up to internal"
    seen = same(submissions.receipt(REVIEWER, mine.submission_id))
    assert seen == {other.document: False, secret.document: False}
    assert same(submissions.receipt(owner(), mine.submission_id)) == {secret.document: False}
