"""Every route with every role, beside the table that people read: docs/reference/routes.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pipeline.domain.identity.roles import Role
from pipeline.web import app as application
from pipeline.web.security.access import Allowed, Public, allow, declared, guarded_router
from pipeline.web.serving.shield import Shield
from tests.support.web_home import ORIGIN, WebHome

TABLE = Path(__file__).parents[2] / "docs" / "reference" / "routes.md"
EVERYBODY, ANY_ROLE = "everybody", "any role"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    made = WebHome(tmp_path_factory.mktemp("routes") / "home")
    yield made
    made.close()


def documented() -> dict[tuple[str, str], str]:
    rows = re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \| ([^|]+) \|$", TABLE.read_text(), re.MULTILINE)
    assert len({row[:2] for row in rows}) == len(rows), "a route stands in the table twice"
    return {(method, path): who.strip() for method, path, who in rows}


def who(access: Allowed | Public | None) -> str:
    assert access is not None, "a route says nothing about who may use it"
    if isinstance(access, Public):
        return EVERYBODY
    return ANY_ROLE if access.roles == set(Role) else ", ".join(role.value for role in Role if role in access.roles)


def served() -> dict[tuple[str, str], APIRoute]:
    return {(method, route.path): route for route in application.routes() for method in route.methods}


def test_law_02_the_table_of_routes_is_what_the_routes_declare() -> None:
    declares = {key: who(declared(route)) for key, route in served().items()}
    missing = [f"| {m} | `{p}` | {w} |" for (m, p), w in sorted(declares.items(), key=lambda i: i[0][1])]
    assert documented() == declares, "docs/reference/routes.md should have exactly these lines:\n" + "\n".join(missing)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role.value if role else "anonymous")
def test_law_02_every_route_opens_to_exactly_who_the_table_says(home: WebHome, role: Role | None) -> None:
    client = home.client(home.tokens[role] if role else None)
    wrong = []
    for (method, path), allowed in documented().items():
        answer = client.request(method, re.sub(r"\{[^}]+\}", "1", path), headers={"accept": "application/json"})
        if role is None:
            opened = answer.status_code != 401
        else:
            opened = answer.status_code != 403 or "holds none of these roles" not in answer.json()["detail"]
        may = allowed == EVERYBODY or (role is not None and (allowed == ANY_ROLE or role.value in allowed.split(", ")))
        if opened != may:
            wrong.append((method, path, answer.status_code))
    assert not wrong


def test_everything_the_application_answers_is_in_the_table(home: WebHome) -> None:
    """What the walk knows of is all there is: nothing is mounted or added beside the modules' routers."""
    included = [route.original_router for route in home.app.routes]
    assert included == [module.router for module in (*application.REST, *application.PAGES)]
    described = {(m.upper(), p) for p, item in home.app.openapi()["paths"].items() for m in item}
    paths = {(m, re.sub(r":\w+}", "}", p)) for m, p in documented()}
    assert described <= paths


def test_law_02_a_route_that_names_nobody_is_refused_before_it_runs(home: WebHome) -> None:
    ran = []
    for number, router in enumerate((guarded_router(), APIRouter())):

        @router.post(f"/forgotten-{number}")
        def forgotten() -> str:
            ran.append(1)
            return "secret"

        @router.get(f"/fine-{number}", dependencies=[Depends(allow())])
        def fine() -> str:
            return "fine"

    app = application.create_app(home.workspace)
    for path in ("/forgotten-0", "/forgotten-1"):
        assert TestClient(app, base_url=ORIGIN).post(path).status_code == 404
    for router in (guarded_router(), APIRouter()):
        router.add_api_route("/x", forgotten, methods=["POST"])
        app = application.create_app(home.workspace)
        app.include_router(router)
        for token in (None, *home.tokens.values()):
            headers = {"authorization": f"Bearer {token}"} if token else {}
            answer = TestClient(app, base_url=ORIGIN, headers=headers).post("/x")
            assert (answer.status_code, "secret" in answer.text) == (403, False)
    assert not ran


def test_law_02_nothing_leaves_without_a_guards_leave() -> None:
    """Whatever answers inside the shield: a mounted application, a route of another framework."""

    async def open_to_all(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await PlainTextResponse("secret")(scope, receive, send)

    inner = Starlette()
    inner.mount("/mounted", open_to_all)
    answer = TestClient(Shield(inner, {"localhost"}), base_url=ORIGIN).get("/mounted/x")
    assert (answer.status_code, "secret" in answer.text) == (403, False)
