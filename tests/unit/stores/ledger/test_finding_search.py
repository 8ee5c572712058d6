"""Questions about findings and documents, in both databases."""

from collections.abc import Iterable

import pytest
from sqlalchemy import insert

from pipeline.domain.documents.documents import Action, Binding, ChangeKind
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.findings.questions import CountBy, FindingQuestion
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.stores.database import Database
from pipeline.stores.ledger.finding_search import FindingSearch
from pipeline.stores.tables import verdict_waivers, waived_findings, waivers
from tests.support.ledger_samples import BINDING, NOON, RULE, approved_source, deletion, outcome, run

AUDITOR = [Grant(role=Role.AUDITOR)]
SECRET_RULE = AccessRule(tenant="default", classification=Classification.RESTRICTED, allow=("group:everyone",))
OLD, NEW = "a" * 64, "b" * 64


def finding(
    kind: FindingKind, entity: str, severity: Severity = Severity.MEDIUM, mark: str = "1", **more: object
) -> Finding:
    fields: dict[str, object] = {
        "kind": kind,
        "detector": f"detector-of-{kind.value}",
        "entity": entity,
        "severity": severity,
        "confidence": 0.9,
        "start": 0,
        "end": 4,
        "line": 1,
        "fingerprint": mark * 32,
        "preview": "a preview that no answer holds",
    }
    return Finding.model_validate(fields | more)


EMAIL = finding(FindingKind.PII, "EMAIL_ADDRESS")
NAME = finding(FindingKind.PII, "PERSON", Severity.LOW, "2", lowered="people")
KEY = finding(FindingKind.SECRET, "aws-key", Severity.CRITICAL, "3")


def binding(detectors: str) -> Binding:
    return BINDING.model_copy(update={"detector_digest": detectors})


@pytest.fixture
def filled(database: Database) -> Database:
    """Five documents in two sources; the same text judged with two versions of detectors."""
    for name in ("handbook", "wiki"):
        approved_source(database, name)
    old = binding(OLD)
    gone = outcome("gone.md", "gone", binding=old, findings=(EMAIL,))
    first = [
        outcome("clean.md", "clean", binding=old),
        outcome("mail.md", "mail", action=Action.REDACT, binding=old, findings=(EMAIL, NAME)),
        outcome("key.md", "key", action=Action.QUARANTINE, binding=old, findings=(KEY,), access=SECRET_RULE),
        outcome("a.md", "wiki", source="wiki", binding=old, findings=(NAME,)),
        gone,
    ]
    run(database, "run-1", *first, sources=("handbook", "wiki"))
    again = outcome(
        "mail.md", "mail", action=Action.REDACT, kind=ChangeKind.UNCHANGED, binding=binding(NEW), findings=(EMAIL,),
        rescan=True,
    )  # fmt: skip
    run(database, "run-2", again, deletion(gone), day=1, sources=("handbook", "wiki"))
    return database


def search(database: Database, grants: Iterable[Grant] = AUDITOR) -> FindingSearch:
    return FindingSearch(database, grants)


def names(database: Database, grants: Iterable[Grant] = AUDITOR, **asked: object) -> list[str]:
    found = search(database, grants).documents(FindingQuestion.model_validate(asked), None, 50)
    return [one.doc_id for one in found]


def entities(database: Database, **asked: object) -> list[tuple[str, str]]:
    found = search(database).findings(FindingQuestion.model_validate(asked), None, 50)
    return [(one.doc_id.partition(":")[2], one.entity) for one in found]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["handbook:clean.md", "handbook:key.md", "handbook:mail.md", "wiki:a.md"]),
        ({"kind": "pii"}, ["handbook:mail.md", "wiki:a.md"]),
        ({"entity": "EMAIL_ADDRESS"}, ["handbook:mail.md"]),
        ({"severity": "medium"}, ["handbook:key.md", "handbook:mail.md"]),
        ({"severity": "critical"}, ["handbook:key.md"]),
        ({"detector": "detector-of-secret"}, ["handbook:key.md"]),
        ({"lowered": True}, ["wiki:a.md"]),
        ({"lowered": False}, ["handbook:key.md", "handbook:mail.md"]),
        ({"waived": True}, []),
        ({"action": "quarantine"}, ["handbook:key.md"]),
        ({"source": "wiki"}, ["wiki:a.md"]),
        ({"owner": "user:nobody"}, []),
        ({"classification": "restricted"}, ["handbook:key.md"]),
        ({"since": NOON.isoformat(), "until": NOON.isoformat()}, []),
        ({"kind": "pii", "source": "handbook", "action": "quarantine"}, []),
        ({"past": True, "kind": "pii"}, ["handbook:gone.md", "handbook:mail.md", "handbook:mail.md", "wiki:a.md"]),
        ({"detector_version": OLD[:8], "action": "redact"}, ["handbook:mail.md"]),
    ],
)
def test_each_field_narrows(filled: Database, asked: dict[str, object], expected: list[str]) -> None:
    assert names(filled, **asked) == expected


def test_what_one_version_of_detectors_found_and_the_next_did_not(filled: Database) -> None:
    assert entities(filled, detector_version=OLD[:8], missing_from=NEW[:8]) == [("mail.md", "PERSON")]
    assert entities(filled, detector_version=NEW[:8], missing_from=OLD[:8]) == []


def test_findings_come_with_their_document_and_without_a_preview(filled: Database) -> None:
    (found,) = search(filled).findings(FindingQuestion(kind=FindingKind.SECRET), None, 50)
    assert (found.doc_id, found.classification, found.action, found.severity) == (
        "handbook:key.md", "restricted", "quarantine", "critical",
    )  # fmt: skip
    assert "preview" not in found.model_dump_json()


def test_a_document_says_why(filled: Database) -> None:
    (found,) = search(filled).documents(FindingQuestion(action=Action.QUARANTINE), None, 50)
    assert found.rules
    assert len(found.rules) == len(found.reasons)
    assert names(filled, rule=found.rules[0])
    assert (found.served, found.deleted, found.findings) == (False, False, {"secret": 1})


def test_pages_hold_each_row_once(filled: Database) -> None:
    every = search(filled).findings(FindingQuestion(past=True), None, 50)
    assert len(every) == 6
    paged, after = [], None
    while page := search(filled).findings(FindingQuestion(past=True), after, 2):
        paged += page
        after = page[-1].doc_id, page[-1].verdict_id, page[-1].ordinal
    assert paged == every
    listed, last = [], None
    while rows := search(filled).documents(FindingQuestion(past=True), last, 1):
        listed += rows
        last = rows[-1].doc_id, rows[-1].verdict_id
    assert listed == search(filled).documents(FindingQuestion(past=True), None, 50)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (CountBy.KIND, {"pii": (2, 2), "secret": (1, 1)}),
        (CountBy.ENTITY, {"EMAIL_ADDRESS": (1, 1), "PERSON": (1, 1), "aws-key": (1, 1)}),
        (CountBy.VERDICT, {"admit": (None, 2), "redact": (None, 1), "quarantine": (None, 1)}),
        (CountBy.SOURCE, {"handbook": (None, 3), "wiki": (None, 1)}),
        (CountBy.CLASSIFICATION, {RULE.classification.value: (None, 3), "restricted": (None, 1)}),
        (CountBy.DETECTOR_VERSION, {OLD: (None, 3), NEW: (None, 1)}),
        (CountBy.DAY, {f"{NOON:%Y-%m-%d}": (None, 3), f"{NOON.replace(day=NOON.day + 1):%Y-%m-%d}": (None, 1)}),
    ],
)
def test_counts(filled: Database, by: CountBy, expected: dict[str, tuple[int | None, int]]) -> None:
    counted = search(filled).counts(FindingQuestion(), by)
    assert {one.value: (one.findings, one.documents) for one in counted} == expected
    assert [one.documents for one in counted] == sorted((one.documents for one in counted), reverse=True)


def test_a_document_with_two_such_findings_counts_once(filled: Database) -> None:
    (counted,) = search(filled).counts(FindingQuestion(source="handbook", past=True, entity="PERSON"), CountBy.KIND)
    assert (counted.findings, counted.documents) == (1, 1)
    (counted,) = search(filled).counts(FindingQuestion(source="handbook", past=True, kind="pii"), CountBy.SOURCE)
    assert (counted.findings, counted.documents) == (4, 2)


def test_law_02_grants_reach_their_sources_and_classifications_only(filled: Database) -> None:
    owner = [Grant(role=Role.OWNER, sources=("wiki",))]
    public = [Grant(role=Role.REVIEWER, sources=("handbook",), classifications=(RULE.classification,))]
    assert names(filled, owner) == ["wiki:a.md"]
    assert names(filled, public) == ["handbook:clean.md", "handbook:mail.md"]
    assert names(filled, [*owner, *public]) == ["handbook:clean.md", "handbook:mail.md", "wiki:a.md"]
    assert names(filled, []) == []
    assert search(filled, []).counts(FindingQuestion(), CountBy.VERDICT) == []
    assert search(filled, []).findings(FindingQuestion(past=True), None, 50) == []
    kinds = search(filled, owner).counts(FindingQuestion(), CountBy.KIND)
    assert [(one.value, one.documents) for one in kinds] == [("pii", 1)]
    levels = search(filled, public).counts(FindingQuestion(), CountBy.VERDICT)
    assert {one.value for one in levels} == {"admit", "redact"}


def test_a_waived_finding_is_one_that_its_verdict_stands_on(filled: Database) -> None:
    (mail,) = search(filled).documents(FindingQuestion(action=Action.REDACT), None, 50)
    waiver = {
        "waiver_id": "w" * 16, "source": "handbook", "reason": "a sample", "asked_by": "user:olga", "asked_at": NOON,
        "expires_at": NOON,
    }  # fmt: skip
    waived = {
        "waiver_id": "w" * 16, "scope": mail.doc_id, "detector": EMAIL.detector, "fingerprint": EMAIL.fingerprint,
        "kind": "pii", "entity": EMAIL.entity,
    }  # fmt: skip
    with filled.begin() as connection:
        connection.execute(insert(waivers), [waiver])
        connection.execute(insert(waived_findings), [waived])
    assert entities(filled, waived=True) == [], "no verdict stands on it"
    with filled.begin() as connection:
        connection.execute(insert(verdict_waivers), [{"verdict_id": mail.verdict_id, "waiver_id": "w" * 16}])
    assert entities(filled, waived=True) == [("mail.md", "EMAIL_ADDRESS")]
    assert names(filled, waived=True) == ["handbook:mail.md"]
    assert ("mail.md", "EMAIL_ADDRESS") not in entities(filled, waived=False)
    assert [one.waived for one in search(filled).findings(FindingQuestion(entity="EMAIL_ADDRESS"), None, 50)] == [True]
