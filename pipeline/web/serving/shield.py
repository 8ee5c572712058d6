"""The outermost layer: host names, headers, request ids, the access log, and the last check of default deny.

Invariants: only an error leaves without a role check, whatever answered. A request for another host name is refused
(DNS rebinding). The log holds the route's pattern, never a path, query, body or header of a request, and of a defect
only places in the code (law 4).
"""

import secrets
import time
import traceback
from collections.abc import Callable, Collection
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.domain.errors import NotAllowed
from pipeline.web.display.errors import answer, defect, problem

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that, browsers send `Origin: null` with forms, and the origin could not be checked.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000"
LEAVE_FROM = 400
"""Answers from this status on are refusals and need no leave."""

Observe = Callable[[str, str, int, float], None]
"""What is told of every request: method, route, status, seconds."""

log = structlog.get_logger("corpusgate.web")


class Shield:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], observe: Observe | None = None) -> None:
        self._app, self._observe = app, observe
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._app, self._hosts, scope, receive, send)
        await exchange.run()
        if self._observe:
            self._observe(exchange.method, exchange.route, exchange.status, exchange.seconds)


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._hosts = app, hosts
        self._scope, self._receive, self._send = scope, receive, send
        self._state = scope["state"] = dict(scope.get("state") or {})
        self._state["request_id"] = secrets.token_hex(8)
        self.status = 0
        self._withheld = False
        self._started = time.monotonic()

    @property
    def method(self) -> str:
        return self._scope["method"] if self._scope["method"].isalpha() else "-"

    @property
    def route(self) -> str:
        """Pattern of the route that answered."""
        return str(getattr(self._scope.get("route"), "path", "-"))

    @property
    def seconds(self) -> float:
        """Since the request came."""
        return time.monotonic() - self._started

    async def run(self) -> None:
        try:
            if refusal := self._refusal():
                nothing, fix = "Nothing was done.", "Correct the address."
                found = problem(self._request(), HTTPStatus.BAD_REQUEST, refusal, nothing, fix)
                await answer(self._request(), found)(self._scope, self._receive, self._answer)
            else:
                await self._app(self._scope, self._receive, self._answer)
        except Exception as error:
            self._state["error"] = type(error).__name__
            places = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
            log.error("defect", request_id=self._state["request_id"], error=type(error).__name__, places=places)
            if not self.status:
                await defect(self._request())(self._scope, self._receive, self._answer)
        finally:
            self._log()

    async def _answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] < LEAVE_FROM and not self._state.get("authorised"):
                await self._withhold()
                return
            self.status = int(message["status"])
            self._add_headers(MutableHeaders(scope=message))
        if not self._withheld or message.get("ours"):
            await self._send(message)

    async def _withhold(self) -> None:
        self._state["error"] = NotAllowed.__name__
        fix = "Tell the operator the request id: the route checks no role."
        found = problem(
            self._request(), HTTPStatus.FORBIDDEN, "No one may use this address.", "Its answer was withheld.", fix
        )

        async def ours(message: Message) -> None:
            await self._answer({**message, "ours": True})

        self._withheld = True
        await answer(self._request(), found)(self._scope, self._receive, ours)

    def _add_headers(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        headers["X-Request-Id"] = self._state["request_id"]
        if self._scope["scheme"] == "https":
            headers.setdefault("Strict-Transport-Security", HSTS)

    def _refusal(self) -> str:
        if not self._known_host():
            return "This server does not go by that name."
        if "\0" in self._scope["path"] or b"%00" in self._scope["query_string"]:
            return "Nothing here has a name with a NUL character in it."
        return ""

    def _known_host(self) -> bool:
        given = Headers(scope=self._scope).getlist("host")
        if len(given) != 1:
            return False
        host = given[0].lower()
        name = host if host.endswith("]") else host.rpartition(":")[0] if ":" in host else host
        return name in self._hosts

    def _request(self) -> Request:
        return Request(self._scope, self._receive)

    def _log(self) -> None:
        caller = self._state.get("caller")
        log.info(
            "request",
            request_id=self._state["request_id"],
            method=self.method,
            route=self.route,
            status=self.status,
            milliseconds=round(self.seconds * 1000),
            caller=caller.name if caller else "-",
            error=self._state.get("error", ""),
        )
