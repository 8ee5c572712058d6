"""Running the application: where it listens, with what protection, and how it stops.

Invariants: an address that other machines reach is served only with TLS, or behind a proxy that a flag names.
Forwarded headers are trusted only then, and only from the configured proxies. On SIGTERM no new request is taken and
those under way may finish, for a bounded time.
"""

import ipaddress
import logging
import signal
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from pipeline.domain.errors import ConfigError, UsageError
from pipeline.telemetry.prometheus import offered
from pipeline.web.app import create_app
from pipeline.web.serving.connections import guarded_protocol
from pipeline.workspace import Workspace

MOST_HEADERS = 32_768
"""Bytes of a request's line and headers."""
MOST_CONNECTIONS = 512
KEEP_ALIVE_SECONDS = 10
SWITCH_SECONDS = 0.0005
"""How long one thread computes while others wait for their turn.

Every statement and every layer of the model gives its turn away and waits for it again, often within a transaction that
others wait for; at the usual 5 ms a few busy threads made each request take seconds.
"""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False

    @property
    def scheme(self) -> str:
        """How browsers reach it directly."""
        return "https" if self.certificate else "http"

    def check(self) -> None:
        """Raise `UsageError` for an address that must not be served so."""
        if bool(self.certificate) != bool(self.key):
            raise UsageError("TLS needs a certificate and its key.", fix="Give --tls-cert and --tls-key together.")
        if not self.certificate and not self.behind_proxy and not is_loopback(self.host):
            raise UsageError(
                f"{self.host} is reachable from other machines, and nothing would be encrypted.",
                done="The server was not started.",
                fix="Give --tls-cert and --tls-key, or --behind-proxy where a proxy with TLS stands before it.",
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(workspace: Workspace, listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT."""
    listening.check()
    _refuse_taken(listening)
    sys.setswitchinterval(SWITCH_SECONDS)
    log_to_standard_error()
    # The server raises the signal again once it has stopped; to have been asked to stop is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    configured, settings = configuration(workspace, listening), workspace.home.settings.metrics
    with offered(configured.app.state.metrics.exposition, settings.host, settings.port):  # type: ignore[union-attr]
        uvicorn.Server(configured).run()


def _refuse_taken(listening: Listening) -> None:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        socket.create_server((listening.host, listening.port), family=family).close()
    except OSError as error:
        raise UsageError(
            f"Nothing can listen on {listening.host}, port {listening.port}: {error.strerror}.",
            done="The server was not started.",
            fix="Give another --port or --host.",
        ) from None


def configuration(workspace: Workspace, listening: Listening) -> uvicorn.Config:
    """How uvicorn is told all that."""
    web = workspace.home.settings.web
    config = uvicorn.Config(
        create_app(workspace, listening.host, local=True),
        host=listening.host,
        port=listening.port,
        ssl_certfile=listening.certificate,
        ssl_keyfile=str(listening.key) if listening.key else None,
        proxy_headers=listening.behind_proxy,
        forwarded_allow_ips=list(workspace.home.settings.web.proxies),
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=workspace.home.settings.web.stop_seconds,
        h11_max_incomplete_event_size=MOST_HEADERS,
        http=guarded_protocol(
            MOST_CONNECTIONS,
            web.connections_per_address,
            web.header_seconds,
            web.proxies if listening.behind_proxy else (),
        ),
        ws="none",
        lifespan="on",
    )
    if listening.certificate:
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"The certificate or its key cannot be used ({type(error).__name__}).",
                done="The server was not started.",
                fix="Give PEM files that belong together and that this user can read.",
            ) from None
        assert config.ssl is not None
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def log_to_standard_error() -> None:
    """One JSON object a line."""
    logging.basicConfig(level=logging.WARNING, format='{"level": "%(levelname)s", "event": "%(name)s"}')
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
