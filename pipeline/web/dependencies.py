"""Parameters of routes: the workspace of this server and its services, for FastAPI to fill in.

Invariant: like the guards of `security/access.py` these are asynchronous: FastAPI would call others in another thread,
at every request. Nothing is opened here that the application had not opened before its first request.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from pipeline.reports.dashboard import Dashboards
from pipeline.review.generations import HeldGenerationService
from pipeline.review.questions import QuestionService
from pipeline.review.registrations import RegistrationService
from pipeline.review.service import ReviewService
from pipeline.review.waivers import WaiverService
from pipeline.submissions.service import SubmissionService
from pipeline.telemetry.server import ServerMetrics
from pipeline.web.security.identity import Authenticator
from pipeline.web.serving.health import Health
from pipeline.web.serving.scanning import Scanning
from pipeline.web.serving.searching import Searching
from pipeline.web.serving.simulating import Simulating
from pipeline.workspace import Workspace

_Service = TypeVar("_Service")


def workspace_of(request: Request) -> Workspace:
    """The workspace that the application serves."""
    workspace: Workspace = request.app.state.workspace
    return workspace


def _from_workspace(find: Callable[[Workspace], _Service]) -> Callable[[Request], Coroutine[Any, Any, _Service]]:
    async def dependency(request: Request) -> _Service:
        return find(workspace_of(request))

    return dependency


def _from_application(name: str) -> Callable[[Request], Coroutine[Any, Any, Any]]:
    async def dependency(request: Request) -> Any:
        return getattr(request.app.state, name)

    return dependency


WorkspaceDep = Annotated[Workspace, Depends(_from_workspace(lambda workspace: workspace))]
ReviewsDep = Annotated[ReviewService, Depends(_from_workspace(lambda workspace: workspace.reviews))]
QuestionsDep = Annotated[QuestionService, Depends(_from_workspace(lambda workspace: workspace.questions))]
WaiversDep = Annotated[WaiverService, Depends(_from_workspace(lambda workspace: workspace.waivers))]
HeldDep = Annotated[HeldGenerationService, Depends(_from_workspace(lambda workspace: workspace.held_generations))]
RegistrationsDep = Annotated[RegistrationService, Depends(_from_workspace(lambda workspace: workspace.registrations))]
SubmissionsDep = Annotated[SubmissionService, Depends(_from_workspace(lambda workspace: workspace.submissions))]
AuthenticatorDep = Annotated[Authenticator, Depends(_from_application("authenticator"))]
SearchingDep = Annotated[Searching, Depends(_from_application("searching"))]
SimulatingDep = Annotated[Simulating, Depends(_from_application("simulating"))]
ScanningDep = Annotated[Scanning, Depends(_from_application("scanning"))]
HealthDep = Annotated[Health, Depends(_from_application("health"))]
DashboardsDep = Annotated[Dashboards, Depends(_from_application("dashboards"))]
MetricsDep = Annotated[ServerMetrics, Depends(_from_application("metrics"))]
