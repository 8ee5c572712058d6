"""Questions about findings and documents, through every door."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.findings.questions import CountBy, FindingQuestion
from pipeline.reports.findings import counted, found_documents, found_findings
from tests.support.index_samples import Doc, rule
from tests.support.served_home import OPERATOR
from tests.support.site import Site

STAFF = rule("group:everyone")
PREVIEW = "a preview that no answer holds"
OPEN, MAIL = Doc("open.md", ("what is open",), STAFF), Doc("mail.md", ("with an address",), STAFF)
KEPT_OUT = Doc("=kept-out.md", ("with a key",), STAFF)


def finding(kind: FindingKind, entity: str, severity: Severity) -> Finding:
    return Finding(
        kind=kind,
        detector=f"the-{kind.value}-detector",
        entity=entity,
        severity=severity,
        confidence=0.9,
        start=0,
        end=4,
        line=7,
        fingerprint="1" * 32,
        preview=PREVIEW,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("findings") / "home")
    address = finding(FindingKind.PII, "EMAIL_ADDRESS", Severity.MEDIUM)
    key = finding(FindingKind.SECRET, "aws-key", Severity.CRITICAL)
    refused = made.home.refuse(KEPT_OUT, Action.QUARANTINE).model_copy(update={"findings": (key, address)})
    made.home.refresh(OPEN, outcomes=[MAIL.outcome(findings=(address,)), refused], chunks=[OPEN, MAIL])
    yield made
    made.home.close()


def ran(site: Site, *arguments: str) -> tuple[int, str]:
    """A command on the home; exit code and output."""
    result = CliRunner().invoke(command_line, ["--home", str(site.workspace.home.folder), *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.output


def test_every_door_gives_the_same_findings(site: Site) -> None:
    expected = [
        one.model_dump(mode="json")
        for one in found_findings(site.workspace, OPERATOR, FindingQuestion(kind=FindingKind.PII))
    ]
    assert len(expected) == 2
    assert json.loads(ran(site, "findings", "--kind", "pii", "--json")[1]) == expected
    assert site.as_("auditor").get("/v1/findings?kind=pii").json() == {"items": expected, "next": None}
    rows = list(csv.DictReader(io.StringIO(ran(site, "findings", "--kind", "pii", "--csv")[1])))
    assert [(row["doc_id"], row["entity"]) for row in rows] == [(one["doc_id"], one["entity"]) for one in expected]
    _, page = site.get("auditor", "/findings?show=findings&kind=pii")
    _, table = ran(site, "findings", "--kind", "pii")
    for shown in (page, table):
        assert shown.count("EMAIL_ADDRESS") >= 2
        assert "aws-key" not in shown
        assert PREVIEW not in shown


def test_everything_quarantined_and_why_is_one_command(site: Site) -> None:
    asked = FindingQuestion(action=Action.QUARANTINE)
    expected = [one.model_dump(mode="json") for one in found_documents(site.workspace, OPERATOR, asked)]
    assert [one["doc_id"] for one in expected] == [KEPT_OUT.doc_id]
    assert json.loads(ran(site, "documents", "--verdict", "quarantine", "--json")[1]) == expected
    assert site.as_("auditor").get("/v1/documents?action=quarantine").json()["items"] == expected
    for shown in (
        ran(site, "documents", "--verdict", "quarantine")[1],
        site.get("auditor", "/findings?action=quarantine")[1],
    ):
        assert KEPT_OUT.doc_id in shown
        assert "because" in shown, "the reason of the rule"
        assert MAIL.doc_id not in shown


def test_every_door_gives_the_same_counts(site: Site) -> None:
    expected = [
        one.model_dump(mode="json") for one in counted(site.workspace, OPERATOR, FindingQuestion(), CountBy.KIND)
    ]
    assert {one["value"]: one["documents"] for one in expected} == {"pii": 2, "secret": 1}
    assert json.loads(ran(site, "findings", "--count-by", "kind", "--json")[1]) == expected
    assert site.as_("auditor").get("/v1/findings/counts?by=kind").json() == expected
    _, page = site.get("auditor", "/findings?show=kind")
    assert 'href="/findings?kind=secret"' in page
    assert "secret" in ran(site, "documents", "--count-by", "kind")[1]


def test_rest_pages_and_refuses_cursors_of_another_list(site: Site) -> None:
    client = site.as_("auditor")
    first = client.get("/v1/findings?limit=2").json()
    second = client.get(f"/v1/findings?limit=2&after={first['next']}").json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert client.get(f"/v1/documents?after={first['next']}").status_code == 400
    assert client.get("/v1/findings?after=xx").status_code == 400


def test_the_page_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.web.pages.findings.SIZE", 1)
    seen, address = [], "/findings"
    for _ in range(3):
        _, page = site.get("auditor", address)
        seen.append(next(doc.doc_id for doc in (OPEN, MAIL, KEPT_OUT) if doc.doc_id in page))
        address = page.partition('href="/findings?')[2].partition('" rel="next"')[0]
        address = f"/findings?{address}"
    assert sorted(seen) == sorted(doc.doc_id for doc in (OPEN, MAIL, KEPT_OUT))


def test_no_cell_of_a_spreadsheet_begins_a_formula(site: Site) -> None:
    for row in csv.reader(io.StringIO(ran(site, "documents", "--csv")[1])):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_questions_that_make_no_sense_are_refused(site: Site) -> None:
    assert ran(site, "findings", "--detector-version", "not hex")[0] == 2
    assert ran(site, "findings", "--since", "noon")[0] == 2
    client = site.as_("auditor")
    for query in ("kind=unknown", "detector_version=xyz", "since=noon", "severity=bad", "by=kind&action=maybe"):
        assert client.get(f"/v1/findings?{query}").status_code in (400, 422), query


def test_law_02_people_see_what_they_keep(site: Site) -> None:
    assert site.as_("reader").get("/v1/findings").status_code == 403
    assert site.as_("reader").get("/v1/documents").status_code == 403
    assert site.get("reader", "/findings")[0] == 403
    assert site.as_("owner").get("/v1/findings").json()["items"]
    elsewhere = site.as_("elsewhere")
    assert elsewhere.get("/v1/findings").json()["items"] == []
    assert elsewhere.get("/v1/documents").json()["items"] == []
    assert elsewhere.get("/v1/findings/counts?by=kind").json() == []
    assert KEPT_OUT.doc_id not in site.get("elsewhere", "/findings")[1]
