"""Submitting, following and withdrawing: rights, keys, limits and files, on SQLite and Postgres."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import SourceLimits
from pipeline.domain.errors import (
    Conflict,
    CorpusgateError,
    InvalidFields,
    NotFound,
    RateLimited,
    TooLarge,
)
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.review.items import Decision, DecisionKind, ItemState
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.domain.submissions.submissions import Draft
from pipeline.settings.application import SubmissionLimits, SubmissionSettings
from pipeline.stores import tables
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import events
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.review import queue as review_queue
from pipeline.stores.takedown.revocations import Revocations
from pipeline.submissions.service import SubmissionService
from tests.support.callers import person
from tests.support.ledger_samples import FINDING
from tests.support.submission_samples import files_of, hand_in, make_inbox, owner, service
from tests.support.submitted_runs import publish_submissions

PLENTY = SubmissionLimits(per_minute=1_000, per_hour=1_000, per_day=1_000, bytes_per_day=10**9, stored=1_000)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def submissions(database: Database, inbox: Path) -> SubmissionService:
    make_inbox(database)
    return service(database, inbox)


def tight(**limits: int) -> SubmissionSettings:
    return SubmissionSettings(per_submitter=PLENTY.model_copy(update=limits), per_source=PLENTY)


def test_a_submission_is_a_file_a_row_and_a_receipt(
    submissions: SubmissionService, database: Database, inbox: Path
) -> None:
    taken = hand_in(submissions, "Two weeks.", title="Notice", classification="confidential", allow=("group:people",))
    receipt = taken.receipt
    assert taken.created
    assert (receipt.status.value, receipt.version, receipt.submitted_by) == ("received", 1, "user:olga")
    assert receipt.document.startswith("inbox:notice-periods-")
    (file,) = files_of(inbox)
    assert file.read_text() == "Two weeks."
    assert file.stat().st_mode & 0o777 == 0o600
    ((counting,), withdrawn) = submissions.snapshot(["inbox"])
    assert (counting.doc_id, counting.submitter, counting.file) == (receipt.document, "user:olga", file.name)
    assert counting.declared == {"title": "Notice", "classification": "confidential", "allow": ["group:people"]}
    assert not withdrawn
    with database.read() as connection:
        (event,) = events(connection, receipt.document)
    assert (event.actor, event.action) == ("user:olga", "submission.received")
    assert [step.status.value for step in submissions.receipt(owner(), receipt.submission_id).history] == ["received"]


def test_law_02_a_draft_cannot_widen_and_each_complaint_names_its_field(submissions: SubmissionService) -> None:
    with pytest.raises(InvalidFields) as refused:
        hand_in(
            submissions,
            name="n" * 256,
            classification="public",
            allow=("group:everyone",),
            deny=("a b",),
            title="t" * 501,
        )
    assert set(refused.value.fields) == {"name", "classification", "allow", "deny", "title"}
    with pytest.raises(InvalidFields) as refused:
        hand_in(submissions, name="news.jsonl")
    assert set(refused.value.fields) == {"name"}
    with pytest.raises(InvalidFields) as refused:
        hand_in(submissions, "")
    assert set(refused.value.fields) == {"file"}


@pytest.mark.parametrize("roles", [(), (Role.READER,), (Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)])
def test_only_an_owner_of_the_source_submits(
    submissions: SubmissionService, inbox: Path, roles: tuple[Role, ...]
) -> None:
    strangers = [
        person("user:x", Grant(role=Role.OWNER, sources=("other",)), *(Grant(role=role) for role in roles)),
        person("user:x", Grant(role=Role.OWNER, classifications=("public",))),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound) as refused:
            hand_in(submissions, by=stranger)
        with pytest.raises(NotFound) as unknown:
            hand_in(submissions, by=stranger, source="nowhere")
        assert str(refused.value) == str(unknown.value)
        assert not submissions.inboxes(stranger)
    assert not files_of(inbox)


def test_a_source_that_is_no_inbox_or_not_approved_takes_nothing(
    submissions: SubmissionService, database: Database
) -> None:
    make_inbox(database, "folder", uri="/srv/folder")
    with pytest.raises(NotFound):
        hand_in(submissions, by=owner(source="folder"), source="folder")
    SourceRegistry(database).revoke_source("inbox", "user:adam", "left")
    with pytest.raises(Conflict):
        hand_in(submissions)


def test_another_owner_cannot_tell_a_submission_from_none(submissions: SubmissionService, database: Database) -> None:
    make_inbox(database, "other")
    receipt = hand_in(submissions).receipt
    stranger = owner("user:mallory", "other")
    attempts: list[Any] = [
        lambda name: submissions.receipt(stranger, name),
        lambda name: submissions.withdraw(stranger, name),
        lambda name: hand_in(submissions, by=stranger, source="other", document=name),
        lambda name: submissions.list_submissions(stranger, before=name),
    ]
    for attempt in attempts:
        answers = set()
        for name in (receipt.submission_id, receipt.document, "0" * 16, "inbox:nothing"):
            with pytest.raises(NotFound) as refused:
                attempt(name)
            answers.add(str(refused.value))
        assert len(answers) == 1
    assert not submissions.list_submissions(stranger)
    assert not submissions.list_submissions(stranger, document=receipt.document)
    for role in (Role.OWNER, Role.REVIEWER, Role.AUDITOR, Role.OPERATOR):
        seeing = person("user:zoe", Grant(role=role, sources=("inbox",)))
        assert submissions.receipt(seeing, receipt.submission_id) == receipt
        assert [one.submission_id for one in submissions.list_submissions(seeing)] == [receipt.submission_id]
    with pytest.raises(NotFound):
        submissions.withdraw(person("user:zoe", Role.REVIEWER), receipt.document)


def test_a_page_is_short_only_where_nothing_follows(
    submissions: SubmissionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its reader may not see neither shortens a page nor ends the list."""
    monkeypatch.setattr("pipeline.submissions.service.LONGEST_PAGE", 2)
    shown = [hand_in(submissions, text).receipt.submission_id for text in ("one", "two")]
    for text in ("three", "four", "five"):
        hand_in(submissions, text, classification="confidential")
    internal = person("user:zoe", Grant(role=Role.AUDITOR, classifications=(Classification.INTERNAL,)))
    (first,) = submissions.list_submissions(internal, limit=1)
    (second,) = submissions.list_submissions(internal, before=first.submission_id, limit=1)
    assert [second.submission_id, first.submission_id] == shown
    assert submissions.list_submissions(internal, before=second.submission_id, limit=1) == []


def test_a_key_answers_twice_with_one_submission(
    submissions: SubmissionService, database: Database, inbox: Path
) -> None:
    first = hand_in(submissions, key="k1")
    again = hand_in(submissions, key="k1")
    assert (again.created, again.receipt) == (False, first.receipt)
    for text, title in (("Other words.", None), ("Two weeks of notice.", "Other")):
        with pytest.raises(Conflict):
            hand_in(submissions, text, key="k1", title=title)
    other = hand_in(submissions, key="k1", by=owner("user:otto"))
    assert other.created, "keys of different people have nothing to do with each other"
    assert len(files_of(inbox)) == 2
    with database.begin() as connection:
        connection.execute(tables.submission_keys.update().values(expires_at=database.now(connection)))
    assert hand_in(submissions, key="k1").created


def test_one_key_used_at_once_by_many_is_one_submission(
    submissions: SubmissionService, database: Database, inbox: Path
) -> None:
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda _: hand_in(submissions, key="k"), range(6)))
    assert sum(one.created for one in taken) == 1
    assert len({one.receipt.submission_id for one in taken}) == 1
    assert len(files_of(inbox)) == 1


def test_limits_hold_against_many_at_once(database: Database, inbox: Path) -> None:
    make_inbox(database)
    limited = service(database, inbox, tight(per_minute=4))

    def attempt(number: int) -> int:
        try:
            hand_in(limited, f"text {number}")
        except RateLimited as refused:
            return refused.seconds
        return 0

    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(attempt, range(10)))
    assert waits[:4] == [0] * 4
    assert all(1 <= wait <= 60 for wait in waits[4:])
    assert len(files_of(inbox)) == 4
    assert hand_in(limited, by=owner("user:otto")).created, "the limit is each submitter's own"


@pytest.mark.parametrize(
    ("limits", "text"),
    [({"per_hour": 1}, "b"), ({"per_day": 1}, "b"), ({"bytes_per_day": 10}, "b" * 8), ({"stored": 1}, "b")],
)
def test_whoever_is_over_a_limit_is_told_when_to_come_back(
    database: Database, inbox: Path, limits: dict[str, int], text: str
) -> None:
    make_inbox(database)
    for settings, other in (
        (SubmissionSettings(per_submitter=PLENTY.model_copy(update=limits), per_source=PLENTY), "user:olga"),
        (SubmissionSettings(per_submitter=PLENTY, per_source=PLENTY.model_copy(update=limits)), "user:otto"),
    ):
        limited = service(database, inbox, settings)
        if other == "user:olga":
            hand_in(limited, "aaaa", key="first")
            assert not hand_in(limited, "aaaa", key="first").created, "repeating a request costs nothing"
        with pytest.raises(RateLimited) as refused:
            hand_in(limited, text, by=owner(other))
        assert 0 < refused.value.seconds <= 86_400
        assert len(files_of(inbox)) == 1


def test_a_full_inbox_takes_new_versions_and_room_comes_back_with_a_withdrawal(database: Database, inbox: Path) -> None:
    make_inbox(database, limits=SourceLimits(max_documents=1))
    limited = service(database, inbox)
    first = hand_in(limited).receipt
    with pytest.raises(RateLimited):
        hand_in(limited, "another")
    assert hand_in(limited, "better", document=first.document).created
    limited.withdraw(owner(), first.document)
    assert hand_in(limited, "another").created


class Endless:
    """A stream that never ends and remembers how much was taken of it."""

    taken = 0

    def read(self, size: int, /) -> bytes:
        assert 0 < size <= 1 << 20, "it asks for blocks, never for everything"
        self.taken += size
        return b"x" * size


def test_reading_stops_at_the_limit(database: Database, inbox: Path) -> None:
    make_inbox(database, limits=SourceLimits(max_bytes=1_000_000))
    endless = Endless()
    with pytest.raises(TooLarge):
        service(database, inbox).submit(owner(), Draft(source="inbox", name="x.txt"), endless)
    assert endless.taken < 3_000_000
    assert not files_of(inbox)
    exact = io.BytesIO(b"x" * 1_000_000)
    assert service(database, inbox).submit(owner(), Draft(source="inbox", name="x.txt"), exact).created


def test_a_stream_that_breaks_leaves_nothing(submissions: SubmissionService, inbox: Path) -> None:
    class Broken:
        blocks = iter([b"some"])

        def read(self, size: int, /) -> bytes:
            for block in self.blocks:
                return block
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        submissions.submit(owner(), Draft(source="inbox", name="x.txt"), Broken())
    assert not files_of(inbox)
    assert not submissions.list_submissions(owner())


def test_a_new_version_counts_and_the_old_one_keeps_serving_until_it_passes(
    submissions: SubmissionService, database: Database
) -> None:
    first = hand_in(submissions).receipt
    publish_submissions(database, submissions, Action.ADMIT)
    second = hand_in(submissions, "A month.", document=first.submission_id).receipt
    assert (second.document, second.version) == (first.document, 2)
    publish_submissions(database, submissions, Action.QUARANTINE, findings=(FINDING,))

    def statuses() -> list[tuple[int, str, int | None]]:
        return [(one.version, one.status.value, one.generation) for one in submissions.list_submissions(owner())]

    assert statuses() == [(2, "quarantined", None), (1, "indexed", 1)]
    receipt = submissions.receipt(owner(), second.submission_id)
    (finding,) = receipt.findings
    assert (finding.line, finding.start, finding.preview) == (1, 4, "email address, 16 characters")
    assert finding.fix
    assert receipt.reasons
    third = hand_in(submissions, "Three months.", document=first.document).receipt
    publish_submissions(database, submissions, Action.ADMIT)
    assert statuses() == [(3, "indexed", 2), (2, "superseded", None), (1, "superseded", None)]
    assert submissions.receipt(owner(), first.submission_id).newer == third.submission_id


def test_the_same_version_again_is_the_same_submission(submissions: SubmissionService, inbox: Path) -> None:
    first = hand_in(submissions).receipt
    again = hand_in(submissions, document=first.document)
    assert (again.created, again.receipt) == (False, first)
    assert len(files_of(inbox)) == 1
    assert hand_in(submissions, document=first.document, by=owner("user:otto")).created, "somebody else answers for it"


def test_review_and_its_reason_reach_the_submitter(submissions: SubmissionService, database: Database) -> None:
    receipt = hand_in(submissions).receipt
    publish_submissions(database, submissions, Action.REVIEW)
    assert submissions.receipt(owner(), receipt.submission_id).status.value == "in review"
    with audit_log.audited(database) as connection:
        (item,) = review_queue.find(connection, tables.review_items.c.state == ItemState.OPEN)
        at = database.now(connection)
        decision = Decision(
            person="user:grace", decision=DecisionKind.REJECT, reason="Contradicts the contract.", at=at, expires_at=at
        )
        review_queue.decide(connection, item, decision)
        review_queue.move(connection, [item.item_id], ItemState.REJECTED, at)
    rejected = submissions.receipt(owner(), receipt.submission_id)
    assert (rejected.status.value, rejected.review_reason) == ("rejected", "Contradicts the contract.")


def test_law_02_what_is_withdrawn_is_not_served_from_that_moment(
    submissions: SubmissionService, database: Database, inbox: Path
) -> None:
    receipt = hand_in(submissions).receipt
    publish_submissions(database, submissions, Action.ADMIT)
    version = submissions.receipt(owner(), receipt.submission_id).version_id
    assert version is not None
    assert Ledger(database).live_versions([version]) == {version}
    withdrawn = submissions.withdraw(owner(), receipt.document, "outdated")
    assert withdrawn.status.value == "withdrawn"
    assert Ledger(database).live_versions([version]) == set()
    assert submissions.snapshot(["inbox"]) == ([], {receipt.document})
    assert not files_of(inbox)
    assert submissions.withdraw(owner(), receipt.submission_id).status.value == "withdrawn"
    with pytest.raises(Conflict):
        hand_in(submissions, "again", document=receipt.document)
    with database.read() as connection:
        done = [event.action for event in events(connection, receipt.document) if event.actor == "user:olga"]
    assert done == ["submission.received", "submission.withdrawn"]


def test_what_an_operator_revoked_is_shown_as_revoked(submissions: SubmissionService, database: Database) -> None:
    receipt = hand_in(submissions).receipt
    publish_submissions(database, submissions, Action.ADMIT)
    Revocations(database).revoke(RevocationKind.DOCUMENT, receipt.document, "user:adam", "complaint")
    assert submissions.receipt(owner(), receipt.submission_id).status.value == "revoked"


def test_the_sweep_takes_what_nobody_needs_and_nothing_else(
    submissions: SubmissionService, database: Database, inbox: Path
) -> None:
    first = hand_in(submissions).receipt
    kept = hand_in(submissions, "A month.", document=first.document).receipt
    strays = [inbox / "inbox" / ".tmp-0123", inbox / "inbox" / f"{'f' * 16}.md"]
    fresh = inbox / "inbox" / ".tmp-fresh"
    for path in (*strays, fresh):
        path.write_bytes(b"half")
    long_ago = time.time() - 7_200
    for path in files_of(inbox):
        if path != fresh:
            os.utime(path, (long_ago, long_ago))
    assert submissions.sweep(["inbox", "nowhere"]) == 2, "a version replaced just now may still be read"
    with database.begin() as connection:
        earlier = select(tables.submissions.c.received_at).limit(1)
        moment = connection.execute(earlier).scalar_one()
        connection.execute(tables.submissions.update().values(received_at=moment - timedelta(hours=3)))
    assert submissions.sweep(["inbox"]) == 1
    assert [path.stem for path in files_of(inbox)] == [".tmp-fresh", kept.submission_id]


def test_law_04_what_was_typed_as_a_name_is_in_no_error_audit_event_or_document_id(
    submissions: SubmissionService, database: Database
) -> None:
    planted = "078-05" + "-1120"
    receipt = hand_in(submissions, name=f"salary of {planted}.md", title=planted).receipt
    errors = []
    for attempt in (
        lambda: hand_in(submissions, document=planted),
        lambda: hand_in(submissions, classification=planted),
        lambda: hand_in(submissions, allow=(planted + " x",)),
        lambda: hand_in(submissions, source=planted),
        lambda: submissions.receipt(owner(), planted),
    ):
        with pytest.raises(CorpusgateError) as refused:
            attempt()
        errors.append(str(refused.value))
    assert planted not in receipt.document
    assert not [error for error in errors if planted in error]
    with database.read() as connection:
        assert not [event for event in events(connection) if planted in event.model_dump_json()]
    assert planted in receipt.name, "the submitter sees what they typed"
