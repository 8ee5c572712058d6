"""From a committed fact to a message: who is told what, digests, retries, dead letters; on SQLite and Postgres."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.errors import ConfigError, CorpusgateError, NotFound
from pipeline.domain.findings.findings import Finding
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.domain.telemetry.messages import MessageState
from pipeline.domain.telemetry.notifications import OF_ACTION
from pipeline.notifications.deliver import LISTED, NotificationService, Round
from pipeline.outbound import webhook as send_webhook
from pipeline.outbound.posting import NotDelivered
from pipeline.settings.notifications import ChannelSettings, NotificationSettings, SecretSettings, WebhookSettings
from pipeline.stores import tables
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, events
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.takedown.revocations import Revocations
from tests.support.ledger_samples import FINDING, NOON, approved_source, outcome, publication
from tests.support.submission_samples import POLICY

HOOK = {"url": "https://hooks.example/", "secret": SecretSettings(variable="HOOK")}


class Post:
    """Stands where messages are posted: keeps them, or fails as told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.failing: NotDelivered | None = None

    def __call__(self, settings: WebhookSettings, secret: bytes, message_id: str, body: bytes) -> None:
        assert secret == b"hush"
        if self.failing is not None:
            raise self.failing
        self.sent.append((settings.url, json.loads(body)))

    def take(self) -> list[dict[str, Any]]:
        taken, self.sent = [body for _, body in self.sent], []
        return sorted(taken, key=lambda body: str(body["channel"]))


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(send_webhook, "post", made)
    return made


def channel(name: str, role: str, **more: Any) -> ChannelSettings:
    return ChannelSettings.model_validate({"name": name, "role": role, "digest_minutes": 0, "webhook": HOOK, **more})


def service(database: Database, *channels: ChannelSettings, **more: Any) -> NotificationService:
    settings = NotificationSettings(channels=channels, **more)
    return NotificationService(database, settings, lambda _: b"hush", lambda: POLICY)


def publish(database: Database, *outcomes: Outcome, run_id: str = "run-1") -> None:
    ledger = Ledger(database)
    ledger.start_run(run_id, ["handbook"], NOON)
    with database.read() as connection:
        now = database.now(connection)
    ledger.commit_publication(publication(*outcomes, run_id=run_id), {}, now)


def quarantined(uri: str, **more: Any) -> Outcome:
    made = outcome(uri, action=Action.QUARANTINE, **more)
    assert made.verdict is not None
    return made.model_copy(update={"verdict": made.verdict.model_copy(update={"rule_ids": ("live-secret",)})})


def test_each_role_is_told_what_concerns_it_and_how_to_fix_it(database: Database, post: Post) -> None:
    approved_source(database)
    approved_source(database, "other")
    told = service(
        database,
        channel("a-owners", "owner", sources=("handbook",)),
        channel("b-others", "owner", sources=("other",)),
        channel("c-reviewers", "reviewer"),
        channel("d-operators", "operator"),
        channel("e-narrow", "operator", events=("run-failed",), sources=("handbook",)),
    )
    publish(database, quarantined("bad.md", findings=(FINDING,)), outcome("wait.md", action=Action.REVIEW))
    Ledger(database).start_run("run-2", ["handbook"], NOON)
    Ledger(database).fail_run("run-2", "canary-missed")
    Revocations(database).revoke(RevocationKind.DOCUMENT, "other:x.md", "user:adam", "complaint")
    assert told.deliver() == Round(noted=4, bundled=5, delivered=5, failed=0, dead=0)
    owners, others, reviewers, operators, narrow = post.take()
    (event,) = owners["events"]
    assert (event["kind"], event["subject"], event["rules"]) == ("quarantined", "handbook:bad.md", ["live-secret"])
    assert "secret store" in event["how_to_fix"][0]
    assert [(one["kind"], one["subject"]) for one in others["events"]] == [("revoked", "other:x.md")]
    (waiting,) = reviewers["events"]
    assert waiting["kind"] == "review-waiting"
    assert waiting["item_id"]
    assert operators["counts"] == {"revoked": 1, "run-failed": 1}
    (failed,) = narrow["events"]
    assert (failed["subject"], failed["reason"]) == ("run-2", "canary-missed")
    assert told.deliver() == Round(noted=0, bundled=0, delivered=0, failed=0, dead=0)
    assert not post.take()


def test_a_flood_is_one_message_with_counts(database: Database, post: Post) -> None:
    approved_source(database)
    told = service(database, channel("owners", "owner", digest_minutes=5))
    publish(database, *(quarantined(f"{number}.md") for number in range(LISTED + 30)))
    told.deliver()
    assert not post.take(), "the window is still open"
    publish(database, quarantined("late.md"), run_id="run-2")
    told.deliver()
    with database.begin() as connection:
        earlier = tables.notification_events.c.noted_at
        moment = connection.execute(tables.notification_events.select().with_only_columns(earlier)).scalars().first()
        assert moment is not None
        connection.execute(update(tables.notification_events).values(noted_at=moment - timedelta(minutes=6)))
    told.deliver()
    (message,) = post.take()
    assert message["counts"] == {"quarantined": LISTED + 31}
    assert (len(message["events"]), message["omitted"]) == (LISTED, 31)


def test_the_end_of_a_run_tells_at_once_but_not_twice_in_a_window(database: Database, post: Post) -> None:
    approved_source(database)
    told = service(database, channel("owners", "owner", digest_minutes=5))
    publish(database, quarantined("bad.md"))
    assert told.deliver(at_once=True).delivered == 1
    publish(database, quarantined("worse.md"), run_id="run-2")
    assert told.deliver(at_once=True).bundled == 0
    with database.begin() as connection:
        long_ago = database.now(connection) - timedelta(minutes=6)
        connection.execute(update(tables.notification_messages).values(created_at=long_ago))
    assert told.deliver(at_once=True).delivered == 1
    assert [message["count"] for message in post.take()] == [1, 1]


def test_retries_wait_longer_survive_a_restart_and_end_as_a_dead_letter(database: Database, post: Post) -> None:
    approved_source(database)

    def restarted() -> NotificationService:
        return service(database, channel("owners", "owner"), max_attempts=3, first_retry_seconds=60)

    publish(database, quarantined("bad.md"))
    post.failing = NotDelivered("status-500")
    waits = []
    for attempt in (1, 2):
        assert restarted().deliver().failed == 1
        assert restarted().deliver() == Round(noted=0, bundled=0, delivered=0, failed=0, dead=0), "it waits"
        (message,) = restarted().messages()
        assert (message.attempts, message.reason_code, message.state) == (attempt, "status-500", MessageState.WAITING)
        with database.begin() as connection:
            waits.append((message.next_at - database.now(connection)).total_seconds())
            connection.execute(update(tables.notification_messages).values(next_at=database.now(connection)))
    assert 50 < waits[0] <= 72
    assert 110 < waits[1] <= 144
    assert restarted().deliver().dead == 1
    assert restarted().deliver().dead == 0
    (dead,) = restarted().messages([MessageState.DEAD])
    with database.read() as connection:
        (event,) = [one for one in events(connection) if one.action == "notification.dead"]
    assert json.loads(event.details) == {"message_id": dead.message_id, "reason": "status-500"}
    post.failing = None
    restarted().retry(dead.message_id, "operator:adam")
    assert restarted().deliver().delivered == 1
    assert [message["id"] for message in post.take()] == [dead.message_id]
    with pytest.raises(NotFound):
        restarted().retry(dead.message_id, "operator:adam")


def test_what_can_never_arrive_is_given_up_at_once(database: Database, post: Post) -> None:
    approved_source(database)
    told = service(database, channel("owners", "owner"))
    publish(database, quarantined("bad.md"))
    post.failing = NotDelivered("status-410", final=True)
    assert told.deliver().dead == 1
    publish(database, quarantined("worse.md"), run_id="run-2")
    told.note()
    told.bundle()
    gone = service(database, channel("others", "owner", sources=("other",)))
    assert gone.deliver().dead == 1
    assert gone.messages([MessageState.DEAD], 1)[0].reason_code == "channel-gone"


def test_many_senders_at_once_send_each_message_once(database: Database, post: Post) -> None:
    approved_source(database)
    channels = [channel(f"c{number}", "owner") for number in range(4)]
    publish(database, quarantined("bad.md"))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: service(database, *channels).deliver(), range(6)))
    assert [body["channel"] for body in post.take()] == ["c0", "c1", "c2", "c3"]


def test_a_sender_that_dies_delays_a_message_and_loses_nothing(
    database: Database, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved_source(database)
    told = service(database, channel("owners", "owner"))
    publish(database, quarantined("bad.md"))

    class Killed(BaseException):
        pass

    def dies(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(told, "_send", dies)
    with pytest.raises(Killed):
        told.deliver()
    (claimed,) = told.messages()
    assert claimed.state is MessageState.WAITING
    again = service(database, channel("owners", "owner"))
    assert again.deliver().delivered == 0, "the claim still holds"
    with database.begin() as connection:
        connection.execute(update(tables.notification_messages).values(next_at=database.now(connection)))
    assert again.deliver().delivered == 1
    assert [body["id"] for body in post.take()] == [claimed.message_id]


def test_the_same_fact_noted_twice_is_one_event(database: Database, post: Post) -> None:
    approved_source(database)
    told = service(database, channel("owners", "owner"))
    publish(database, quarantined("bad.md"))
    told.note()
    with database.begin() as connection:
        connection.execute(update(tables.notification_cursor).values(seq=0))
    told.deliver()
    (message,) = post.take()
    assert message["count"] == 1


def test_the_first_look_goes_back_a_day_and_no_further(database: Database, post: Post) -> None:
    with audit_log.audited(database) as connection:
        now = database.now(connection)
        entries = [(now - timedelta(days=3), "handbook:old.md"), (now - timedelta(hours=3), "handbook:new.md")]
        for at, subject in entries:
            audit_log.append(connection, at, [AuditEntry("service:corpusgate", "document.quarantine", subject)])
    service(database, channel("owners", "owner")).deliver()
    (message,) = post.take()
    assert [event["subject"] for event in message["events"]] == ["handbook:new.md"]


def test_stale_items_and_approvals_about_to_end_are_told_of_once(database: Database, post: Post) -> None:
    approved_source(database)
    publish(database, outcome("a.md", action=Action.REVIEW), outcome("b.md", action=Action.REVIEW))
    told = service(database, channel("reviewers", "reviewer", events=("stale", "approval-expiring")))
    with database.begin() as connection:
        now, items, given = database.now(connection), tables.review_items, tables.review_decisions
        by_document = {row.doc_id: row.item_id for row in connection.execute(items.select())}
        stale, ending = by_document["handbook:a.md"], by_document["handbook:b.md"]
        connection.execute(update(items).where(items.c.item_id == stale).values(state="stale", closed_at=now))
        connection.execute(update(items).where(items.c.item_id == ending).values(state="approved"))
        decision = {"item_id": ending, "person": "user:grace", "decision": "approve", "reason": "fine", "at": now}
        connection.execute(given.insert(), decision | {"expires_at": now + timedelta(hours=5)})
    told.deliver()
    (message,) = post.take()
    assert {(event["kind"], event["item_id"]) for event in message["events"]} == {
        ("stale", stale), ("approval-expiring", ending),
    }  # fmt: skip
    told.deliver()
    assert not post.take()


def test_law_04_nothing_a_document_or_a_person_said_is_in_a_message(database: Database, post: Post) -> None:
    planted = "078-05" + "-1120"
    approved_source(database)
    seen: Finding = FINDING.model_copy(update={"preview": planted, "reason": planted, "fingerprint": "f" * 32})
    bad = quarantined("bad.md", findings=(seen,))
    assert bad.verdict is not None
    assert bad.tagged is not None
    said = bad.verdict.model_copy(update={"reasons": (planted,)})
    titled = bad.tagged.model_copy(update={"provenance": bad.tagged.provenance.model_copy(update={"title": planted})})
    publish(database, bad.model_copy(update={"verdict": said, "tagged": titled, "version_id": titled.version_id}))
    Revocations(database).revoke(RevocationKind.DOCUMENT, "handbook:bad.md", "user:adam", planted)
    SourceRegistry(database).revoke_source("handbook", "user:adam", planted)
    with audit_log.audited(database) as connection:
        now = database.now(connection)
        for action in OF_ACTION:
            details = {"reason_digest": digest_text(planted), "item_id": "0" * 16, "means": "token"}
            audit_log.append(connection, now, [AuditEntry("user:adam", action, "handbook:x.md", details)])
    kinds = sorted(set(OF_ACTION.values()))
    service(database, channel("all", "operator", events=kinds)).deliver()
    (message,) = post.take()
    assert set(message["counts"]) == set(kinds)
    assert planted not in json.dumps(message)
    allowed = {
        "id", "kind", "about", "at", "source", "subject", "item_id", "rules", "findings", "run_id", "reason",
        "approvals", "required", "revocation_id", "how_to_fix",
    }  # fmt: skip
    assert {key for event in message["events"] for key in event} <= allowed
    with database.read() as connection:
        for table in (tables.notification_events, tables.notification_messages):
            assert planted not in repr(connection.execute(table.select()).all())


def test_a_test_says_whether_it_arrived(database: Database, post: Post) -> None:
    told = service(database, channel("owners", "owner"))
    told.test("owners")
    assert [body["type"] for body in post.take()] == ["corpusgate.test"]
    post.failing = NotDelivered("tls")
    with pytest.raises(CorpusgateError, match="tls"):
        told.test("owners")
    with pytest.raises(NotFound):
        told.test("nobody")


def test_a_missing_secret_is_a_failure_that_is_tried_again(database: Database, post: Post) -> None:
    approved_source(database)

    def missing(_: SecretSettings) -> bytes:
        raise ConfigError("There is no secret.")

    publish(database, quarantined("bad.md"))
    settings = NotificationSettings(channels=(channel("owners", "owner"),))
    told = NotificationService(database, settings, missing, lambda: POLICY)
    assert told.deliver().failed == 1
    assert told.messages()[0].reason_code == "secret"


def test_delivered_messages_are_forgotten_and_dead_ones_are_not(database: Database, post: Post) -> None:
    approved_source(database)
    told = service(database, channel("a", "owner"), channel("b", "reviewer"))
    publish(database, quarantined("bad.md"), outcome("wait.md", action=Action.REVIEW, kind=ChangeKind.NEW))
    told.deliver()
    with database.begin() as connection:
        long_ago = database.now(connection) - timedelta(days=40)
        change = update(tables.notification_messages)
        connection.execute(change.values(finished_at=long_ago))
        connection.execute(change.where(tables.notification_messages.c.channel == "b").values(state="dead"))
    told.deliver()
    assert [message.channel for message in told.messages()] == ["b"]
