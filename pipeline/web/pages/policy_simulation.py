"""`/policy/simulate`: a policy tried on the verdicts on record, next to the policy in force.

Invariants: nothing is kept; the text that was sent comes back only in the form it was typed into. The service holds the
rules about rights.
"""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from pipeline.domain.errors import CorpusgateError, InvalidFields
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.backtest import MOST_WEEKS, WEEKS
from pipeline.reports.policy_simulation import SIMULATING, PolicyComparison, SimulationQuestion
from pipeline.web.dependencies import SimulatingDep, WorkspaceDep
from pipeline.web.display.messages import status_for
from pipeline.web.display.page import page
from pipeline.web.pages.documents import link
from pipeline.web.security.access import CSRF_FIELD, allow, guarded_router
from pipeline.web.serving.simulating import MOST_CHARACTERS
from pipeline.workspace import Workspace

router = guarded_router("/policy/simulate")

SAMPLE = 10_000
"""Documents of a simulation on the page, unless another number is typed: an answer in seconds."""
_ROWS = 20
_NOTHING = "Nothing was simulated."
_WORDS = {
    "sample": "A whole number of documents, or empty for all.",
    "weeks": f"A whole number from 0 to {MOST_WEEKS}.",
    "policy": f"Choose a file or paste a policy, of at most {MOST_CHARACTERS:,} characters.",
}

Simulator = Annotated[Caller, Depends(allow(*SIMULATING))]


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policy: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    source: str = Field(default="", max_length=200)
    sample: int | None = Field(default=None, ge=1)
    weeks: int = Field(default=WEEKS, ge=0, le=MOST_WEEKS)


@router.get("")
def form(request: Request, workspace: WorkspaceDep, _: Simulator) -> HTMLResponse:
    """The form."""
    return _page(request, workspace, {"sample": str(SAMPLE), "weeks": str(WEEKS)})


@router.post("")
async def try_policy(
    request: Request, workspace: WorkspaceDep, simulating: SimulatingDep, caller: Simulator
) -> Response:
    """The differences that the policy would make."""
    sent = await request.form()
    given = {name: value for name in _Typed.model_fields if isinstance(value := sent.get(name), str)}
    try:
        typed = await _typed(sent, given)
        question = SimulationQuestion((typed.source,) if typed.source else (), typed.sample, typed.weeks)
        found = await run_in_threadpool(simulating.try_policy, caller, typed.policy, question)
    except CorpusgateError as problem:
        if "hx-request" in request.headers:
            raise  # the page is there already, and shows the sentences of the error
        return await run_in_threadpool(_page, request, workspace, given, problem=problem)
    return await run_in_threadpool(_page, request, workspace, given, found=found)


async def _typed(sent: FormData, given: dict[str, str]) -> _Typed:
    """The fields of the form, checked. Raises `InvalidFields`, which repeats no value."""
    if not set(sent) <= {*_Typed.model_fields, "file", CSRF_FIELD}:
        raise InvalidFields({"form": "It has fields that are not known here."}, done=_NOTHING)
    fields: dict[str, Any] = {name: value.strip() for name, value in given.items() if value.strip()}
    upload = sent.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        if "policy" in fields:
            raise InvalidFields({"policy": "Choose a file or paste a policy, not both."}, done=_NOTHING)
        try:
            fields["policy"] = (await upload.read()).decode("utf-8")
        except UnicodeDecodeError:
            raise InvalidFields({"policy": "The file is not UTF-8."}, done=_NOTHING) from None
    try:
        return _Typed.model_validate(fields)
    except ValidationError as error:
        names = {str(one["loc"][0]): _WORDS.get(str(one["loc"][0]), "It is not known here.") for one in error.errors()}
        raise InvalidFields(names, done=_NOTHING) from None


def _page(
    request: Request,
    workspace: Workspace,
    given: dict[str, str],
    *,
    found: PolicyComparison | None = None,
    problem: CorpusgateError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "pages/policy_simulation.html",
        status=status_for(problem),
        given=given,
        found=found,
        problem=problem,
        sources=[source.name for source in workspace.sources.sources()],
        most_weeks=MOST_WEEKS,
        most_characters=MOST_CHARACTERS,
        rows=_ROWS,
        link=link,
    )
