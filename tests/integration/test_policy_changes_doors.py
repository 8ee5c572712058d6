"""A policy from proposal to rollback: over REST, on the pages and by commands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.runs.policy_in_force import settle_policy
from tests.support.index_samples import Doc, rule
from tests.support.site import Site
from tests.support.web_home import ORIGIN

WHY = "large changes come too often"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "home", Doc("open.md", ("how much notice",), rule("group:everyone")))
    yield made
    made.home.close()


def stricter(site: Site) -> str:
    return site.workspace.home.policy_file.read_text().replace("change.impact >= 70", "change.impact >= 50")


def client(site: Site, who: str) -> TestClient:
    return TestClient(site.app, base_url=ORIGIN, headers={"authorization": f"Bearer {site.tokens[who]}"})


def test_rest_takes_a_policy_from_proposal_to_rollback(site: Site) -> None:
    operator, reviewer = client(site, "operator"), client(site, "reviewer")
    base = "/v1/policy/proposals"
    made = operator.post(base, json={"policy": stricter(site), "reason": WHY})
    assert made.status_code == 201, made.text
    name = made.json()["proposal_id"]
    assert made.json()["evidence"]["differences"]["rules"][0]["rule_id"] == "high-impact"
    assert operator.post(f"{base}/{name}/approve", json={"reason": WHY}).status_code == 403
    assert client(site, "auditor").post(f"{base}/{name}/approve", json={"reason": WHY}).status_code == 403
    assert [one["proposal_id"] for one in reviewer.get(base).json()["items"]] == [name]
    assert reviewer.post(f"{base}/{name}/approve", json={"reason": WHY}).json()["state"] == "approved"
    assert reviewer.get(f"{base}/history").json()["standing"]["next"]["proposal_id"] == name
    settle_policy(site.workspace)
    assert reviewer.get(f"{base}/{name}").json()["state"] == "applied"
    assert reviewer.get("/v1/policy").json()["digest"] == made.json()["policy_digest"]
    back = operator.post(f"{base}/rollback", json={"reason": "too many reviews"})
    assert (back.status_code, back.json()["origin"], back.json()["state"]) == (201, "rollback", "approved")
    settle_policy(site.workspace)
    past = reviewer.get(f"{base}/history").json()["activations"]
    assert [one["origin"] for one in past] == ["rollback", "proposal", "found"]
    assert reviewer.get(f"{base}/nothing").status_code == 404


def test_pages_take_a_policy_from_proposal_to_rollback(site: Site) -> None:
    text = stricter(site).replace("\n", "\r\n")
    status, shown, _ = site.post("operator", "/policy/proposals", policy="rules: [", reason=WHY)
    assert (status, WHY in shown, "Nothing was proposed." in shown) == (422, True, True)
    status, _, place = site.post("operator", "/policy/proposals", policy=text, reason=WHY)
    assert status == 303
    path = place.partition("?")[0]
    assert "Proposed. Another person approves it" in site.get("operator", place)[1]
    assert 'value="approve"' not in site.get("operator", path)[1]
    assert 'value="approve"' in site.get("reviewer", path)[1]
    assert 'name="decision"' not in site.get("auditor", path)[1]
    assert site.post("operator", f"{path}/decide", decision="approve", reason=WHY)[0] == 403
    assert site.post("reviewer", f"{path}/decide", decision="approve", reason=WHY)[0] == 303
    assert "takes effect with the next run" in site.get("auditor", "/policy/proposals")[1]
    settle_policy(site.workspace)
    site.workspace.home.policy_file.write_text(site.workspace.home.policy_file.read_text().replace(">= 50", ">= 40"))
    assert "was edited by hand" in site.get("auditor", "/policy/proposals")[1]
    settle_policy(site.workspace)
    assert site.post("operator", "/policy/proposals/rollback", reason="too many reviews")[0] == 303
    settle_policy(site.workspace)
    assert site.workspace.home.policy_file.read_text() == text.replace("\r\n", "\n")
    for who, where in (("operator", "/policy/proposals"), ("reviewer", path), ("auditor", "/policy")):
        raw = site.as_(who).get(where).text
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=\"", raw)
        assert raw.count("<h1") == 1
    assert site.get("owner", "/policy/proposals")[0] == 403


def test_commands_take_a_policy_from_proposal_to_rollback(site: Site, tmp_path: Path) -> None:
    def run(*words: str, who: str = "") -> tuple[int, str]:
        env = {"CORPUSGATE_HOME": str(site.workspace.home.folder), "CORPUSGATE_TOKEN": site.tokens.get(who, "")}
        done = CliRunner().invoke(app, ["policy", *words], env=env)
        return done.exit_code, done.output

    file = tmp_path / "new.yaml"
    file.write_text(stricter(site))
    assert run("propose", str(file), "--reason", WHY)[0] != 0, "a person is needed"
    assert run("propose", str(file), "--reason", WHY, who="operator")[0] == 0
    (proposal,) = json.loads(run("proposals", "--json")[1])
    name = proposal["proposal_id"]
    assert run("approve", name, "--reason", WHY, who="operator")[0] != 0
    assert run("approve", name[:6], "--reason", WHY, who="reviewer")[0] == 0
    assert json.loads(run("status", "--json")[1])["next"]["proposal_id"] == name
    settle_policy(site.workspace)
    code, shown = run("status")
    assert (code, "proposal" in shown) == (0, True)
    assert "high-impact" in run("proposals", name)[1]
    assert run("rollback", "--reason", "too many reviews", who="operator")[0] == 0
    settle_policy(site.workspace)
    file = site.workspace.home.policy_file
    file.write_text(stricter(site))
    assert "edited by hand" in run("status")[1]
    assert run("restore", who="operator")[0] == 0
    assert "change.impact >= 70" in file.read_text()
    assert run("reject", name, "--reason", WHY, who="reviewer")[0] != 0


def test_explain_names_rules_that_hold_for_a_document_and_hides_documents_of_others(site: Site) -> None:
    def run(*words: str, who: str = "") -> tuple[int, str]:
        env = {"CORPUSGATE_HOME": str(site.workspace.home.folder), "CORPUSGATE_TOKEN": site.tokens.get(who, "")}
        done = CliRunner().invoke(app, ["policy", "explain", *words], env=env)
        return done.exit_code, done.output

    code, shown = run("hand:open.md", "--json")
    assert code == 0, shown
    found = json.loads(shown)
    assert (found["document"], found["verdict"], found["same_policy"]) == ("hand:open.md", "admit", False)
    assert [(one["rule_id"], one["standing"]) for one in found["explained"]] == [("tagged-and-scanned", "held")]
    assert "tagged-and-scanned" in run("open.md")[1]
    for who in ("reader", "elsewhere"):
        assert run("hand:open.md", who=who)[0] != 0
    assert run("hand:none.md")[0] != 0
