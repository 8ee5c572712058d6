"""The REST interface in OpenAPI, with its errors as they really are.

Invariant: every operation says that it needs a bearer token, and that any other answer is a problem document.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pipeline.web.display.errors import PROBLEM, Problem

_REF = "#/components/schemas/{model}"


def described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of the REST interface."""
    if app.openapi_schema is None:
        app.openapi_schema = _describe(app)
    return app.openapi_schema


def _describe(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    model = Problem.model_json_schema(ref_template=_REF, mode="serialization")
    schemas = found["components"]["schemas"]
    schemas |= {**model.pop("$defs", {}), "Problem": model}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    answer = {
        "description": "A problem (RFC 9457).",
        "content": {PROBLEM: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = answer
    return found
