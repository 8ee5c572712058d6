"""The REST interface: whose identity counts, what exists for whom, pages, ETags and problems."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import PrincipalSettings
from pipeline.web.rest.pagination import cursor, paged, read_cursor
from tests.support.callers import token
from tests.support.ledger_samples import approved_source, outcome, run
from tests.support.web_home import WebHome

STAFF = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:staff",))
HERE = str(Path(__file__).parent)
HANDBOOK = {"name": "hand", "uri": HERE, "owner": "o", "classification": "internal", "allow": ["group:staff"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    made = WebHome(tmp_path_factory.mktemp("rest") / "home")
    approved_source(made.workspace.database)
    documents = [
        outcome("a.md", access=STAFF),
        outcome("deep/b c.md"),
        outcome("held.md", action=Action.QUARANTINE, access=STAFF),
    ]
    run(made.workspace.database, "run-1", *documents)
    yield made
    made.close()


def bounded(home: WebHome, name: str, *grants: Grant) -> str:
    """A token of somebody with these grants."""
    home.workspace.principals.add(PrincipalSettings(name=name, roles=grants))
    return home.workspace.tokens.create(name, operator_name())[0]


def test_law_02_a_search_takes_its_identity_from_the_token_only(home: WebHome) -> None:
    client = home.client(home.tokens[Role.READER])
    for field in ("principal", "as", "user", "groups", "clearance", "tenant", "roles"):
        answer = client.post("/v1/search", json={"question": "notice", field: "user:ada"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/body/{field}")
    for attempt in ({"x-principal": "user:ada"}, {"x-forwarded-user": "user:ada"}):
        headers = {"authorization": "", **attempt}
        assert home.client().post("/v1/search", json={"question": "notice"}, headers=headers).status_code == 401


def test_asking_as_somebody_else_is_for_auditors(home: WebHome) -> None:
    asked = {"question": "notice", "principal": "user:owner"}
    for role in set(Role) - {Role.AUDITOR}:
        assert home.client(home.tokens[role]).post("/v1/search/explain", json=asked).status_code == 403


def test_law_02_a_bound_to_classifications_holds_for_the_records_of_documents(home: WebHome) -> None:
    """The handbook's documents are internal."""
    grant = {"role": Role.REVIEWER, "sources": ("handbook",)}
    low = home.client(bounded(home, "low", Grant(**grant, classifications=(Classification.PUBLIC,))))
    right = home.client(bounded(home, "right", Grant(**grant, classifications=(Classification.INTERNAL,))))
    assert low.get("/v1/documents/handbook:a.md").status_code == 404
    assert right.get("/v1/documents/handbook:a.md").json()["history"]["versions"]


@pytest.mark.parametrize("field", ["state", "registered_by", "registered_at", "approved_by", "approved_at"])
def test_law_08_no_field_makes_a_source_approved_or_somebody_elses(home: WebHome, field: str) -> None:
    client = home.client(home.tokens[Role.OWNER])
    value = {"state": "approved"}.get(field, "user:somebody")
    answer = client.post("/v1/sources", json={**HANDBOOK, field: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/body/{field}")


def test_a_source_is_registered_by_one_and_approved_by_another(home: WebHome) -> None:
    both = token(home.workspace, "both", Role.OWNER, Role.REVIEWER)
    made = home.client(both).post("/v1/sources", json={**HANDBOOK, "name": "shared"})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/sources/shared")
    assert (made.json()["state"], made.json()["registered_by"]) == ("pending", "user:both")
    own = home.client(both).post("/v1/sources/shared/approve")
    assert (own.status_code, own.json()["fix"]) == (403, "Ask somebody else to approve it.")
    reviewer = home.client(home.tokens[Role.REVIEWER])
    assert reviewer.post("/v1/sources/shared/approve").json()["approved_by"] == "user:reviewer"
    again = reviewer.post("/v1/sources/shared/approve")
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert reviewer.post("/v1/sources/shared/revoke", json={"reason": "x"}).json()["state"] == "revoked"
    assert home.client(both).post("/v1/sources", json={**HANDBOOK, "name": "shared"}).status_code == 409
    assert home.client(both).post("/v1/sources", json={**HANDBOOK, "uri": "relative"}).status_code == 400


def test_law_02_a_source_that_allows_a_name_no_one_has_says_so(home: WebHome) -> None:
    owner = home.client(home.tokens[Role.OWNER])
    asked = {**HANDBOOK, "name": "doubted", "allow": ["group:nowhere"]}
    made = owner.post("/v1/sources", json=asked)
    assert made.status_code == 201
    (warning,) = made.json()["warnings"]
    assert "group:nowhere is not a principal or group" in warning
    assert owner.get("/v1/sources/doubted").json()["warnings"] == [warning]
    assert warning in home.browser(home.tokens[Role.OWNER]).get("/sources/doubted").text
    denied = owner.post("/v1/sources", json={**HANDBOOK, "name": "denied", "deny": ["user:nobody"]})
    assert (denied.status_code, denied.json()["errors"][0]["pointer"]) == (422, "/body/deny")


def test_what_is_out_of_reach_does_not_exist(home: WebHome) -> None:
    """IDOR: another source's names, documents and reviews answer exactly as made-up ones do."""
    stranger = home.client(
        bounded(home, "stranger", *(Grant(role=role, sources=("wiki",)) for role in Role if role is not Role.READER))
    )
    for real, made_up in [
        ("/v1/sources/handbook", "/v1/sources/nothing"),
        ("/v1/documents/handbook:a.md", "/v1/documents/handbook:z.md"),
    ]:
        answers = [stranger.get(path) for path in (real, made_up)]
        assert [answer.status_code for answer in answers] == [404, 404]
        told = [answer.json() | {"request_id": "", "detail": ""} for answer in answers]
        assert told[0] == told[1]
    for action in ("approve", "narrow", "release", "revoke"):
        assert stranger.post(f"/v1/sources/handbook/{action}", json={"reason": "x"}).status_code == 404
    assert stranger.get("/v1/sources").json() == {"items": [], "next": None}
    assert stranger.get("/v1/audit").status_code == 403, "an auditor of one source does not see the whole log"
    body = {"kind": "document", "subject": "handbook:a.md", "reason": "x"}
    assert stranger.post("/v1/revocations", json=body).status_code in (403, 404)
    assert home.workspace.sources.source("handbook").state.value == "approved"


def test_law_02_a_reader_sees_a_document_only_where_it_is_served_to_them(home: WebHome) -> None:
    path = "/v1/documents/handbook:a.md"
    cleared = home.client(token(home.workspace, "staff", Role.READER, groups=("group:staff",)))
    found = cleared.get(path).json()
    assert found["served"]["classification"] == "internal"
    assert (found["history"], found["generations"]) == (None, None), "verdicts and findings are for keepers"
    assert cleared.get("/v1/documents/handbook:held.md").status_code == 404
    for outside in (
        token(home.workspace, "outside", Role.READER),
        token(home.workspace, "foreign", Role.READER, groups=("group:staff",), tenant="other"),
    ):
        answer = home.client(outside).get(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such document.")
    keeper = home.client(home.tokens[Role.OWNER]).get(path).json()
    assert keeper["history"]["versions"][0]["verdicts"][0]["verdict"]["action"] == "admit"


def test_an_id_is_taken_whole_and_as_it_is(home: WebHome) -> None:
    keeper = home.client(home.tokens[Role.AUDITOR])
    assert keeper.get("/v1/documents/handbook:deep/b%20c.md").json()["doc_id"] == "handbook:deep/b c.md"
    for other in ("a.md", "deep/b%20c.md", "handbook:", "handbook:deep/../a.md", "handbook:a.md/"):
        assert keeper.get(f"/v1/documents/{other}").status_code == 404


def test_who_has_the_same_already_gets_no_body(home: WebHome) -> None:
    client = home.client(home.tokens[Role.AUDITOR])
    for path in ("/v1/documents/handbook:a.md", "/v1/sources", "/v1/sources/handbook", "/v1/generations"):
        first = client.get(path)
        tag = first.headers["etag"]
        for known in (tag, f'"other", W/{tag}', "*"):
            same = client.get(path, headers={"if-none-match": known})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    before = client.get("/v1/sources").headers["etag"]
    home.client(home.tokens[Role.OWNER]).post("/v1/sources", json={**HANDBOOK, "name": "later"})
    assert client.get("/v1/sources").headers["etag"] != before


def test_a_list_is_read_page_by_page_while_it_grows(home: WebHome) -> None:
    owner, auditor = home.client(home.tokens[Role.OWNER]), home.client(home.tokens[Role.AUDITOR])
    for name in ("page-1", "page-3", "page-5"):
        owner.post("/v1/sources", json={**HANDBOOK, "name": name})
    seen, after = [], None
    while True:
        page = auditor.get("/v1/sources", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [source["name"] for source in page["items"]]
        if not seen[2:]:
            owner.post("/v1/sources", json={**HANDBOOK, "name": "page-4"})
        after = page["next"]
        if after is None:
            break
    assert [name for name in seen if name.startswith("page-")] == ["page-1", "page-3", "page-4", "page-5"]
    assert seen == sorted(set(seen))
    events, after = [], None
    for _ in range(100):
        page = auditor.get("/v1/audit", params={"limit": 7, **({"after": after} if after else {})}).json()
        events += [event["seq"] for event in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert events == list(range(1, len(events) + 1))
    assert len(events) == len(list(home.workspace.audit.events()))


@pytest.mark.parametrize(
    "after",
    ["", "x", "W10", "bnVsbA", cursor("audit", 3), cursor("sources", 3), cursor("sources", "a") + "!", "[" * 5000],
)
def test_a_cursor_that_is_not_of_this_list_is_refused(home: WebHome, after: str) -> None:
    answer = home.client(home.tokens[Role.AUDITOR]).get("/v1/sources", params={"after": after})
    assert (answer.status_code, answer.json()["fix"]) == (400, "Begin without `after`.")


def test_a_cursor_holds_the_key_of_the_last_item() -> None:
    page = paged("numbers", range(10), lambda n: n, int, cursor("numbers", 3), 2)
    assert (page.items, page.next) == ((4, 5), cursor("numbers", 5))
    assert paged("numbers", range(10), lambda n: n, int, cursor("numbers", 7), 2).next is None
    for other in (cursor("numbers", "3"), cursor("letters", 3)):
        with pytest.raises(UsageError):
            read_cursor("numbers", other, int)


def test_the_audit_log_is_verified_over_rest(home: WebHome) -> None:
    auditor = home.client(home.tokens[Role.AUDITOR])
    kept = home.workspace.checkpoints.make().files[0].read_text()
    assert auditor.post("/v1/audit/verify", json={"checkpoint": kept}).json()["ok"] is True
    for spoiled in (kept.replace("\n", "0\n", 1), "nothing", {"payload": 1, "signatures": "x"}):
        answer = auditor.post("/v1/audit/verify", json={"checkpoint": spoiled})
        assert (answer.status_code, answer.json()["detail"]) == (400, "That is no checkpoint that was signed here.")


def test_a_revocation_takes_effect_at_once_and_is_lifted(home: WebHome) -> None:
    operator, reader = (
        home.client(home.tokens[Role.OPERATOR]),
        home.client(token(home.workspace, "staff", Role.READER, groups=("group:staff",))),
    )
    path, named = "/v1/documents/handbook:a.md", {"kind": "document", "subject": "handbook:a.md", "reason": "leaked"}
    dry = operator.post("/v1/revocations", json={**named, "dry_run": True})
    assert (dry.status_code, dry.json()["documents"], dry.json()["revocation"]) == (200, ["handbook:a.md"], None)
    assert reader.get(path).status_code == 200
    assert operator.post("/v1/revocations", json=named).status_code == 201
    assert reader.get(path).status_code == 404
    listed = operator.get("/v1/revocations").json()["items"]
    assert [(one["subject"], one["revoked_by"]) for one in listed] == [("handbook:a.md", "user:operator")]
    lifted = home.client(home.tokens[Role.REVIEWER]).post("/v1/revocations/lift", json=named)
    assert lifted.status_code == 200
    assert operator.get("/v1/revocations").json()["items"] == []
    assert len(operator.get("/v1/revocations", params={"lifted": True}).json()["items"]) == 1
    assert reader.get(path).status_code == 200
    unknown = operator.post("/v1/revocations", json={**named, "subject": "handbook:z.md"})
    assert unknown.status_code == 404


def test_every_problem_says_what_happened_and_what_to_do(home: WebHome) -> None:
    client = home.client(home.tokens[Role.OPERATOR])
    for method, path, status, name in [
        ("GET", "/v1/generations/7", 404, "not-found"),
        ("GET", "/v1/nothing", 404, "not-found"),
        ("DELETE", "/v1/generations", 405, "method-not-allowed"),
        ("GET", "/v1/generations/0", 422, "unprocessable-entity"),
        ("GET", "/v1/generations?limmit=5", 422, "unprocessable-entity"),
        ("GET", "/v1/audit", 403, "not-allowed"),
        ("GET", "/v1/sources/a%00b", 400, "bad-request"),
    ]:
        answer = client.request(method, path)
        problem = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert (problem["status"], problem["request_id"]) == (status, answer.headers["x-request-id"])
        assert problem["type"].removeprefix("urn:corpusgate:problem:") == name
        assert {"title", "detail"} <= problem.keys()


def test_a_filter_with_a_typing_error_lists_nothing(home: WebHome) -> None:
    client = home.client(home.tokens[Role.OPERATOR])
    listed = client.get("/v1/findings", params={"sorce": "hand-written"})
    assert listed.status_code == 422
    (problem,) = listed.json()["errors"]
    assert problem["pointer"] == "/query"
    assert "source" in problem["detail"]
    assert "hand-written" not in listed.text
    assert client.get("/v1/findings", params={"source": "handbook"}).status_code == 200
    assert client.get("/v1/keys", params={"all": "true"}).json()["errors"][0]["detail"].endswith("It may have none.")
    assert home.client().get("/v1/findings", params={"sorce": "x"}).status_code == 401, "who asks is looked at first"


def test_nothing_of_a_generation_is_shown_before_there_is_one(home: WebHome) -> None:
    operator = home.client(home.tokens[Role.OPERATOR])
    assert operator.get("/v1/generations").json() == {"items": [], "next": None}
    gone = operator.post("/v1/generations/1/rollback", json={"reason": "x"})
    assert gone.status_code in (404, 409)


@pytest.mark.parametrize("field", ["name", "uri", "owner", "licence", "tenant"])
def test_law_15_half_a_character_is_refused_in_every_field(home: WebHome, field: str) -> None:
    body = json.dumps({**HANDBOOK, field: "a\ud800b"})
    answer = home.client(home.tokens[Role.OWNER]).post(
        "/v1/sources", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
