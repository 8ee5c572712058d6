"""What was done, said on the page one is sent to afterwards (post, redirect, get).

Invariant: an address cannot make a page say what did not happen: the word in it is signed with the session's own token.
"""

import hashlib
import hmac
from collections.abc import Mapping
from http import HTTPStatus

from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request

from pipeline.web.identity import csrf_token

PARAMETER = "done"


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
