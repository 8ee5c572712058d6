"""The application: pages and REST interface over one workspace. Read this first.

A noun has a module in `pages` and one in `rest`. Each makes its `router` with `access.guarded_router` and is named in
`PAGES` or `REST` here; each of its routes says who may use it: `Depends(allow(Role.REVIEWER))`. Services are parameters
(`dependencies.py`). A module of pages with a line in the navigation has a `NAVIGATION`.

Invariants: only declared routes are served (`access`, `shield`). Pages and REST hold no rules: services check what a
caller's roles reach.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from types import ModuleType
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from pipeline import __version__
from pipeline.reports.dashboard import Dashboards
from pipeline.settings.application import WebSettings
from pipeline.telemetry.server import ServerMetrics
from pipeline.web.display import errors
from pipeline.web.display.page import navigation_of
from pipeline.web.local.server import LocalSearch
from pipeline.web.pages import audit as audit_pages
from pipeline.web.pages import backups as backup_pages
from pipeline.web.pages import (
    break_glass,
    health,
    held,
    home,
    login,
    metrics,
    openapi,
    provider_login,
    review,
    static,
)
from pipeline.web.pages import controls as control_pages
from pipeline.web.pages import documents as document_pages
from pipeline.web.pages import evidence as evidence_pages
from pipeline.web.pages import exposure as exposure_pages
from pipeline.web.pages import findings as finding_pages
from pipeline.web.pages import generations as generation_pages
from pipeline.web.pages import policy as policy_pages
from pipeline.web.pages import policy_proposals as proposal_pages
from pipeline.web.pages import policy_simulation as simulation_pages
from pipeline.web.pages import quarantine as quarantine_pages
from pipeline.web.pages import report as report_pages
from pipeline.web.pages import retrievals as retrieval_pages
from pipeline.web.pages import runs as run_pages
from pipeline.web.pages import search as search_pages
from pipeline.web.pages import sources as source_pages
from pipeline.web.pages import submissions as submission_pages
from pipeline.web.pages import waivers as waiver_pages
from pipeline.web.rest import (
    audit,
    backups,
    controls,
    documents,
    erasures,
    exposure,
    findings,
    generations,
    keys,
    policy,
    policy_proposals,
    principals,
    quarantine,
    report,
    retrievals,
    reviews,
    revocations,
    runs,
    scan,
    search,
    sources,
    submissions,
    trace,
    waivers,
)
from pipeline.web.rest import held as rest_held
from pipeline.web.rest.schema import described
from pipeline.web.security.access import deny_by_default
from pipeline.web.security.identity import Authenticator
from pipeline.web.serving.checkpoint_loop import signing
from pipeline.web.serving.health import Health
from pipeline.web.serving.notification_loop import telling
from pipeline.web.serving.rounds import rounds
from pipeline.web.serving.scanning import Scanning
from pipeline.web.serving.searching import Searching
from pipeline.web.serving.shield import Shield
from pipeline.web.serving.simulating import Simulating
from pipeline.workspace import Workspace

PAGES: tuple[ModuleType, ...] = (
    *(health, metrics, static, login, provider_login, home, openapi),
    *(review, held, waiver_pages, break_glass, submission_pages),
    *(search_pages, document_pages, source_pages, run_pages, generation_pages),
    *(policy_pages, simulation_pages, proposal_pages, audit_pages),
    *(exposure_pages, finding_pages, control_pages, report_pages, quarantine_pages, backup_pages),
    *(evidence_pages, retrieval_pages),
)
REST: tuple[ModuleType, ...] = (
    search,
    findings,
    documents,
    submissions,
    reviews,
    quarantine,
    sources,
    rest_held,  # before `generations`: `held` is not a number
    generations,
    runs,
    revocations,
    erasures,
    scan,
    trace,
    audit,
    backups,
    controls,
    exposure,
    principals,
    retrievals,
    report,
    waivers,
    policy,
    policy_proposals,
    keys,
)
UPLOADS: tuple[ModuleType, ...] = (submissions, submission_pages, scan)
"""Whose requests may be as large as `max_upload_bytes`."""

POLICY_SECONDS = 30.0
"""Pause between two looks at the policy, which a run of another process may have put in force."""
PRINCIPALS_SECONDS = 30.0
"""Pause between two looks at the identity file, so that its history is kept without requests."""
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def create_app(workspace: Workspace, host: str | None = None, *, local: bool = False) -> FastAPI:
    """The ASGI application of a home, listening at `host` or where its settings say.

    With `local` it answers searches of the command line too, over the socket of the home.
    """
    settings = workspace.home.settings.web
    app = FastAPI(
        title="Corpusgate",
        version=__version__,
        summary="The gate between documents and a retrieval index.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(deny_by_default)],
        max_body_size=settings.max_body_bytes,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.workspace = workspace
    app.state.authenticator = Authenticator(workspace)
    app.state.searching = Searching(workspace)
    app.state.scanning = Scanning(workspace)
    app.state.simulating = Simulating(workspace)
    app.state.local = LocalSearch(workspace, app.state.searching) if local else None
    app.state.health = Health(workspace, app.state.searching)
    app.state.dashboards = Dashboards(workspace)
    app.state.metrics = ServerMetrics(workspace)
    app.state.navigation = navigation_of(PAGES)
    errors.install(app)
    app.openapi = partial(described, app)  # type: ignore[method-assign]
    for module in (*REST, *PAGES):  # tried in turn at every request, and most requests are REST's
        uploads = settings.max_upload_bytes if module in UPLOADS else None
        app.include_router(module.router, max_body_size=uploads)
    observe = app.state.metrics.requests.observe
    app.add_middleware(Shield, hosts=host_names(settings, host or settings.host), observe=observe)
    return app


def routes() -> Iterator[APIRoute]:
    """Every route there is."""
    for module in (*PAGES, *REST):
        for route in module.router.routes:
            assert isinstance(route, APIRoute), "only guarded routes are served"
            yield route


def host_names(settings: WebSettings, host: str) -> set[str]:
    """The names requests may use for this server."""
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    wildcard = host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    bound = [] if wildcard else [f"[{host}]" if ":" in host else host]
    return {*LOOPBACK_NAMES, *settings.hosts, *bound, *([public] if public else [])}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    local: LocalSearch | None = app.state.local
    workspace: Workspace = app.state.workspace
    recorded = workspace.home.settings.retrievals
    async with (
        app.state.searching.prepared(),
        telling(workspace),
        rounds("retrievals", workspace.retrievals.load, recorded.record_seconds, at_end=True),
        rounds("policy", workspace.home.read_policy_again, POLICY_SECONDS),
        rounds("principals", workspace.principals.current, PRINCIPALS_SECONDS),
        signing(workspace),
        local.answering() if local else nullcontext(),
    ):
        yield
