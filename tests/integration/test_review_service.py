"""What reviewers, owners and operators can do with the queue, and what they cannot, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, ChangeKind, Impact, KnownVersion, Outcome
from pipeline.domain.errors import Conflict, NotAllowed, NotFound, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.findings.redaction import redaction_digest
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.review.items import DecisionKind, ItemKind, ItemState
from pipeline.domain.review.queue import QueueFilter, Sort
from pipeline.review.questions import QuestionService
from pipeline.review.service import ReviewService
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from tests.support.callers import person
from tests.support.ledger_samples import FINDING, NOON, RESTRICTED, approved_source, deletion, outcome, run

WHY = "Read it; it is what it should be."
ADAM, EVE, ANN = (person(f"user:{name}", Role.REVIEWER) for name in ("adam", "eve", "ann"))
OPS = person("user:ops", Role.OPERATOR)
CONFIDENTIAL = AccessRule(tenant="default", classification=Classification.CONFIDENTIAL, allow=("group:hr",))


@pytest.fixture
def service(database: Database) -> ReviewService:
    approved_source(database)
    return ReviewService(database, words=str)


@pytest.fixture
def questions(database: Database) -> QuestionService:
    return QuestionService(database, words=str)


def waiting(database: Database, one: Outcome, name: str = "run-1") -> str:
    (item,) = run(database, name, one).opened
    return item


def asked(uri: str = "a.md", content: str = "first", **extra: object) -> Outcome:
    return outcome(uri, content, action=Action.REVIEW, **extra)


def let_in(one: Outcome, action: Action = Action.ADMIT) -> Outcome:
    verdict = one.verdict.model_copy(update={"action": action})
    served = outcome("x.md", action=Action.ADMIT).served_digest
    return one.model_copy(
        update={"verdict": verdict, "kind": ChangeKind.MODIFIED, "rescan": False, "served_digest": served}
    )


def known(database: Database) -> KnownVersion:
    (only,) = Ledger(database).known_versions("handbook")
    return only


def expire_claims(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(tables.review_claims).values(expires_at=NOON))


def expire_glass(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(sa.update(tables.break_glass).values(expires_at=NOON))


# Who sees what


@pytest.mark.parametrize(
    "grant",
    [
        Grant(role=Role.REVIEWER, sources=("another",)),
        Grant(role=Role.REVIEWER, classifications=(Classification.PUBLIC,)),
        Grant(role=Role.OWNER),
        Grant(role=Role.READER),
    ],
    ids=str,
)
def test_law_02_what_is_outside_the_grants_does_not_exist(
    database: Database, service: ReviewService, questions: QuestionService, grant: Grant
) -> None:
    item = waiting(database, asked())
    outsider = person("user:pat", grant)
    assert service.list_items(outsider) == []
    assert service.page(outsider).total == 0
    for attempt in (
        lambda name: service.item(name, outsider),
        lambda name: service.approve(name, outsider, WHY),
        lambda name: service.reject(name, outsider, WHY),
        lambda name: service.claim(name, outsider),
        lambda name: questions.answer(name, outsider, "Yes."),
        lambda name: questions.thread(name, outsider),
    ):
        with pytest.raises(NotFound) as made_up:
            attempt("0" * 16)
        with pytest.raises(NotFound) as real:
            attempt(item)
        assert str(real.value) == str(made_up.value).replace("0" * 16, item)


def test_law_02_beginnings_of_ids_do_not_tell_that_hidden_items_exist(
    database: Database, service: ReviewService, questions: QuestionService
) -> None:
    items = [waiting(database, asked(f"{number}.md"), f"run-{number}") for number in range(20)]
    assert len(set(items)) == 20
    for item in items:
        questions.ask_owner(item, ADAM, "Why?")
    shared = next(one[0] for one in items if sum(other[0] == one[0] for other in items) > 1)
    outsider = person("user:pat", Role.READER)
    for attempt in (
        lambda name: questions.answer(name, outsider, "Yes."),
        lambda name: questions.thread(name, outsider),
    ):
        with pytest.raises(NotFound):
            attempt(shared)


def test_law_08_a_reviewer_needs_the_role_for_what_is_served_and_for_what_would_be(
    database: Database, service: ReviewService
) -> None:
    run(database, "run-0", outcome("a.md", access=CONFIDENTIAL))
    item = waiting(database, asked(content="second", kind=ChangeKind.MODIFIED))
    low = person("user:low", Grant(role=Role.REVIEWER, classifications=(Classification.INTERNAL,)))
    both = (Classification.INTERNAL, Classification.CONFIDENTIAL)
    high = person("user:high", Grant(role=Role.REVIEWER, classifications=both))
    with pytest.raises(NotFound):
        service.approve(item, low, WHY)
    assert service.list_items(low) == []
    assert service.approve(item, high, WHY).state is ItemState.APPROVED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR])
def test_who_only_looks_decides_nothing(database: Database, service: ReviewService, role: Role) -> None:
    item = waiting(database, asked())
    looker = person("user:lou", role)
    assert [one.item_id for one in service.list_items(looker)] == [item]
    for decide in (service.approve, service.reject, service.quarantine):
        with pytest.raises(NotAllowed, match="reviewer"):
            decide(item, looker, WHY)
    with_texts = ReviewService(database, material=lambda: pytest.fail("no text for them"), words=str)
    with pytest.raises(NotFound):
        with_texts.case(item, looker)


# Separation of duties


@pytest.mark.parametrize("name", ["user:sam", "user:OLGA", "user:rita"], ids=["submitter", "owner", "registrant"])
def test_law_08_nobody_with_a_part_in_it_approves(database: Database, service: ReviewService, name: str) -> None:
    item = waiting(database, asked())
    for roles in ((Role.REVIEWER,), (Role.REVIEWER, Role.OPERATOR)):
        with pytest.raises(NotAllowed):
            service.approve(item, person(name, *roles), WHY)
    with pytest.raises(NotAllowed):
        service.break_glass(item, person(name, Role.OPERATOR), WHY)
    assert not known(database).approved


def test_law_08_the_last_editor_does_not_approve_new_tags_of_their_text(
    database: Database, service: ReviewService
) -> None:
    run(database, "run-0", outcome("a.md", submitter="user:ed"))
    item = waiting(database, asked(kind=ChangeKind.ACCESS, access=CONFIDENTIAL, submitter="user:sam"))
    with pytest.raises(NotAllowed, match="edited"):
        service.approve(item, person("user:ed", Role.REVIEWER), WHY)
    service.approve(item, ADAM, WHY)


# Claims


def test_a_claim_keeps_others_from_deciding_until_it_expires(
    database: Database, service: ReviewService, questions: QuestionService
) -> None:
    item = waiting(database, asked())
    claim = service.claim(item, ADAM)
    assert claim.expires_at - claim.claimed_at == timedelta(minutes=30)
    for attempt in (service.approve, service.reject, service.quarantine, questions.ask_owner):
        with pytest.raises(Conflict, match="user:adam works on this"):
            attempt(item, EVE, WHY)
    with pytest.raises(Conflict, match="user:adam"):
        service.claim(item, EVE)
    with pytest.raises(Conflict, match="user:adam"):
        service.release(item, EVE)
    assert service.page(EVE, QueueFilter(claimed_by="user:adam")).total == 1
    assert service.page(EVE, QueueFilter(unclaimed=True)).total == 0
    expire_claims(database)
    assert service.page(EVE, QueueFilter(unclaimed=True)).total == 1
    service.claim(item, EVE)
    service.release(item, EVE)
    assert service.approve(item, ADAM, WHY).state is ItemState.APPROVED


def test_an_operator_takes_a_claim_over(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked())
    service.claim(item, ADAM)
    service.release(item, OPS)
    assert service.claim(item, EVE).person == "user:eve"


# Decisions


def test_law_08_approvals_for_different_texts_do_not_add_up(database: Database, service: ReviewService) -> None:
    one = asked(access=RESTRICTED, findings=(FINDING,))
    item = waiting(database, one)
    service.approve(item, ADAM, WHY)
    assert service.approve(item, EVE, WHY, redacted=True).state is ItemState.OPEN
    assert not known(database).approved
    decided = service.approve(item, ANN, WHY, redacted=True)
    assert decided.state is ItemState.APPROVED
    assert (known(database).approved, known(database).redaction) == (True, redaction_digest([FINDING]))


def test_a_reviewer_may_change_their_mind_to_the_redacted_text(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked(access=RESTRICTED, findings=(FINDING,)))
    service.approve(item, ADAM, WHY)
    service.approve(item, ADAM, WHY, redacted=True)
    assert service.approve(item, EVE, WHY, redacted=True).state is ItemState.APPROVED


def test_only_what_was_found_can_be_redacted(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked())
    with pytest.raises(UsageError, match="Nothing was found"):
        service.approve(item, ADAM, WHY, redacted=True)


def test_a_version_in_quarantine_stays_there_until_there_is_another(database: Database, service: ReviewService) -> None:
    one = asked()
    item = waiting(database, one)
    assert service.quarantine(item, ADAM, WHY).state is ItemState.QUARANTINED
    assert known(database).quarantined
    assert not known(database).approved
    with pytest.raises(Conflict, match="quarantined"):
        service.approve(item, EVE, WHY)
    run(database, "run-2", asked(content="second", kind=ChangeKind.MODIFIED))
    assert not known(database).quarantined


def test_a_deletion_is_neither_redacted_nor_put_into_quarantine(database: Database, service: ReviewService) -> None:
    one = outcome("a.md")
    run(database, "run-0", one)
    item = waiting(database, deletion(one, held=True))
    with pytest.raises(UsageError):
        service.quarantine(item, ADAM, WHY)
    with pytest.raises(UsageError):
        service.approve(item, ADAM, WHY, redacted=True)
    with pytest.raises(UsageError):
        service.break_glass(item, OPS, WHY)


def test_bulk_decides_each_by_its_own_checks(database: Database, service: ReviewService) -> None:
    outcomes = [asked("a.md"), asked("b.md", submitter="user:adam"), asked("c.md")]
    items = run(database, "run-1", *outcomes).opened
    service.claim(items[2], EVE)
    results = service.bulk(items, ADAM, DecisionKind.APPROVE, WHY)
    assert [one.state for one in results] == [ItemState.APPROVED, None, None]
    assert "submitted" in results[1].problem
    assert "user:eve" in results[2].problem
    audited = [e.subject for e in AuditLog(database).events() if e.action == "review.approve"]
    assert audited == ["handbook:a.md"]


def test_bulk_needs_one_rule_and_one_source(database: Database, service: ReviewService) -> None:
    other = asked("b.md")
    other = other.model_copy(update={"verdict": other.verdict.model_copy(update={"rule_ids": ("another-rule",)})})
    items = run(database, "run-1", asked("a.md"), other).opened
    with pytest.raises(UsageError, match="same rules"):
        service.bulk(items, ADAM, DecisionKind.REJECT, WHY)
    assert {one.state for one in service.list_items(ADAM)} == {ItemState.OPEN}


def test_a_waiver_of_a_finding_goes_to_a_second_person(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked(findings=(FINDING,)))
    waiver = service.waive(item, ADAM, [1], 30, WHY)
    assert (waiver.asked_by, waiver.approved_by, len(waiver.findings)) == ("user:adam", None, 1)
    assert service.item(item, ADAM).state is ItemState.OPEN


# Questions


def test_asking_the_owner_decides_nothing_and_an_answer_brings_it_back(
    database: Database, service: ReviewService, questions: QuestionService
) -> None:
    item = waiting(database, asked(access=RESTRICTED))
    service.approve(item, EVE, WHY)
    questions.ask_owner(item, ADAM, "Is the swordfish page meant for everybody?")
    assert service.item(item, ADAM).state is ItemState.ASKED
    olga = person("user:olga", Role.READER)
    ((about, question),) = questions.open_questions(olga)
    assert (about, question.item_id, question.asked_by) == (service.item(item, ADAM).doc_id, item, "user:adam")
    assert questions.open_questions(person("user:pat", Role.READER)) == []
    questions.answer(item, olga, "Yes, the swordfish too.")
    assert service.item(item, ADAM).state is ItemState.OPEN
    (told,) = questions.thread(item, ADAM)
    assert (told.answered_by, told.answer) == ("user:olga", "Yes, the swordfish too.")
    assert service.approve(item, ADAM, WHY).state is ItemState.APPROVED, "the approval given before still counts"
    assert not any("swordfish" in e.details for e in AuditLog(database).events())


# Break-glass


def test_law_08_break_glass_lets_one_version_in_for_a_while(database: Database, service: ReviewService) -> None:
    one = asked(access=RESTRICTED)
    item = waiting(database, one)
    broken = service.break_glass(item, OPS, WHY, hours=2)
    assert broken.expires_at - broken.broken_at == timedelta(hours=2)
    assert known(database).approved
    assert [g.item_id for g in service.open_break_glass()] == [item]
    assert run(database, "run-2", let_in(one)).applied == (item,)
    assert Ledger(database).live_versions([one.version_id]) == {one.version_id}
    expire_glass(database)
    assert Ledger(database).live_versions([one.version_id]) == set()
    assert service.glass_over("handbook") == {one.doc_id}
    assert [g.item_id for g in service.open_break_glass()] == [item], "it is shown until somebody looked at it"


def test_law_08_unused_break_glass_that_expired_lets_nothing_in(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked())
    service.break_glass(item, OPS, WHY)
    expire_glass(database)
    assert not known(database).approved
    assert service.item(item, ADAM).state is ItemState.OPEN


def test_law_08_break_glass_is_confirmed_by_as_many_others_as_an_approval_needs(
    database: Database, service: ReviewService
) -> None:
    one = asked(access=RESTRICTED)
    item = waiting(database, one)
    both = person("user:ops", Role.OPERATOR, Role.REVIEWER)
    service.break_glass(item, both, WHY)
    run(database, "run-2", let_in(one))
    for look in (service.confirm, service.undo):
        with pytest.raises(NotAllowed, match="broke the glass"):
            look(item, both, WHY)
    with pytest.raises(NotAllowed, match="submitted"):
        service.confirm(item, person("user:sam", Role.REVIEWER), WHY)
    with pytest.raises(NotAllowed, match="reviewer"):
        service.confirm(item, person("user:other", Role.OPERATOR), WHY)
    service.confirm(item, ADAM, WHY)
    service.confirm(item, ADAM, WHY)
    assert service.open_break_glass() != []
    service.confirm(item, EVE, WHY)
    assert service.open_break_glass() == []
    with database.begin() as connection:  # as if its time were over, and it was confirmed before
        late = {"expires_at": NOON, "confirmed_at": NOON - timedelta(hours=1)}
        connection.execute(sa.update(tables.break_glass).values(**late))
    assert Ledger(database).live_versions([one.version_id]) == {one.version_id}


def test_undone_break_glass_is_not_served_from_then_on(database: Database, service: ReviewService) -> None:
    one = asked()
    item = waiting(database, one)
    service.break_glass(item, OPS, WHY)
    run(database, "run-2", let_in(one))
    service.undo(item, ADAM, "Not urgent at all.")
    assert Ledger(database).live_versions([one.version_id]) == set()
    assert service.glass_over("handbook") == {one.doc_id}
    assert service.open_break_glass() == []


@pytest.mark.parametrize("kind", [FindingKind.SECRET, FindingKind.SCAN_FAILED])
def test_law_03_break_glass_never_lets_in_what_nobody_scanned_or_a_secret(
    database: Database, service: ReviewService, kind: FindingKind
) -> None:
    item = waiting(database, asked(findings=(FINDING.model_copy(update={"kind": kind}),)))
    with pytest.raises(NotAllowed, match="one person alone"):
        service.break_glass(item, OPS, WHY)
    assert not known(database).approved


@pytest.mark.parametrize("hours", [0, -1, 73])
def test_break_glass_is_short(database: Database, service: ReviewService, hours: float) -> None:
    item = waiting(database, asked())
    with pytest.raises(UsageError, match="hours"):
        service.break_glass(item, OPS, WHY, hours)
    with pytest.raises(NotAllowed, match="operator"):
        service.break_glass(item, ADAM, WHY)


def test_every_step_is_audited_without_its_words(
    database: Database, service: ReviewService, questions: QuestionService
) -> None:
    item = waiting(database, asked(access=RESTRICTED, findings=(FINDING,)))
    swordfish = "The swordfish page."
    service.claim(item, ADAM)
    questions.ask_owner(item, ADAM, swordfish)
    questions.answer(item, person("user:olga"), swordfish)
    service.approve(item, ADAM, swordfish, redacted=True)
    service.release(item, ADAM)
    service.break_glass(item, OPS, swordfish)
    service.confirm(item, ADAM, swordfish)
    service.undo(item, EVE, swordfish)
    service.quarantine(item, EVE, swordfish)
    events = [e for e in AuditLog(database).events("handbook:a.md") if e.action.startswith("review.")]
    assert [e.action.removeprefix("review.") for e in events] == [
        "claim", "ask", "answer", "redact", "release", "break_glass", "glass_confirm", "glass_undo", "quarantine",
    ]  # fmt: skip
    assert not any("swordfish" in e.details for e in events)
    assert AuditLog(database).verify().ok


@pytest.mark.parametrize("words", ["", "  ", "x" * 1_001])
def test_every_step_needs_words(
    database: Database, service: ReviewService, questions: QuestionService, words: str
) -> None:
    item = waiting(database, asked(findings=(FINDING,)))
    steps: list[Callable[[], object]] = [
        lambda: service.quarantine(item, ADAM, words),
        lambda: questions.ask_owner(item, ADAM, words),
        lambda: service.waive(item, ADAM, [1], 10, words),
        lambda: service.break_glass(item, OPS, words),
    ]
    for step in steps:
        with pytest.raises(UsageError, match="needed"):
            step()


# The page


def test_pages_follow_one_another_without_gap_or_repetition(database: Database, service: ReviewService) -> None:
    outcomes = [asked(f"{n}.md", impact=Impact(score=n % 5 * 10)) for n in range(23)]
    run(database, "run-1", *outcomes[:12])
    run(database, "run-2", *outcomes[12:], day=1)
    for sort in Sort:
        seen, after = [], None
        while True:
            page = service.page(ADAM, sort=sort, after=after, size=4)
            seen += [row.item for row in page.rows]
            assert page.total == 23
            after = page.next
            if after is None:
                break
        assert len({item.item_id for item in seen}) == 23
        by_age = sorted(seen, key=lambda i: (i.opened_at, i.item_id))
        assert seen == (by_age if sort is Sort.AGE else sorted(by_age, key=lambda i: -i.impact_score))
    with pytest.raises(UsageError, match="no place"):
        service.page(ADAM, sort=Sort.AGE, after="nonsense")


def test_filters_and_counts_agree(database: Database, service: ReviewService) -> None:
    approved_source(database, "minutes")
    board = asked("board.md", access=RESTRICTED, impact=Impact(score=80), submitter="user:bo")
    run(database, "run-1", asked("100%_sure.md"), board)
    run(database, "run-2", asked("c.md", source="minutes"), day=1, sources=("minutes",))
    gone = outcome("gone.md")
    run(database, "run-3", gone, day=2)
    run(database, "run-4", deletion(gone, held=True), day=3)

    def found(**wanted: object) -> set[str]:
        page = service.page(ADAM, QueueFilter(**wanted))
        assert page.total == len(page.rows)
        return {row.item.doc_id.partition(":")[2] for row in page.rows}

    assert found(sources=("minutes",)) == {"c.md"}
    assert found(kinds=(ItemKind.DELETION,)) == {"gone.md"}
    assert found(rules=("mass-delete-guard",)) == {"gone.md"}
    assert found(classifications=(Classification.RESTRICTED,)) == found(min_impact=50) == {"board.md"}
    assert found(submitter="BO") == {"board.md"}
    assert found(opened_before=NOON) == {"100%_sure.md", "board.md"}
    assert found(text="%_SURE") == {"100%_sure.md"}
    assert found(text="_") == {"100%_sure.md"}
    facets = service.page(ADAM).facets
    assert facets["source"] == {"handbook": 3, "minutes": 1}
    assert facets["rule"] == {"the-rule": 3, "mass-delete-guard": 1}
    assert facets["kind"] == {"version": 3, "deletion": 1}
    assert facets["classification"] == {"internal": 3, "restricted": 1}


def test_an_approval_that_expired_counts_as_open(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked())
    service.approve(item, ADAM, WHY)
    approved, waits = QueueFilter(states=(ItemState.APPROVED,)), QueueFilter()
    assert (service.page(ADAM, approved).total, service.page(ADAM, waits).total) == (1, 0)
    with database.begin() as connection:
        connection.execute(sa.update(tables.review_decisions).values(expires_at=NOON))
    assert (service.page(ADAM, approved).total, service.page(ADAM, waits).total) == (0, 1)
    assert service.page(ADAM, QueueFilter(states=())).facets["state"] == {"open": 1}


def test_callers_are_compared_by_person(database: Database, service: ReviewService) -> None:
    item = waiting(database, asked(access=RESTRICTED))
    service.approve(item, ADAM, WHY)
    shouting: Caller = person("user:ADAM", Role.REVIEWER)
    with pytest.raises(NotAllowed, match="another person"):
        service.approve(item, shouting, WHY)
