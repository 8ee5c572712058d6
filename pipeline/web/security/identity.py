"""The caller of a request, from a verified bearer token or session cookie.

Invariants: identity is never taken from a body, a query or an unverified header. A session has the rights that its
token or its claims have now: revoking the token, or removing the principal from the configuration, ends it at the
next request. Failed attempts are counted before they are answered.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from pipeline.domain.errors import NotIdentified
from pipeline.domain.identity.roles import Caller
from pipeline.stores.identity.login_attempts import Attempts, LoginAttempts
from pipeline.stores.identity.sessions import Session, Sessions
from pipeline.stores.identity.tokens import token_id_of
from pipeline.web.security.jwts import Claims
from pipeline.web.security.provider import Login, Provider, kept
from pipeline.web.security.provider import caller as caller_of_claims
from pipeline.workspace import Workspace

ADDRESS_FACTOR = 4
"""Several people may share an address; so many times more attempts are free for it than for one token."""
IDENTIFIED_AT_ONCE = 8
"""A crowd at the door must not take the processors from those already let in."""
_NETWORK_BITS = 64
"""An IPv6 client can choose any address of its network."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A verified caller, with the session the request came in, if it was one."""

    caller: Caller
    session_secret: str | None = None


def csrf_token(session_secret: str) -> str:
    """The token that forms of a session carry: derived from its id, which no page or script can read."""
    return hmac.new(session_secret.encode(), b"corpusgate csrf", hashlib.sha256).hexdigest()


class Authenticator:
    """Verifies requests, and opens and closes sessions."""

    def __init__(self, workspace: Workspace) -> None:
        settings = workspace.home.settings.identity
        self._workspace = workspace
        self._free = settings.free_attempts
        self.sessions = Sessions(workspace.database, settings.session_hours, settings.session_idle_minutes)
        self.attempts = LoginAttempts(workspace.database, settings.longest_wait_seconds)
        self._limiter: CapacityLimiter | None = None
        self.provider = Provider(settings.provider) if settings.provider else None

    async def identified(self, request: Request) -> Identified | None:
        """`identify`, off the event loop."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(IDENTIFIED_AT_ONCE)
        return await to_thread.run_sync(self.identify, request, limiter=self._limiter)

    def identify(self, request: Request) -> Identified | None:
        """The verified sender; None if the request names no one. Raises `NotIdentified` for a bad bearer token."""
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, presented = header.partition(" ")
            if scheme.lower() != "bearer":
                raise NotIdentified("Only bearer tokens are understood.", fix="Send `Authorization: Bearer TOKEN`.")
            return Identified(self.by_token(presented.strip(), client_address(request)))
        secret = request.cookies.get(cookie_name(request))
        session = self.sessions.find(secret) if secret else None
        if secret is None or session is None:
            return None
        try:
            return Identified(self._by_session(session), secret)
        except NotIdentified:
            return None

    def by_token(self, presented: str, address: str) -> Caller:
        """The holder of a token. Failures are counted. Raises `NotIdentified` or `TooManyAttempts`."""
        counted = self.counted(presented, address)
        self.attempts.check(counted)
        try:
            if self.provider and token_id_of(presented) is None:
                return self._mapped(self.provider.by_access_token(presented), "oidc")
            return self._workspace.tokens.identify(presented)
        except NotIdentified:
            self.attempts.failed(counted)
            raise

    def log_in(self, presented: str, address: str) -> tuple[Caller, str]:
        """Open a session for the holder of a token; the caller and the session's id."""
        caller = self.by_token(presented, address)
        self.attempts.succeeded(self.counted(presented, address)[1:])
        secret = self.sessions.open(caller.name, "token", token_id=token_id_of(presented))
        return caller, secret

    def log_in_by_code(self, code: str, login: Login, redirect_uri: str, address: str) -> tuple[Caller, str]:
        """Open a session for the person to whom the provider gave the code; the caller and the session's id."""
        assert self.provider is not None
        counted = self.counted("", address)
        self.attempts.check(counted)
        try:
            claims = self.provider.by_code(code, login, redirect_uri)
            caller = self._mapped(claims, "session")
        except NotIdentified:
            self.attempts.failed(counted)
            raise
        return caller, self.sessions.open(caller.name, "oidc", claims=kept(claims, self.provider.settings))

    def counted(self, presented: str, address: str) -> Sequence[Attempts]:
        """What an attempt counts for: the address, and the token as tried from there.

        Not the token alone: anyone who knows its public part could lock its holder out from anywhere.
        """
        token_id = token_id_of(presented)
        mine = [Attempts(f"token {token_id} from {address}", self._free)] if token_id else []
        return [Attempts(f"address {address}", self._free * ADDRESS_FACTOR), *mine]

    def _by_session(self, session: Session) -> Caller:
        if session.token_id is not None:
            return self._workspace.tokens.caller_of(self._workspace.tokens.still_valid(session.token_id), "session")
        if session.claims is not None and self.provider is not None:
            return self._mapped(session.claims, "session")
        raise NotIdentified("The way this session was opened is no longer configured.", fix="Log in again.")

    def _mapped(self, claims: Claims, means: str) -> Caller:
        assert self.provider is not None
        principals = self._workspace.principals
        caller = caller_of_claims(claims, self.provider.settings, principals.current(), means)
        principals.note_request(caller.principal, caller.grants)
        return caller


def client_address(request: Request) -> str:
    """The client's address, or its network for IPv6."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _NETWORK_BITS), strict=False))
    return str(address)


def cookie_name(request: Request) -> str:
    """With TLS the name itself makes browsers refuse the cookie from other hosts and from plain HTTP."""
    return "__Host-corpusgate" if request.url.scheme == "https" else "corpusgate"


def set_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(request), secret, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def drop_session(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
