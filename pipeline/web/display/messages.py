"""Confirmation and result of an action: a page to confirm it, and a sentence on the page after it.

Invariants: a form does nothing without its confirmation. A crafted address cannot make a page report an action that
did not happen: the word in it is signed with the session's own token.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import Request

from pipeline.domain.errors import CorpusgateError, NotFound
from pipeline.web.display.errors import status_of
from pipeline.web.display.page import page
from pipeline.web.security.identity import csrf_token

PARAMETER = "done"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Something somebody is about to do."""

    title: str
    says: tuple[str, ...]
    """What it does, in sentences."""
    action: str
    """Where the confirmation is sent."""
    fields: Mapping[str, str]
    """What was filled in; sent again with the confirmation."""
    button: str
    back: str
    danger: bool = True
    listed: tuple[tuple[str, str], ...] = ()
    """Documents it is about, each with what happens to it."""
    unlisted: int = 0
    """How many more there are."""


def confirm(request: Request, step: Confirmation) -> HTMLResponse:
    """Ask once more; the form sends `confirmed=yes` with the same fields."""
    return page(request, "confirm.html", step=step)


def settle(act: Callable[[], Response], show: Callable[[CorpusgateError], Response]) -> Response:
    """Do what a form asked for; what a service refuses is answered with the page again and the reason.

    Raises:
        NotFound: What the form is about does not exist for this caller, so there is no page to show again.

    """
    try:
        return act()
    except NotFound:
        raise
    except CorpusgateError as problem:
        return show(problem)


def status_for(problem: CorpusgateError | None) -> int:
    """The status of a page that shows `problem`, or that shows none."""
    return HTTPStatus.OK if problem is None else status_of(type(problem))


def done(request: Request, path: str, word: str) -> Response:
    """Send the browser to `path`, where `said` knows the word."""
    joint = "&" if "?" in path else "?"
    target = f"{path}{joint}{PARAMETER}={word}.{_seal(request, word)}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER)


def said(request: Request, words: Mapping[str, str]) -> str:
    """What the word in the address stands for; empty when it is not ours, or not of this session."""
    word, _, seal = request.query_params.get(PARAMETER, "").partition(".")
    if word not in words or not hmac.compare_digest(seal.encode(), _seal(request, word).encode()):
        return ""
    return words[word]


def _seal(request: Request, word: str) -> str:
    secret: str | None = request.state.session
    return hmac.new(csrf_token(secret or "").encode(), f"done {word}".encode(), hashlib.sha256).hexdigest()[:16]
