"""Quarantine as a workplace, on SQLite and Postgres: who sees and does what. Nothing there lets a document in."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.errors import Conflict, CorpusgateError, NotAllowed, NotFound, UsageError
from pipeline.domain.findings.findings import Finding, FindingKind, Severity, scan_failure
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.policy.waivers import WaiverState
from pipeline.domain.review.quarantine import QuarantinedDocument, QuarantineFilter, QuarantinePlace, QuarantineSort
from pipeline.review.quarantine import MOST_SEEN_AT_ONCE, QuarantineService
from pipeline.review.questions import QuestionService
from pipeline.review.waivers import WaiverService
from pipeline.settings.files import load_policy
from pipeline.settings.home import default_configs
from pipeline.stores import tables
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.database import Database
from pipeline.stores.ledger.figures import Figures
from pipeline.stores.takedown.erasures import Erasures
from tests.support.callers import person
from tests.support.ledger_samples import FINDING, NOON, RESTRICTED, approved_source, outcome, run

POLICY = load_policy(default_configs() / "policy.yaml")
WHY = "The vendor prints this key in its manual."
KEY = FINDING.model_copy(
    update={
        "kind": FindingKind.SECRET,
        "detector": "secrets.sample-key",
        "entity": "SAMPLE_KEY",
        "severity": Severity.CRITICAL,
        "fingerprint": "1" * 32,
        "preview": "sample key, 16 characters",
    }
)
FAILED = scan_failure("extraction", "encrypted", "application/pdf")
ROSA = person("user:rosa", Role.REVIEWER)
ANA = person("user:ana", Role.AUDITOR)
OSCAR = person("user:oscar", Role.OPERATOR)
OTTO = person("user:otto", Grant(role=Role.OWNER, sources=("handbook",)))
ELSEWHERE = person(
    "user:eli", Grant(role=Role.REVIEWER, sources=("other",)), Grant(role=Role.OWNER, sources=("other",))
)
PUBLIC_ONLY = person("user:pia", Grant(role=Role.REVIEWER, classifications=(Classification.PUBLIC,)))
READER = person("user:rea", Role.READER)


class Ward:
    """The services over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.quarantine = QuarantineService(database, str, lambda: POLICY)
        self.questions = QuestionService(database, str)
        self.waivers = WaiverService(database, str, longest_days=90)

    def listed(
        self, caller: Caller = ROSA, sort: QuarantineSort = QuarantineSort.DOCUMENT, **wanted: object
    ) -> list[str]:
        found = self.quarantine.page(caller, QuarantineFilter.model_validate(wanted), sort)
        return [one.doc_id.partition(":")[2] for one in found]

    def one(self, name: str = "a.md", caller: Caller = ROSA) -> QuarantinedDocument:
        return self.quarantine.case(f"handbook:{name}", caller).document


@pytest.fixture
def ward(database: Database) -> Ward:
    approved_source(database)
    return Ward(database)


def held(
    uri: str = "a.md", *findings: Finding, rule: str = "live-secret", content: str = "first", **more: object
) -> Outcome:
    made = outcome(uri, content, action=Action.QUARANTINE, findings=findings or (KEY,), **more)  # type: ignore[arg-type]
    return ruled(made, rule)


def ruled(one: Outcome, rule: str, action: Action = Action.QUARANTINE) -> Outcome:
    assert one.verdict is not None
    update = {"rule_ids": (rule,), "reasons": (f"Because of {rule}.",), "action": action}
    return one.model_copy(update={"verdict": one.verdict.model_copy(update=update)})


def test_the_newest_verdict_alone_says_what_is_in_quarantine(ward: Ward) -> None:
    first = held()
    run(ward.database, "run-1", first, held("b.md"), outcome("c.md"))
    assert ward.listed() == ["a.md", "b.md"]
    again = outcome("a.md", "second", kind=ChangeKind.MODIFIED)
    run(ward.database, "run-2", again, day=1)
    assert ward.listed() == ["b.md"]
    with pytest.raises(Conflict, match="not in quarantine: its newest verdict is admit"):
        ward.one()
    with pytest.raises(Conflict):
        ward.questions.ask_about("handbook:a.md", ROSA, "Is it gone?")
    run(ward.database, "run-3", ruled(again, "hidden-text").model_copy(
        update={"served_digest": None, "chunks": 0, "rescan": True, "kind": ChangeKind.UNCHANGED}
    ), day=2)  # fmt: skip
    assert ward.listed() == ["a.md", "b.md"]


def test_since_is_when_the_version_got_there_and_not_the_last_scan(ward: Ward) -> None:
    first = held()
    run(ward.database, "run-1", first)
    run(ward.database, "run-2", first.model_copy(update={"rescan": True, "kind": ChangeKind.UNCHANGED}), day=5)
    assert ward.one().since == NOON
    let_in = ruled(first, "fine", Action.ADMIT).model_copy(
        update={"rescan": True, "kind": ChangeKind.UNCHANGED, "served_digest": first.text_digest, "chunks": 2}
    )
    run(ward.database, "run-3", let_in, day=6)
    run(ward.database, "run-4", first.model_copy(update={"rescan": True, "kind": ChangeKind.UNCHANGED}), day=8)
    assert ward.one().since == NOON + timedelta(days=8)


@pytest.mark.parametrize("caller", [ELSEWHERE, PUBLIC_ONLY, READER, person("user:none", Role.READER)])
def test_law_02_outside_the_grants_nothing_is_in_quarantine(ward: Ward, caller: Caller) -> None:
    run(ward.database, "run-1", held())
    assert ward.listed(caller) == []
    assert ward.quarantine.counts(caller, QuarantineFilter()).total == 0
    unknown = _refused(lambda: ward.quarantine.case("handbook:unknown.md", caller))
    acts = (
        lambda: ward.quarantine.case("handbook:a.md", caller),
        lambda: ward.questions.ask_about("handbook:a.md", caller, "Whose is it?"),
        lambda: ward.questions.answer_about("handbook:a.md", caller, "Mine."),
        lambda: ward.waivers.release("handbook:a.md", caller, WHY, 30, POLICY),
    )
    for act in acts:
        assert _refused(act) == unknown
    (result,) = ward.quarantine.mark_seen(["handbook:a.md"], caller)
    assert (result.done, result.problem) == (False, unknown[1])
    assert ward.one().seen == ()


def _refused(act: object) -> tuple[type[CorpusgateError], str]:
    with pytest.raises(CorpusgateError) as error:
        act()  # type: ignore[operator]
    return type(error.value), error.value.what


def test_an_owner_sees_the_documents_of_their_source_and_an_auditor_changes_nothing(ward: Ward) -> None:
    run(ward.database, "run-1", held())
    for caller in (OTTO, ANA, OSCAR, ROSA):
        assert ward.listed(caller) == ["a.md"]
    assert [result.done for result in ward.quarantine.mark_seen(["handbook:a.md"], ANA)] == [False]
    for act in (
        lambda: ward.questions.ask_about("handbook:a.md", ANA, "Why?"),
        lambda: ward.questions.ask_about("handbook:a.md", OTTO, "Why?"),
        lambda: ward.waivers.release("handbook:a.md", ANA, WHY, 30, POLICY),
        lambda: ward.waivers.release("handbook:a.md", OSCAR, WHY, 30, POLICY),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert [event.action for event in AuditLog(ward.database).events("handbook:a.md")] == ["document.quarantine"]


def test_seen_is_for_exactly_one_version(ward: Ward) -> None:
    run(ward.database, "run-1", held(), held("b.md"))
    results = ward.quarantine.mark_seen(["handbook:a.md", "handbook:a.md"], ROSA, "The key of the manual.")
    assert [result.done for result in results] == [True]
    ward.quarantine.mark_seen(["handbook:a.md"], OTTO)
    assert [(one.person, one.remark) for one in ward.one().seen] == [
        ("user:rosa", "The key of the manual."),
        ("user:otto", ""),
    ]
    assert ward.listed(unseen=True) == ["b.md"]
    run(ward.database, "run-2", held(content="second", kind=ChangeKind.MODIFIED), day=1)
    assert ward.one().seen == ()
    assert ward.listed(unseen=True) == ["a.md", "b.md"]
    assert ward.quarantine.counts(ROSA, QuarantineFilter()).unseen == 2


def test_many_are_marked_at_once_each_under_its_own_checks(ward: Ward) -> None:
    run(ward.database, "run-1", held(), held("b.md"), held("board.md", access=RESTRICTED))
    internal = person("user:ira", Grant(role=Role.REVIEWER, classifications=(Classification.INTERNAL,)))
    names = ["handbook:a.md", "handbook:board.md", "handbook:b.md", "handbook:none.md"]
    assert [result.done for result in ward.quarantine.mark_seen(names, internal)] == [True, False, True, False]
    assert ward.listed(unseen=True) == ["board.md"]
    for wrong in ([], [f"handbook:{n}.md" for n in range(MOST_SEEN_AT_ONCE + 1)]):
        with pytest.raises(UsageError):
            ward.quarantine.mark_seen(wrong, internal)
    events = [event for event in AuditLog(ward.database).events() if event.action == "review.seen"]
    assert [event.subject for event in events] == ["handbook:a.md", "handbook:b.md"]


def test_filters_groups_and_counts(ward: Ward) -> None:
    approved_source(ward.database, "other")
    run(
        ward.database, "run-1", held(), held("b.md"), held("c.md", FAILED, rule="scan-failed"),
        held("d.md", source="other"), outcome("e.md"), sources=("handbook", "other"),
    )  # fmt: skip
    assert ward.listed(source="other") == ["d.md"]
    assert ward.listed(rule="live-secret") == ["a.md", "b.md", "d.md"]
    assert ward.listed(rule="live") == []
    assert ward.listed(kind="scan_failed") == ["c.md"]
    assert ward.listed(text="B.MD") == ["b.md"]
    assert ward.listed(owner="user:olga", days=1) == ["a.md", "b.md", "c.md", "d.md"]
    assert ward.listed(owner="user:none") == []
    assert ward.one().alike == 2
    counted = ward.quarantine.counts(ROSA, QuarantineFilter())
    assert counted.total == 4
    assert {one.value: one.documents for one in counted.rules} == {"live-secret": 3, "scan-failed": 1}
    assert {one.value: one.documents for one in counted.sources} == {"handbook": 3, "other": 1}
    assert {one.value: one.documents for one in counted.kinds} == {"secret": 3, "scan_failed": 1}
    assert ward.quarantine.counts(ROSA, QuarantineFilter(source="other")).total == 1


def test_age_counts_from_when_it_got_there(ward: Ward) -> None:
    run(ward.database, "run-1", held())
    with ward.database.read() as connection:
        days = (ward.database.now(connection) - NOON).days
    assert ward.listed(days=days) == ["a.md"]
    assert ward.listed(days=days + 1) == []


@pytest.mark.parametrize("sort", QuarantineSort)
def test_pages_by_key_hold_every_document_once(ward: Ward, sort: QuarantineSort) -> None:
    for number in range(3):
        names = [f"{letter}{number}.md" for letter in "zab"]
        run(ward.database, f"run-{number}", *(held(name) for name in names), day=number)
    everything = [one.doc_id for one in ward.quarantine.page(ROSA, QuarantineFilter(), sort)]
    assert len(everything) == 9
    for size in (1, 2, 4):
        seen: list[str] = []
        after: QuarantinePlace | None = None
        while rows := ward.quarantine.page(ROSA, QuarantineFilter(), sort, after, size):
            seen += [one.doc_id for one in rows]
            after = rows[-1].place
        assert seen == everything
    times = [one.since for one in ward.quarantine.page(ROSA, QuarantineFilter(), sort)]
    if sort is not QuarantineSort.DOCUMENT:
        assert times == sorted(times, reverse=sort is QuarantineSort.NEWEST)


def test_a_question_waits_for_the_owner_and_ends_with_the_version(ward: Ward) -> None:
    run(ward.database, "run-1", held())
    asked = ward.questions.ask_about("handbook:a.md", ROSA, "Is this key in use?")
    assert (asked.item_id, asked.version_id) == (None, ward.one().version_id)
    assert ward.one().question == asked
    olga, sam = person("user:olga", Role.OWNER), person("user:sam", Role.READER)
    for caller in (olga, sam, OTTO):
        assert ward.questions.open_questions(caller) == [("handbook:a.md", asked)]
    assert ward.questions.open_questions(ROSA) == []
    assert ward.questions.open_questions(READER) == []
    assert Figures(ward.database).waiting()["questions"].count == 1
    with pytest.raises(NotAllowed, match="neither owns nor submitted"):
        ward.questions.answer_about("handbook:a.md", ROSA, "No.")
    answered = ward.questions.answer_about("handbook:a.md", sam, "It was revoked in May.")
    assert (answered.answer, answered.answered_by) == ("It was revoked in May.", "user:sam")
    assert ward.questions.open_questions(olga) == []
    assert ward.one().question is None
    with pytest.raises(Conflict, match="Nothing waits"):
        ward.questions.answer_about("handbook:a.md", olga, "Once more.")
    assert ward.listed() == ["a.md"], "an answer lets nothing in"
    ward.questions.ask_about("handbook:a.md", ROSA, "And the other one?")
    run(ward.database, "run-2", held(content="second", kind=ChangeKind.MODIFIED), day=1)
    assert ward.questions.open_questions(olga) == []
    assert Figures(ward.database).waiting()["questions"].count == 0
    assert ward.quarantine.case("handbook:a.md", ROSA).thread == ()


def test_law_04_acts_are_on_record_without_their_words(ward: Ward) -> None:
    run(ward.database, "run-1", held())
    ward.quarantine.mark_seen(["handbook:a.md"], ROSA, "WORDS one")
    ward.questions.ask_about("handbook:a.md", ROSA, "WORDS two")
    ward.questions.answer_about("handbook:a.md", OTTO, "WORDS three")
    ward.waivers.release("handbook:a.md", OTTO, "WORDS four", 30, POLICY)
    events = list(AuditLog(ward.database).events("handbook:a.md"))[1:]
    assert [event.action for event in events] == ["review.seen", "review.ask", "review.answer", "waiver.asked"]
    assert not any("WORDS" in event.details for event in events)


def test_release_is_a_waiver_of_all_that_keeps_it_in_and_needs_two_people(ward: Ward) -> None:
    other = KEY.model_copy(update={"fingerprint": "2" * 32})
    run(ward.database, "run-1", held("a.md", KEY, FINDING, other))
    assert ward.quarantine.case("handbook:a.md", ROSA).way_out.findings == (1, 3)
    asked = ward.waivers.release("handbook:a.md", OTTO, WHY, 30, POLICY)
    assert {(one.scope, one.fingerprint) for one in asked.findings} == {
        ("handbook:a.md", "1" * 32),
        ("handbook:a.md", "2" * 32),
    }
    assert ward.one().waiver == asked.waiver_id
    with pytest.raises(Conflict, match="waits for another person"):
        ward.waivers.release("handbook:a.md", ROSA, WHY, 30, POLICY)
    assert ward.listed() == ["a.md"]
    approved = ward.waivers.approve(asked.waiver_id, ROSA)
    assert approved.state(approved.asked_at) is WaiverState.ACTIVE
    assert ward.one().waiver is None
    assert ward.listed() == ["a.md"], "the next refresh decides"


@pytest.mark.parametrize("by", ["user:olga", "olga", "user:SAM", "user:ada"])
def test_law_08_no_person_releases_what_they_own_submitted_or_asked_for(ward: Ward, by: str) -> None:
    run(ward.database, "run-1", held())
    asked = ward.waivers.release("handbook:a.md", person("user:ada"), WHY, 30, POLICY)
    with pytest.raises(NotAllowed, match="may not approve it"):
        ward.waivers.approve(asked.waiver_id, person(by))
    assert [state for _, state in ward.waivers.list_waivers()] == [WaiverState.PENDING]


def test_law_03_a_failed_scan_is_never_released(ward: Ward) -> None:
    run(ward.database, "run-1", held("a.md", KEY, FAILED, rule="scan-failed"))
    way = ward.quarantine.case("handbook:a.md", ROSA).way_out
    assert not way.open
    with pytest.raises(NotAllowed, match="never released") as refused:
        ward.waivers.release("handbook:a.md", ROSA, WHY, 30, POLICY)
    assert "Save it without a password." in refused.value.what
    assert ward.waivers.list_waivers() == []


@pytest.mark.parametrize("rule", ["untagged", "quarantined-by-reviewer", "gate-failed", "returned", "no-longer-a-rule"])
def test_a_waiver_is_not_proposed_where_it_would_not_help(ward: Ward, rule: str) -> None:
    run(ward.database, "run-1", held("a.md", KEY, rule=rule))
    way = ward.quarantine.case("handbook:a.md", ROSA).way_out
    assert (way.open, way.hindrances) == (False, (f"Because of {rule}.",))
    with pytest.raises(NotAllowed, match="No waiver lets"):
        ward.waivers.release("handbook:a.md", ROSA, WHY, 30, POLICY)


def test_an_erasure_takes_the_words_of_people_with_it(ward: Ward) -> None:
    run(ward.database, "run-1", held())
    ward.quarantine.mark_seen(["handbook:a.md"], ROSA, "About the letter.")
    ward.questions.ask_about("handbook:a.md", ROSA, "Who wrote the letter?")
    Erasures(ward.database).begin("handbook:a.md", "user:oscar", "Asked for.")
    with ward.database.read() as connection:
        for table in (tables.quarantine_seen, tables.review_questions):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0


def test_not_found_is_one_error_for_every_unknown_name(ward: Ward) -> None:
    with pytest.raises(NotFound):
        ward.one("none.md")
