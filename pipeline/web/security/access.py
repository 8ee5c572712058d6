"""Default deny for every route: its declared roles, enforced before a request is read.

Invariants: a route names the roles that may use it with `Depends(allow(…))`, or says `Depends(PUBLIC)`. A route that
says neither is refused before its function runs, and an answer without a check never leaves (`shield`). The caller is
verified, and for requests with a cookie the CSRF token checked, before the body is parsed. A role here only opens the
route; the services decide what a role reaches (sources, classifications). A REST route refuses a query parameter that
it does not know: a filter with a typing error would list everything.
"""

import hmac
from collections.abc import Callable, Coroutine, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from pipeline.domain.errors import NotAllowed, NotIdentified
from pipeline.domain.identity.roles import Caller, Role
from pipeline.web.security.identity import Identified, csrf_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_HEADER, CSRF_FIELD = "X-CSRF-Token", "csrf"
BEARER = HTTPBearer(auto_error=False, description="A Corpusgate token, or an access token of the identity provider.")


class Allowed:
    """A dependency: the caller, who holds one of `roles` for something.

    Like `Public` it is asynchronous: what is not would be called in another thread, at every request.
    """

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)] = None
    ) -> Caller:
        """The caller that `authorise` verified."""
        caller: Caller = request.state.caller
        return caller


class Public:
    """A dependency: no identity is needed. For health, log-in and static files only."""

    roles: frozenset[Role] = frozenset()

    async def __call__(self) -> None:
        """Nothing to say."""


PUBLIC = Public()


def allow(*roles: Role) -> Allowed:
    """Who may use a route: callers with one of `roles`; without arguments, callers with any role."""
    return Allowed(frozenset(roles or Role))


def declared(route: APIRoute) -> Allowed | Public | None:
    """What a route declares; the first one counts."""
    return next((call for call in _calls(route.dependant) if isinstance(call, Allowed | Public)), None)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_parameters(inner)


def _unknown_parameter(known: frozenset[str]) -> RequestValidationError:
    may = f"It may have: {', '.join(sorted(known))}." if known else "It may have none."
    return RequestValidationError(
        [{"loc": ("query",), "msg": f"The query has a parameter that is not known here. {may}"}]
    )


class GuardedRoute(APIRoute):
    """A route whose door is checked before its request is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        access = declared(self)
        known = frozenset(_query_parameters(self.dependant)) if self.include_in_schema else None

        async def guarded(request: Request) -> Response:
            try:
                await authorise(request, access)
                if known is not None and not request.query_params.keys() <= known:
                    raise _unknown_parameter(known)
                return await answer(request)
            finally:
                await request.close()  # a form that was read for its CSRF token holds files open

        return guarded


def guarded_router(prefix: str = "", *, tag: str = "", in_schema: bool = False) -> APIRouter:
    """A router of guarded routes; `in_schema` for the REST interface."""
    return APIRouter(prefix=prefix, tags=[tag] if tag else [], route_class=GuardedRoute, include_in_schema=in_schema)


async def authorise(request: Request, access: Allowed | Public | None) -> None:
    """Let a request through, or raise."""
    if access is None:
        raise _closed()
    if isinstance(access, Allowed):
        await _authorise(request, access)
    request.state.authorised = True


async def deny_by_default(request: Request) -> None:
    """Refuse what no guard let through: routes of routers that are not guarded."""
    if not getattr(request.state, "authorised", False):
        raise _closed()


async def _authorise(request: Request, access: Allowed) -> None:
    identified: Identified | None = await request.app.state.authenticator.identified(request)
    if identified is None:
        raise NotIdentified("You are not logged in.", done="Nothing was done.", fix="Log in, or send a bearer token.")
    request.state.caller, request.state.session = identified.caller, identified.session_secret
    if not any(identified.caller.may_somewhere(role) for role in access.roles):
        needed = ", ".join(sorted(role.value for role in access.roles))
        raise NotAllowed(
            f"{identified.caller.name} holds none of these roles: {needed}.",
            done="Nothing was done.",
            fix="Ask an operator for the role.",
        )
    if identified.session_secret is not None and request.method not in SAFE_METHODS:
        await _check_csrf(request, identified.session_secret)


async def _check_csrf(request: Request, session_secret: str) -> None:
    check_origin(request)
    given = request.headers.get(CSRF_HEADER, "")
    form = request.headers.get("content-type", "").lower().startswith(FORM_TYPES)
    if not given and form and not request.url.path.startswith("/v1/"):  # REST reads its bodies itself, as they arrive
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else ""
    if not hmac.compare_digest(given.encode(), csrf_token(session_secret).encode()):
        raise NotAllowed(
            "The page this came from is not of your present session.",
            done="Nothing was done.",
            fix="Reload the page and try again.",
        )


def check_origin(request: Request) -> None:
    """Raise `NotAllowed` unless the browser says that a page of ours sent this."""
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}".lower()
    if request.headers.get("origin", "").lower() != ours:
        raise NotAllowed(
            "The request came from another site.", done="Nothing was done.", fix="Use the pages of this server."
        )


def _closed() -> NotAllowed:
    return NotAllowed("No one may use this address.", done="Nothing was done.", fix="No role has access to it.")
