"""`/login/provider` and `/login/callback`: logging in at the identity provider.

Invariants: state, nonce and PKCE verifier come from one random secret in a cookie of the browser that asked; without
it an answer is refused. The cookie lasts ten minutes and one answer.
"""

import base64
import binascii
import hmac
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from pipeline.domain.errors import NotAllowed, NotFound, NotIdentified
from pipeline.web.dependencies import AuthenticatorDep, WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.pages.login import START, enter, local
from pipeline.web.security.access import PUBLIC, guarded_router
from pipeline.web.security.identity import Authenticator, client_address, cookie_name
from pipeline.web.security.provider import Login, Provider
from pipeline.workspace import Workspace

router = guarded_router()
LASTS_SECONDS = 600
Text = Annotated[str, Query(max_length=4_000)]


@router.get("/login/provider", dependencies=[Depends(PUBLIC)])
async def ask_provider(
    request: Request,
    authenticator: AuthenticatorDep,
    workspace: WorkspaceDep,
    next: Text = START,  # noqa: A002 - the parameter's public name
) -> Response:
    """Send the browser to the provider."""
    provider = _provider(authenticator)
    secret = secrets.token_urlsafe(32)
    address = await run_in_threadpool(provider.log_in_address, Login(secret), _redirect_uri(request, workspace))
    response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    wanted = base64.urlsafe_b64encode(local(next).encode()).decode().rstrip("=")
    response.set_cookie(
        _cookie(request),
        f"{secret}.{wanted}",
        max_age=LASTS_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",  # it has to come along when the provider sends the browser back
        secure=request.url.scheme == "https",
    )
    return response


@router.get("/login/callback", dependencies=[Depends(PUBLIC)])
async def answered(
    request: Request,
    authenticator: AuthenticatorDep,
    workspace: WorkspaceDep,
    code: Text = "",
    state: Text = "",
    error: Text = "",
    iss: Text | None = None,
) -> Response:
    """Open a session for the person who logged in there."""
    provider = _provider(authenticator)
    secret, _, wanted = request.cookies.get(_cookie(request), "").partition(".")
    login = Login(secret)
    if not secret or not hmac.compare_digest(state.encode(), login.state.encode()):
        raise NotAllowed(
            "This log-in was not begun in this browser, or too long ago.",
            done="Nobody was logged in.",
            fix="Start again at /login.",
        )
    if error or not code or (iss is not None and iss != provider.settings.issuer):
        raise NotAllowed(
            "The identity provider did not log you in.", done="Nobody was logged in.", fix="Start again at /login."
        )
    address = client_address(request)
    try:
        caller, session = await run_in_threadpool(
            authenticator.log_in_by_code, code, login, _redirect_uri(request, workspace), address
        )
    except NotIdentified:
        raise NotAllowed(
            "The identity provider did not log you in.", done="Nobody was logged in.", fix="Start again at /login."
        ) from None
    request.state.caller = caller
    # A page, not a redirect: a browser would not send a SameSite=Strict cookie along a chain that began elsewhere.
    response = await enter(
        request, authenticator, session, lambda: page(request, "entered.html", next=_decoded(wanted))
    )
    response.delete_cookie(_cookie(request), path="/")
    return response


def _provider(authenticator: Authenticator) -> Provider:
    provider: Provider | None = authenticator.provider
    if provider is None or provider.settings.client_id is None:
        raise NotFound("Logging in with an identity provider is not set up.", fix="Log in with a token.")
    return provider


def _redirect_uri(request: Request, workspace: Workspace) -> str:
    public: str | None = workspace.home.settings.web.public_url
    return f"{public or str(request.base_url).rstrip('/')}/login/callback"


def _cookie(request: Request) -> str:
    return f"{cookie_name(request)}-login"


def _decoded(wanted: str) -> str:
    try:
        return local(base64.urlsafe_b64decode(wanted + "=" * (-len(wanted) % 4)).decode())
    except (binascii.Error, ValueError):
        return START
