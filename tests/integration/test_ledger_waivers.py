"""Waivers in a real ledger, on SQLite and Postgres: who may do what, what it changes, what is on record."""

import json

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.errors import Conflict, NotAllowed, NotFound, UsageError
from pipeline.domain.findings.findings import Finding, FindingKind, Severity, scan_failure
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.policy.waivers import ActiveWaivers, Waiver, WaiverState
from pipeline.review.waivers import WaiverService
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.index_samples import rule
from tests.support.ledger_samples import FINDING, NOON, approved_source, outcome, run

WHY = "The vendor prints this key in its manual."
SECRET = FINDING.model_copy(
    update={
        "kind": FindingKind.SECRET,
        "detector": "secrets.sample-key",
        "entity": "SAMPLE_KEY",
        "severity": Severity.CRITICAL,
        "fingerprint": "1" * 32,
        "preview": "sample key, 16 characters",
    }
)
OTHER = SECRET.model_copy(update={"fingerprint": "1" * 8 + "2" * 24})
POLICY = load_policy(default_configs() / "policy.yaml")


@pytest.fixture
def service(database: Database) -> WaiverService:
    approved_source(database)
    return WaiverService(database, words=str, longest_days=90)


def held(uri: str = "a.md", *findings: Finding, content: str = "first", submitter: str = "user:sam") -> Outcome:
    """A document that is kept out because of what it holds."""
    return outcome(uri, content, action=Action.QUARANTINE, findings=findings or (SECRET,), submitter=submitter)


def waived(one: Outcome, *waivers: str, kind: ChangeKind = ChangeKind.NEW, rescan: bool = True) -> Outcome:
    """The same version let in because of waivers."""
    verdict = one.verdict.model_copy(update={"action": Action.ADMIT, "waivers": waivers})
    served = {"served_digest": one.text_digest, "chunks": 2}
    return one.model_copy(update={"verdict": verdict, "kind": kind, "rescan": rescan, **served})


def refused(one: Outcome, *waivers: str, lapsed: bool = True) -> Outcome:
    """The same version judged again and kept out."""
    verdict = one.verdict.model_copy(update={"action": Action.QUARANTINE, "waivers": waivers})
    changes = {"verdict": verdict, "kind": ChangeKind.UNCHANGED, "rescan": True, "lapsed": lapsed}
    return one.model_copy(update={**changes, "served_digest": None})


def ask(service: WaiverService, document: str = "handbook:a.md", by: str = "user:sam", days: int = 30) -> Waiver:
    return service.ask(document, person(by), WHY, days, numbers=[1])


def drift(database: Database, service: WaiverService) -> dict[str, bool]:
    with database.read() as connection:
        at = database.now(connection)
    return service.drift("handbook", ActiveWaivers(service.active(["handbook"], at), at))


def expire(database: Database, waiver: Waiver) -> None:
    """As if its days had passed."""
    named = tables.waivers.c.waiver_id == waiver.waiver_id
    with database.begin() as connection:
        connection.execute(sa.update(tables.waivers).where(named).values(expires_at=NOON))


def states(service: WaiverService) -> dict[str, WaiverState]:
    return {waiver.waiver_id: state for waiver, state in service.list_waivers(everything=True)}


def test_a_waiver_waits_is_approved_and_ended(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    asked = ask(service)
    assert [(one.scope, one.detector, one.fingerprint, one.entity) for one in asked.findings] == [
        ("handbook:a.md", "secrets.sample-key", "1" * 32, "SAMPLE_KEY")
    ]
    assert (asked.expires_at - asked.asked_at).days == 30
    assert service.list_waivers() == [(asked, WaiverState.PENDING)]
    assert service.active(["handbook"], asked.asked_at) == []
    approved = service.approve(asked.waiver_id[:6], person("grace"))
    assert service.list_waivers() == [(approved, WaiverState.ACTIVE)]
    assert approved.approved_by == "user:grace"
    ended = service.expire(asked.waiver_id, person("adam"), "It works after all.")
    assert service.list_waivers() == []
    assert service.list_waivers(everything=True) == [(ended, WaiverState.ENDED)]
    with pytest.raises(UsageError, match="ended already"):
        service.expire(asked.waiver_id, person("adam"), "Once more.")
    with pytest.raises(UsageError, match="ended"):
        service.approve(asked.waiver_id, person("grace"))


@pytest.mark.parametrize("by", ["user:mia", "mia", " user:MIA "])
def test_law_05_who_asks_does_not_approve(database: Database, service: WaiverService, by: str) -> None:
    run(database, "run-1", held())
    asked = ask(service, by="mia")
    with pytest.raises(NotAllowed, match="asked for this waiver"):
        service.approve(asked.waiver_id, person(by))
    assert states(service) == {asked.waiver_id: WaiverState.PENDING}


@pytest.mark.parametrize("by", ["user:sam", "sam", "user:SAM ", "user:olga", "olga"])
def test_law_08_neither_submitter_nor_owner_approves(database: Database, service: WaiverService, by: str) -> None:
    run(database, "run-1", held())
    asked = ask(service, by="mia")
    with pytest.raises(NotAllowed, match=r"submitted or owns handbook:a\.md"):
        service.approve(asked.waiver_id, person(by))
    assert states(service) == {asked.waiver_id: WaiverState.PENDING}


def test_law_08_who_brought_the_finding_in_earlier_does_not_approve_it_later(
    database: Database, service: WaiverService
) -> None:
    run(database, "run-1", held(submitter="user:mallory"))
    run(database, "run-2", held(content="second"))
    asked = ask(service, by="mia")
    with pytest.raises(NotAllowed, match="submitted"):
        service.approve(asked.waiver_id, person("mallory"))
    assert service.approve(asked.waiver_id, person("grace")).approved_by == "user:grace"


def test_law_08_a_whole_source_is_not_approved_by_its_registrant_or_an_author(
    database: Database, service: WaiverService
) -> None:
    run(database, "run-1", held(), held("b.md", submitter="user:bea"))
    asked = service.ask("a.md", person("mia"), WHY, 30, numbers=[1], whole_source=True)
    for by in ("rita", "olga", "sam", "bea"):
        with pytest.raises(NotAllowed, match="submitted or owns"):
            service.approve(asked.waiver_id, person(by))
    service.approve(asked.waiver_id, person("grace"))
    assert drift(database, service) == {"handbook:a.md": False, "handbook:b.md": False}


def test_an_approver_who_submits_later_lets_nothing_through(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    service.approve(ask(service).waiver_id, person("grace"))
    assert drift(database, service) == {"handbook:a.md": False}
    run(database, "run-2", held(content="second", submitter="user:grace"))
    assert drift(database, service) == {}


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_waiver_lasts_a_bounded_time(database: Database, service: WaiverService, days: int) -> None:
    run(database, "run-1", held())
    with pytest.raises(UsageError, match="1 to 90 days"):
        ask(service, days=days)
    assert states(service) == {}


def test_a_waiver_needs_a_reason(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    with pytest.raises(UsageError, match="reason"):
        service.ask("a.md", person("mia"), " ", 30, numbers=[1])
    asked = ask(service)
    with pytest.raises(UsageError, match="reason"):
        service.expire(asked.waiver_id, person("mia"), "")


def test_only_what_is_on_record_can_be_named(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held("a.md", SECRET, OTHER, SECRET.model_copy(update={"start": 40, "end": 56})))

    def named(detector: str | None, fingerprint: str | None) -> list[str]:
        asked = service.ask("a.md", person("mia"), WHY, 30, detector=detector, fingerprint=fingerprint)
        service.expire(asked.waiver_id, person("mia"), WHY)
        return [one.fingerprint for one in asked.findings]

    assert named("secrets.sample-key", "1" * 9) == ["1" * 32]
    assert named("secrets.sample-key", OTHER.fingerprint) == [OTHER.fingerprint]
    for detector, fingerprint in (
        ("secrets.sample-key", "1" * 8),  # the beginning of both
        ("secrets.sample-key", "1" * 7),
        ("secrets.sample-key", "3" * 32),
        ("secrets.other", "1" * 32),
        ("secrets.sample-key", None),
        (None, "1" * 32),
        (None, None),
    ):
        with pytest.raises(UsageError):
            named(detector, fingerprint)
    for number in (0, 4, -1):
        with pytest.raises(UsageError, match="3 findings"):
            service.ask("a.md", person("mia"), WHY, 30, numbers=[number])
    assert len(service.ask("a.md", person("mia"), WHY, 30, numbers=[1, 2, 3]).findings) == 2, "equal values are one"


def test_law_03_a_failed_scan_is_never_waived(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held("a.md", scan_failure("secrets", "timeout"), SECRET))
    with pytest.raises(NotAllowed, match="cannot be waived"):
        service.ask("a.md", person("mia"), WHY, 30, numbers=[1, 2])
    with pytest.raises(UsageError):
        service.baseline("handbook", person("mia"), WHY, 30, POLICY)
    assert states(service) == {}


def test_what_was_asked_too_long_ago_cannot_be_approved(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    asked = ask(service)
    expire(database, asked)
    with pytest.raises(UsageError, match="expired"):
        service.approve(asked.waiver_id, person("grace"))


def test_law_07_a_document_is_judged_anew_once_for_each_change_of_its_waivers(
    database: Database, service: WaiverService
) -> None:
    one = held()
    run(database, "run-1", one, held("b.md", OTHER))
    asked = ask(service)
    assert drift(database, service) == {}, "nothing is approved yet"
    service.approve(asked.waiver_id, person("grace"))
    assert drift(database, service) == {"handbook:a.md": False}
    run(database, "run-2", waived(one, asked.waiver_id))
    assert drift(database, service) == {}
    record = Ledger(database).document_history("handbook:a.md").versions[0].verdicts[-1]
    assert (record.verdict.waivers, record.findings) == ((asked.waiver_id,), (SECRET,))


@pytest.mark.parametrize("how", ["ended", "expired"])
def test_what_stands_on_a_waiver_leaves_with_it(database: Database, service: WaiverService, how: str) -> None:
    one, ledger = held(), Ledger(database)
    run(database, "run-1", one)
    waiver = service.approve(ask(service).waiver_id, person("grace"))
    run(database, "run-2", waived(one, waiver.waiver_id))
    assert ledger.live_versions([one.version_id]) == {one.version_id}
    if how == "ended":
        service.expire(waiver.waiver_id, person("adam"), "It works after all.")
    else:
        expire(database, waiver)
    assert ledger.live_versions([one.version_id]) == set(), "at once, without a run"
    assert drift(database, service) == {"handbook:a.md": True}
    run(database, "run-3", refused(one))
    assert drift(database, service) == {}
    (known,) = ledger.known_versions("handbook")
    assert known.serving is None


def test_an_older_version_that_stands_on_a_waiver_leaves_with_it(database: Database, service: WaiverService) -> None:
    first, ledger = held(), Ledger(database)
    run(database, "run-1", first)
    waiver = service.approve(ask(service).waiver_id, person("grace"))
    run(database, "run-2", waived(first, waiver.waiver_id))
    second = held("a.md", OTHER, content="second").model_copy(update={"kind": ChangeKind.MODIFIED})
    run(database, "run-3", second)
    assert ledger.live_versions([first.version_id]) == {first.version_id}, "a refused version leaves the old one"
    assert drift(database, service) == {}
    service.expire(waiver.waiver_id, person("adam"), "It works after all.")
    assert drift(database, service) == {"handbook:a.md": True}
    run(database, "run-4", second.model_copy(update={"lapsed": True, "rescan": True}))
    assert drift(database, service) == {}
    (known,) = ledger.known_versions("handbook")
    assert known.serving is None


def test_a_renewal_takes_over_before_its_forerunner_ends(database: Database, service: WaiverService) -> None:
    one, ledger = held(), Ledger(database)
    run(database, "run-1", one)
    old = service.approve(ask(service, days=5).waiver_id, person("grace"))
    run(database, "run-2", waived(one, old.waiver_id))
    new = service.approve(ask(service, days=50).waiver_id, person("grace"))
    assert drift(database, service) == {"handbook:a.md": False}
    run(database, "run-3", waived(one, new.waiver_id, kind=ChangeKind.UNCHANGED))
    expire(database, old)
    assert drift(database, service) == {}
    assert ledger.live_versions([one.version_id]) == {one.version_id}


def test_a_request_for_what_stands_already_is_refused_and_names_what_stands(
    database: Database, service: WaiverService
) -> None:
    run(database, "run-1", held("a.md", SECRET, OTHER))
    first = ask(service)
    again = (
        lambda: ask(service, by="mia", days=5),
        lambda: ask(service, by="mia", days=80),  # a request that waits is approved or taken back first
        lambda: service.ask("a.md", person("mia"), WHY, 30, detector=SECRET.detector, fingerprint="1" * 9),
    )
    for act in again:
        with pytest.raises(Conflict, match=f"Waiver {first.waiver_id}, which user:sam asked for, waits"):
            act()
    both = service.ask("a.md", person("mia"), WHY, 30, numbers=[1, 2])
    with pytest.raises(Conflict, match=rf"{first.waiver_id}.* waits .*{both.waiver_id}.* waits"):
        service.baseline("handbook", person("mia"), WHY, 30, POLICY)
    wider = service.ask("a.md", person("mia"), WHY, 30, numbers=[1], whole_source=True)
    with pytest.raises(Conflict, match=wider.waiver_id):
        service.ask("a.md", person("mia"), WHY, 30, numbers=[1], whole_source=True)
    assert set(states(service)) == {first.waiver_id, both.waiver_id, wider.waiver_id}

    service.approve(both.waiver_id, person("grace"))
    for one in (first, wider):
        service.expire(one.waiver_id, person("adam"), "Asked twice.")
    with pytest.raises(Conflict, match=f"Waiver {both.waiver_id}, which user:grace approved, is in force until"):
        ask(service, days=29)
    assert ask(service, days=31).waiver_id, "a renewal lasts longer"


def test_a_waiver_that_counts_nothing_in_a_document_of_its_approver_does_not_stop_another_request(
    database: Database, service: WaiverService
) -> None:
    run(database, "run-1", held("a.md"))
    service.approve(ask(service, by="mia").waiver_id, person("grace"))
    run(database, "run-2", held("a.md", content="second", submitter="user:grace"))
    assert ask(service, by="mia").waiver_id


def test_a_baseline_names_what_holds_documents_now_and_nothing_else(database: Database, service: WaiverService) -> None:
    weak = SECRET.model_copy(update={"confidence": 0.3, "fingerprint": "4" * 32})
    run(
        database,
        "run-1",
        held("hard.md", SECRET, FINDING, OTHER),
        outcome("soft.md", action=Action.REVIEW, findings=(weak,)),
        held("broken.md", scan_failure("extraction", "timeout"), SECRET),
        outcome("untagged.md", action=Action.QUARANTINE, findings=(FINDING,)),
        outcome("fine.md", action=Action.REDACT, findings=(FINDING,)),
    )
    proposed = service.baseline("handbook", person("mia"), WHY, 30, POLICY)
    assert {(one.scope, one.fingerprint) for one in proposed.waiver.findings} == {
        ("handbook:hard.md", SECRET.fingerprint),
        ("handbook:hard.md", OTHER.fingerprint),
        ("handbook:soft.md", weak.fingerprint),
    }
    assert proposed.documents == ("handbook:hard.md", "handbook:soft.md")
    assert proposed.failed == ("handbook:broken.md",)
    assert proposed.otherwise_held == ("handbook:untagged.md",)
    assert drift(database, service) == {}
    with pytest.raises(NotAllowed):
        service.approve(proposed.waiver.waiver_id, person("mia"))
    service.approve(proposed.waiver.waiver_id, person("grace"))
    assert drift(database, service) == {"handbook:hard.md": False, "handbook:soft.md": False}
    # What comes later is not in it, even where the value is known from another document.
    run(database, "run-2", held("later.md", SECRET))
    assert "handbook:later.md" not in drift(database, service)
    again = service.baseline("handbook", person("mia"), WHY, 30, POLICY)
    assert again.documents == ("handbook:later.md",)


def test_a_baseline_of_nothing_is_refused(database: Database, service: WaiverService) -> None:
    run(database, "run-1", outcome("fine.md"))
    with pytest.raises(UsageError, match="No finding"):
        service.baseline("handbook", person("mia"), WHY, 30, POLICY)
    with pytest.raises(UsageError, match="no source"):
        service.baseline("elsewhere", person("mia"), WHY, 30, POLICY)


def test_every_step_is_audited_and_no_reason_is(database: Database, service: WaiverService) -> None:
    one = held()
    run(database, "run-1", one)
    asked = ask(service)
    service.approve(asked.waiver_id, person("grace"))
    run(database, "run-2", waived(one, asked.waiver_id))
    service.expire(asked.waiver_id, person("adam"), "It works after all.")
    run(database, "run-3", refused(one))
    events = [event for event in AuditLog(database).events("handbook:a.md") if "waiver" in event.action + event.details]
    assert [(event.action, event.actor) for event in events] == [
        ("waiver.asked", "user:sam"),
        ("waiver.approved", "user:grace"),
        ("document.admit", "service:corpusgate"),
        ("waiver.ended", "user:adam"),
        ("document.quarantine", "service:corpusgate"),
    ]
    details = [json.loads(event.details) for event in events]
    assert {one["waiver_id"] for one in details if "waiver_id" in one} == {asked.waiver_id}
    assert len({one["findings_digest"] for one in details if "findings_digest" in one}) == 1
    assert details[2]["waivers"] == [asked.waiver_id]
    assert details[4]["waiver_lapsed"] is True
    assert not any(WHY in event.details or "works" in event.details for event in events)
    assert AuditLog(database).verify().ok


def test_ids_are_given_whole_or_by_a_beginning_that_only_one_has(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    ask(service)
    for name in ("", "zz"):
        with pytest.raises(NotFound, match="no waiver"):
            service.approve(name, person("grace"))


def test_every_step_needs_a_role_that_reaches_the_source(database: Database, service: WaiverService) -> None:
    run(database, "run-1", held())
    elsewhere = [Grant(role=role, sources=("wiki",)) for role in Role if role is not Role.READER]
    asked = ask(service)
    for stranger in (person("eve", Role.READER, Role.AUDITOR), person("eve", *elsewhere)):
        with pytest.raises(NotAllowed, match="for handbook"):
            service.ask("a.md", stranger, WHY, 30, numbers=[1])
        with pytest.raises(NotAllowed, match="for handbook"):
            service.baseline("handbook", stranger, WHY, 30, POLICY)
        seen = stranger.may(Role.AUDITOR, "handbook")
        with pytest.raises(NotAllowed if seen else NotFound, match="for handbook" if seen else "no waiver"):
            service.approve(asked.waiver_id, stranger)
        with pytest.raises(NotAllowed if seen else NotFound, match="for handbook" if seen else "no waiver"):
            service.expire(asked.waiver_id, stranger, WHY)
    assert set(states(service).values()) == {WaiverState.PENDING}


def test_a_reviewer_of_lower_classifications_approves_no_waiver_for_a_higher_one(
    database: Database, service: WaiverService
) -> None:
    run(database, "run-1", held())  # internal
    asked = ask(service, by="mia")
    public = Grant(role=Role.REVIEWER, classifications=(Classification.PUBLIC,))
    with pytest.raises(NotFound, match="no waiver"):
        service.approve(asked.waiver_id, person("grace", public))
    both = Grant(role=Role.REVIEWER, classifications=(Classification.PUBLIC, Classification.INTERNAL))
    everything = service.ask("a.md", person("mia"), WHY, 30, numbers=[1], whole_source=True)
    with pytest.raises(NotAllowed, match="reviewer"):
        service.approve(everything.waiver_id, person("grace", both))
    assert service.approve(asked.waiver_id, person("grace", both)).approved_by == "user:grace"


def test_law_02_a_waiver_of_a_document_beyond_their_role_does_not_exist_for_a_person(
    database: Database, service: WaiverService
) -> None:
    closed_to_most = rule("group:everyone", classification="restricted")
    secret = outcome("secret.md", action=Action.QUARANTINE, findings=(SECRET,), access=closed_to_most)
    run(database, "run-1", held(), held("b.md", OTHER, content="second"), secret)
    open_, closed = ask(service, by="mia"), service.ask("secret.md", person("mia"), WHY, 30, numbers=[1])
    bounded = [
        person("olga", Grant(role=role, classifications=Classification.INTERNAL.up_to))
        for role in (Role.OWNER, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)
    ]
    for one in bounded:
        seen = {waiver.waiver_id for waiver, _ in service.list_waivers(everything=True, caller=one)}
        assert seen == {open_.waiver_id}
        for act in (service.approve, lambda name, by: service.expire(name, by, WHY)):
            with pytest.raises(NotFound, match="no waiver"):
                act(closed.waiver_id, one)
    owner, reviewer = bounded[:2]
    for one in (owner, reviewer):
        with pytest.raises(NotAllowed, match="classification restricted"):
            service.ask("secret.md", one, WHY, 30, numbers=[1])
    proposed = service.baseline("handbook", reviewer, WHY, 30, POLICY)
    assert proposed.documents == ("handbook:a.md", "handbook:b.md")
    assert "secret.md" not in proposed.model_dump_json()
    assert {one for one, _ in service.list_waivers(caller=person("mia", Role.READER))} == {open_, closed}, "their own"
    assert service.expire(open_.waiver_id, reviewer, WHY).ended_by == "user:olga"
    assert states(service)[closed.waiver_id] is WaiverState.PENDING
