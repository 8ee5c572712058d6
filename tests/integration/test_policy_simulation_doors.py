"""A policy tried over REST and on its page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from pipeline.domain.documents.documents import Action
from pipeline.domain.policy.backtest import WEEKS
from pipeline.web.security.identity import csrf_token
from tests.support.index_samples import Doc, rule
from tests.support.site import Site
from tests.support.web_home import ORIGIN

STAFF = rule("group:everyone")
NAMES = ("open.md", "old.md")
STRICTER = """\
schema_version: 1
version: 2
changelog: [{version: 2, date: 2026-12-01, by: test, note: stricter}]
rules:
  - {id: names-wait, each: document, when: 'document.uri == "open.md"', action: review, reason: A person reads it.}
  - id: all-else
    each: document
    when: "true"
    action: admit
    reason: It passed every scan.
"""
BROKEN = STRICTER.replace('"true"', '"document.nothing"')
KEY = "_".join(["ghp", "b2Kq9ZxV7mLpT4sRw8NcYf3HdGj6UeA1oX77"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(
        tmp_path_factory.mktemp("simulated") / "home", *(Doc(name, ("how much notice",), STAFF) for name in NAMES)
    )
    kept_out = Doc("kept-out.md", ("words",), STAFF)
    made.home.refresh(outcomes=[made.home.refuse(kept_out, Action.QUARANTINE)])
    yield made
    made.home.close()


def post(site: Site, who: str, **body: object) -> tuple[int, dict[str, object]]:
    headers = {"authorization": f"Bearer {site.tokens[who]}", "accept": "application/json"}
    client = site.as_(who).__class__(site.app, base_url=ORIGIN, headers=headers)
    answer = client.post("/v1/policy/simulate", json=body)
    return answer.status_code, answer.json()


def test_rest_answers_with_the_differences_of_rules_and_of_verdicts(site: Site) -> None:
    status, found = post(site, "auditor", policy=STRICTER)
    assert status == 200
    run = found["next_run"]
    assert isinstance(run, dict)
    changes = {(one["before"], one["after"]): one["examples"] for one in run["transitions"]}
    assert changes["admit", "review"] == ["hand:open.md"]
    differences = found["differences"]
    assert isinstance(differences, dict)
    kinds = {one["rule_id"]: one["change"] for one in differences["rules"]}
    assert (kinds["names-wait"], kinds["live-secret"]) == ("added", "removed")


def test_a_policy_that_is_none_is_refused_with_the_place_and_without_its_values(site: Site) -> None:
    status, found = post(site, "operator", policy=BROKEN)
    assert (status, found["done"]) == (422, "Nothing was simulated.")
    assert "line 6" in str(found["detail"])
    assert "all-else" in str(found["detail"])
    status, found = post(site, "operator", policy=f"{STRICTER}\n{KEY}: 1\n")
    assert status == 422
    assert KEY not in str(found)
    assert post(site, "operator", policy=STRICTER, sources=["nowhere"])[0] == 404
    assert post(site, "operator", policy=STRICTER, weeks=1_000)[0] == 422


def test_only_auditors_and_operators_try_a_policy(site: Site) -> None:
    for who in ("reader", "owner", "reviewer"):
        assert post(site, who, policy=STRICTER)[0] == 403
        assert site.get(who, "/policy/simulate")[0] == 403
    assert "Try a policy" not in site.get("owner", "/policy")[1]
    assert "Try a policy" in site.get("operator", "/policy")[1]


def test_the_page_shows_differences_of_a_pasted_policy_and_of_a_file(site: Site) -> None:
    status, empty = site.get("operator", "/policy/simulate")
    assert (status, f'name="weeks" type="number" min="0" max="520" value="{WEEKS}"' in empty) == (200, True)
    client = site.as_("operator")
    session = next(value for key, value in client.cookies.items() if key == "corpusgate")
    fields = {"csrf": csrf_token(session), "sample": "", "weeks": "2"}
    pasted = client.post("/policy/simulate", data=fields | {"policy": STRICTER})
    uploaded = client.post("/policy/simulate", data=fields, files={"file": ("policy.yaml", STRICTER.encode())})
    for answer in (pasted, uploaded):
        assert answer.status_code == 200, answer.text
        shown = answer.text.partition('id="simulation"')[2]
        assert "names-wait" in shown
        assert '<a href="/documents/record?id=hand%3Aopen.md">hand:open.md</a>' in shown
        assert "<ins>" in shown
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=\"", answer.text)
    both = client.post("/policy/simulate", data=fields | {"policy": "x"}, files={"file": ("p.yaml", b"x")})
    assert (both.status_code, "not both" in both.text) == (422, True)


def test_what_is_typed_wrongly_comes_back_with_the_reason_and_as_text(site: Site) -> None:
    status, text, _ = site.post("auditor", "/policy/simulate", policy="<b>no</b>: [", weeks="x")
    assert (status, "A whole number from 0 to" in text) == (422, True)
    status, text, _ = site.post("auditor", "/policy/simulate", policy="<img src=x>: [")
    assert status == 422
    assert "Nothing was simulated." in text
    raw = site.as_("auditor").post(
        "/policy/simulate",
        data={"csrf": csrf_token(site.as_("auditor").cookies["corpusgate"]), "policy": "<img src=x>: ["},
    )
    assert "<img" not in raw.text


def test_a_simulation_asks_the_ledger_as_often_for_many_documents_as_for_few(site: Site, tmp_path: Path) -> None:
    def asked(of: Site) -> int:
        count = [0]

        def counted(*_: object) -> None:
            count[0] += 1

        engine = of.workspace.database._engine
        event.listen(engine, "before_cursor_execute", counted)
        try:
            assert of.post("auditor", "/policy/simulate", policy=STRICTER)[0] == 200
        finally:
            event.remove(engine, "before_cursor_execute", counted)
        return count[0]

    asked(site)
    few = asked(site)
    many = Site(tmp_path / "home", *(Doc(f"paper-{number}.md", (f"words {number}",), STAFF) for number in range(40)))
    try:
        asked(many)
        assert asked(many) <= few
    finally:
        many.home.close()


def test_a_second_simulation_at_the_same_time_is_refused(site: Site) -> None:
    lock = site.app.state.simulating._under_way
    with lock:
        status, found = post(site, "auditor", policy=STRICTER)
    assert (status, found["detail"]) == (503, "A simulation is under way.")
    assert post(site, "auditor", policy=STRICTER)[0] == 200
