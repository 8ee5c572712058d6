"""Errors as machines and people get them: problem+json (RFC 9457) or a page.

Invariants: `what`, `done` and `fix` are the words of `CorpusgateError`, which hold no document text; any other error
says only that it happened. An error never repeats what was sent (law 4). Details of the server's own configuration
and files stay in its log.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from pipeline.domain.errors import (
    Busy,
    CanaryForbidden,
    ConfigError,
    Conflict,
    CorpusgateError,
    GenerationHeld,
    IntegrityError,
    InvalidFields,
    LedgerError,
    LockHeld,
    NotAllowed,
    NotFound,
    NotIdentified,
    RateLimited,
    TooLarge,
    TooManyAttempts,
    UsageError,
    VectorStoreError,
    code_of,
)
from pipeline.domain.frozen import Frozen
from pipeline.web.display.door_words import for_rest
from pipeline.web.display.page import page

PROBLEM = "application/problem+json"
TYPE = "urn:corpusgate:problem:"
RETRY_SECONDS = 10

_STATUS: dict[type[CorpusgateError], HTTPStatus] = {
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    NotIdentified: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    GenerationHeld: HTTPStatus.CONFLICT,
    CanaryForbidden: HTTPStatus.CONFLICT,
    InvalidFields: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    ConfigError: HTTPStatus.INTERNAL_SERVER_ERROR,
    UsageError: HTTPStatus.BAD_REQUEST,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    LockHeld: HTTPStatus.SERVICE_UNAVAILABLE,
    VectorStoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    LedgerError: HTTPStatus.SERVICE_UNAVAILABLE,
    IntegrityError: HTTPStatus.INTERNAL_SERVER_ERROR,
    CorpusgateError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_FOR_EVERYBODY = (UsageError, NotIdentified, NotAllowed, GenerationHeld, CanaryForbidden, RateLimited, Busy, LockHeld)
"""These messages are shown to the caller. Others are for the operator: they name paths and signs of tampering."""


class FieldProblem(Frozen):
    """One part of a request that was not understood."""

    pointer: str
    detail: str


_CORRECT = "Correct the request: `/openapi.json` describes each route."
_FIXES = {
    HTTPStatus.NOT_FOUND: "Correct the address: `/openapi.json` describes each route.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Use a method that the header `Allow` names.",
}
"""What to do about a refusal of the framework, which has no words of its own."""


class Problem(Frozen):
    """RFC 9457, with the three sentences every error of Corpusgate has."""

    type: str
    """`urn:corpusgate:problem:` and the name of the error in docs/reference/errors.md, or of the status."""
    title: str
    status: int
    detail: str
    """What happened."""
    done: str
    fix: str
    request_id: str
    errors: tuple[FieldProblem, ...] = ()


def install(app: FastAPI) -> None:
    """Have every error answered here."""
    app.add_exception_handler(CorpusgateError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(UnicodeEncodeError, _not_text)


def problem(
    request: Request, status: HTTPStatus, detail: str, done: str, fix: str, name: str = "", **more: Any
) -> Problem:
    """A problem for this request; `name` is that of an error, else the status names it."""
    return Problem(
        type=f"{TYPE}{name or status.phrase.lower().replace(' ', '-')}",
        title=status.phrase,
        status=status,
        detail=detail,
        done=done,
        fix=fix,
        request_id=getattr(request.state, "request_id", ""),
        **more,
    )


def answer(request: Request, found: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem in the form the client reads."""
    if _wants_page(request):
        return page(request, "error.html", status=found.status, headers=headers, problem=found)
    advised = found.model_copy(update={"done": for_rest(found.done), "fix": for_rest(found.fix)})
    content = advised.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(content, found.status, headers, PROBLEM)


def status_of(kind: type[CorpusgateError]) -> HTTPStatus:
    """The status of an error in HTTP."""
    return next(_STATUS[each] for each in kind.__mro__ if each in _STATUS)


def is_for_callers(kind: type[CorpusgateError]) -> bool:
    """Whether a caller gets the words of an error; of the others only that the server could not answer."""
    return issubclass(kind, _FOR_EVERYBODY) and not issubclass(kind, ConfigError)


def defect(request: Request) -> Response:
    """An answer for what should not have happened, and nothing about it. No page: making one may be the defect."""
    found = problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Corpusgate ran into a defect of its own.",
        "The request was not finished.",
        "Tell the operator the request id.",
    )
    return JSONResponse(found.model_dump(mode="json", exclude_defaults=True), found.status, media_type=PROBLEM)


def _wants_page(request: Request) -> bool:
    """People with a browser get a page; REST, htmx and everybody else a problem."""
    return (
        not request.url.path.startswith("/v1/")
        and "hx-request" not in request.headers
        and "text/html" in request.headers.get("accept", "")
    )


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CorpusgateError)
    status = status_of(type(error))
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts | RateLimited):
        headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, NotIdentified):
        headers["WWW-Authenticate"] = 'Bearer realm="corpusgate"'
        if request.method == "GET" and _wants_page(request):
            request.state.authorised = True  # to be sent to log in is no answer
            return RedirectResponse(f"/login?next={quote(_wanted(request), safe='')}", HTTPStatus.SEE_OTHER)
        if "hx-request" in request.headers:
            headers["HX-Redirect"] = "/login"
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    if not is_for_callers(type(error)):
        request.state.error = type(error).__name__
        what, fix = "The server cannot answer this now.", "Tell the operator the request id."
        return answer(request, problem(request, status, what, "The request was not finished.", fix), headers)
    named = error.fields.items() if isinstance(error, InvalidFields) else ()
    errors = tuple(FieldProblem(pointer=f"/body/{field}", detail=detail) for field, detail in named)
    found = problem(request, status, error.what, error.done, error.fix, code_of(error), errors=errors)
    return answer(request, found, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = tuple(
        FieldProblem(pointer="/" + "/".join(str(part) for part in one["loc"]), detail=str(one["msg"]))
        for one in error.errors()[:20]
    )
    found = problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request was not understood.",
        "Nothing was done.",
        "Correct what `errors` points at.",
        errors=errors,
    )
    return answer(request, found)


async def _not_text(request: Request, _error: Exception) -> Response:
    """A lone half of a character, which JSON can escape and nothing can store."""
    found = problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "It holds characters that are not text.",
        "Nothing was changed.",
        "Send valid Unicode: no lone surrogates.",
    )
    return answer(request, found)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    found = problem(request, status, f"{status.phrase}.", "Nothing was done.", _FIXES.get(status, _CORRECT))
    return answer(request, found, dict(error.headers or {}))


def _wanted(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
