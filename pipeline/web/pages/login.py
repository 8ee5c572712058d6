"""`/login` and `/logout`: a token opens a session."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pipeline.domain.errors import NotIdentified, TooManyAttempts
from pipeline.web.dependencies import AuthenticatorDep
from pipeline.web.display.page import page
from pipeline.web.parameters import Anyone
from pipeline.web.security.access import PUBLIC, check_origin, guarded_router
from pipeline.web.security.identity import Authenticator, client_address, cookie_name, drop_session, set_session

router = guarded_router()
START = "/"


def local(wanted: str) -> str:
    """`wanted` when it is a page of this server, else the start: no log-in leads to another site."""
    decoded = unquote(wanted)
    parts = urlsplit(wanted)
    plain = decoded.isprintable() and "\\" not in decoded and " " not in wanted
    inside = wanted.startswith("/") and not decoded.startswith("//") and not parts.scheme and not parts.netloc
    return wanted if plain and inside and not wanted.startswith(("/login", "/logout")) else START


@router.get("/login", dependencies=[Depends(PUBLIC)])
def login_form(
    request: Request,
    authenticator: AuthenticatorDep,
    next: str = START,  # noqa: A002 - the parameter's public name
) -> HTMLResponse:
    """The form."""
    return page(request, "login.html", next=local(next), problem=None, provider=_provider(authenticator))


@router.post("/login", dependencies=[Depends(PUBLIC)])
async def log_in(
    request: Request,
    authenticator: AuthenticatorDep,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = START,  # noqa: A002
) -> Response:
    """Open a session for the holder of the token."""
    check_origin(request)
    try:
        caller, secret = await run_in_threadpool(authenticator.log_in, token, client_address(request))
    except NotIdentified as error:
        waits = isinstance(error, TooManyAttempts)
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooManyAttempts) else None
        status = HTTPStatus.TOO_MANY_REQUESTS if waits else HTTPStatus.UNAUTHORIZED
        return page(
            request, "login.html", status=status, headers=headers, next=local(next), problem=error, provider=None
        )
    request.state.caller = caller
    return await enter(request, authenticator, secret, lambda: RedirectResponse(local(next), HTTPStatus.SEE_OTHER))


async def enter(
    request: Request, authenticator: Authenticator, secret: str, respond: Callable[[], Response]
) -> Response:
    """Give the browser its new session; the one it had ends."""
    if before := request.cookies.get(cookie_name(request)):
        await run_in_threadpool(authenticator.sessions.close, before)
    response = respond()
    set_session(request, response, secret)
    return response


def _provider(authenticator: Authenticator) -> str:
    """What the identity provider is called; nothing where browsers cannot log in there."""
    provider = authenticator.provider
    return provider.settings.name if provider and provider.settings.client_id else ""


@router.post("/logout")
def log_out(request: Request, authenticator: AuthenticatorDep, _: Anyone) -> Response:
    """End the session."""
    if request.state.session is not None:
        authenticator.sessions.close(request.state.session)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    drop_session(request, response)
    return response
