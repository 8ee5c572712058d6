"""Generated requests over the whole OpenAPI description, as every role: no defect, and every answer as described."""

from collections.abc import Iterator

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from pipeline.domain.identity.roles import Role
from pipeline.web import app as application
from pipeline.web.security.access import declared
from tests.support.ledger_samples import approved_source
from tests.support.web_home import ORIGIN, WebHome

load_all_checks()
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
HELD = [CHECKS.get_one(name) for name in NAMES]
EXAMPLES = 3
"""Requests for each operation, each role that may use it and each kind of data, right and wrong; one for others."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    made = WebHome(tmp_path_factory.mktemp("openapi") / "home")
    approved_source(made.workspace.database)
    answer = made.client(made.tokens[Role.READER]).post("/v1/search", json={"question": "Is the model loaded?"})
    assert answer.json() == {"answers": []}
    yield made
    made.close()


def test_every_body_has_an_example_that_it_describes(home: WebHome) -> None:
    described = home.app.openapi()
    shown = 0
    for path, operations in described["paths"].items():
        for operation in operations.values():
            body = operation.get("requestBody", {"content": {}})["content"].get("application/json")
            if body is None:
                continue
            schema = body["schema"]
            (named,) = [
                one["$ref"].rpartition("/")[2] for one in (schema, *schema.get("anyOf", ())) if "$ref" in one
            ] or [""]
            examples = described["components"]["schemas"][named]["examples"] if named else [body["example"]]
            whole = {**schema, "components": described["components"]}
            for example in examples:
                jsonschema.validate(example, whole, jsonschema.Draft202012Validator)
                shown += 1
            assert examples, path
    assert shown > 20


@pytest.mark.parametrize("role", Role)
def test_every_answer_to_generated_requests_is_as_described(home: WebHome, role: Role) -> None:
    headers = {"authorization": f"Bearer {home.tokens[role]}", "host": "localhost:8460"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", home.app, headers=headers)
    schema.config.update(base_url=ORIGIN)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 15
    open_to = {(m, route.path_format): declared(route) for route in application.routes() for m in route.methods}
    for operation in operations:
        access = open_to[operation.method.upper(), operation.path]
        assert access is not None
        for mode in schemathesis.GenerationMode:
            strategy: st.SearchStrategy[schemathesis.Case] = operation.as_strategy(generation_mode=mode)

            @seed(1)
            @settings(
                max_examples=EXAMPLES if role in access.roles else 1,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def answers(case: schemathesis.Case) -> None:
                case.call_and_validate(headers=headers, checks=HELD)

            answers()
