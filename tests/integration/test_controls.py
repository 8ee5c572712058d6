"""The control map through every door, with the evidence of a home."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.controls import ControlReport, ControlStatus
from pipeline.domain.errors import CorpusgateError, NotAllowed, NotFound
from pipeline.domain.identity.roles import Role
from pipeline.reports.controls import controls, last_evidence
from pipeline.takedown.revoke import RevocationKind, revoke
from tests.support.callers import person
from tests.support.index_samples import Doc, rule
from tests.support.served_home import OPERATOR, REVIEWER
from tests.support.site import Site
from tests.support.web_home import ORIGIN

OPEN = Doc("open.md", ("what does the swordfish eat",), rule("group:everyone"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", OPEN)
    yield made
    made.home.close()


def ran(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and standard output of a command on a home."""
    result = CliRunner().invoke(command_line, ["--home", str(folder), "controls", *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.stdout


def rest(site: Site, who: str, query: str = "") -> Any:
    client = TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})
    return client.get(f"/v1/controls{query}")


def last_of(report: ControlReport, framework: str, number: str) -> str | None:
    (one,) = [one for one in report.controls if (one.framework, one.id) == (framework, number)]
    return one.last and one.last.of


def test_every_door_gives_the_same_map(site: Site) -> None:
    code, output = ran(site.workspace.home.folder, "--framework", "aisvs", "--status", "not-met", "--json")
    answer = rest(site, "auditor", "?framework=aisvs&status=not-met")
    service = controls(site.workspace, OPERATOR, "aisvs", ControlStatus.NOT_MET)
    assert (code, answer.status_code) == (0, 200)
    assert json.loads(output) == answer.json() == service.model_dump(mode="json")
    status, page = site.get("operator", "/controls?framework=aisvs&status=not-met")
    assert status == 200
    assert service.controls
    assert [one.id for one in service.controls if f"aisvs {one.id}" not in page or one.why not in page] == []
    assert "aisvs 8.5.1" not in page, "it is met"


def test_the_page_folds_controls_by_framework_with_counts_and_opens_what_was_asked_for(site: Site) -> None:
    whole, part = site.get("operator", "/controls")[1], site.get("operator", "/controls?framework=gdpr")[1]
    coverage = controls(site.workspace, OPERATOR).coverage
    for page, frameworks in ((whole, [one.framework for one in coverage]), (part, ["gdpr"])):
        folds = re.findall(r'<details class="framework" id="([^"]+)"( open)?>', page)
        assert [name for name, _ in folds] == frameworks
        assert {bool(state) for _, state in folds} == {page is part}
    gdpr = next(one for one in coverage if one.framework == "gdpr")
    assert f"{sum(gdpr.counts.values())} controls" in part
    assert f"{gdpr.counts[ControlStatus.PARTLY]} partly" in part


def test_evidence_is_the_newest_entry_of_a_mechanism_of_the_control(site: Site) -> None:
    before = controls(site.workspace, OPERATOR)
    assert last_of(before, "aisvs", "8.3.2") is None, "nothing was taken down yet"
    assert last_of(before, "soc2", "CC8.1") == "generation.published"
    revoke(site.workspace, RevocationKind.DOCUMENT, OPEN.doc_id, by=OPERATOR, reason="wrong")
    site.workspace.checkpoints.make()
    after = controls(site.workspace, OPERATOR)
    assert last_of(after, "aisvs", "8.3.2") == "revocation.made"
    assert last_of(after, "aisvs", "12.5.3") == "checkpoint", "it is newer than the revocation"
    moments = last_evidence(site.workspace)
    assert moments["revocation.made"] <= moments["checkpoint"] <= datetime.now(UTC) + timedelta(seconds=1)
    assert moments["generation.published"] <= moments["revocation.made"]


def test_the_coverage_is_of_the_whole_map_whatever_was_asked(site: Site) -> None:
    whole, part = controls(site.workspace, OPERATOR), controls(site.workspace, OPERATOR, "gdpr")
    assert part.coverage == whole.coverage
    assert {one.framework for one in part.controls} == {"gdpr"}
    assert sum(sum(one.counts.values()) for one in whole.coverage) == len(whole.controls)


def test_law_02_only_auditors_and_operators_of_the_whole_corpus_may_ask(site: Site) -> None:
    assert [rest(site, who).status_code for who in ("reader", "owner", "reviewer")] == [403, 403, 403]
    with pytest.raises(NotAllowed):
        controls(site.workspace, REVIEWER)
    with pytest.raises(NotAllowed):
        controls(site.workspace, person("user:ea", Role.OWNER))
    assert site.get("reviewer", "/controls")[0] == 403


def test_a_framework_that_is_not_in_the_map_is_refused_with_those_that_are(site: Site) -> None:
    with pytest.raises(NotFound) as refused:
        controls(site.workspace, OPERATOR, "pci")
    assert "gdpr" in refused.value.fix
    assert rest(site, "auditor", "?framework=pci").status_code == 404
    assert ran(site.workspace.home.folder, "--framework", "pci")[0] == refused.value.exit_code


def test_without_a_home_the_map_is_shown_without_live_state(tmp_path: Path) -> None:
    code, output = ran(tmp_path / "no-home", "--json")
    found = json.loads(output)
    assert (code, found["asked_home"]) == (0, False)
    assert {one["last"] for one in found["controls"]} == {None}
    assert not (tmp_path / "no-home").exists(), "asking makes no home"


def test_the_table_names_every_control(site: Site) -> None:
    code, output = ran(site.workspace.home.folder)
    assert code == 0
    report = controls(site.workspace, OPERATOR)
    assert [one.id for one in report.controls if one.id not in output] == []
    assert "never" in output
    assert "generation.published" in output
