"""`/v1/search`: questions, answered from documents that the caller may read.

Invariants: the caller comes from the token alone; a body that names a principal is refused. Asking as another
principal is another route, for auditors, and audited.
"""

from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.frozen import Frozen
from pipeline.search.answers import Answer
from pipeline.search.point_in_time import PointInTime, could_retrieve
from pipeline.web.dependencies import SearchingDep, WorkspaceDep
from pipeline.web.parameters import Auditor, Reader
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/search", tag="search", in_schema=True)

MOST_RESULTS = 100
Question = Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"\S")]
Results = Annotated[int, Field(ge=1, le=MOST_RESULTS)]


class SearchRequest(BaseModel):
    """A question, and how many results at most."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"question": "How much notice do I have to give?", "k": 3}]}
    )

    question: Question
    k: Results = 10


class SearchAs(SearchRequest):
    """A question as somebody else, now or at an earlier moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"question": "What does the board earn?", "principal": "user:ada", "at": "2026-11-20T10:00Z"}]
        }
    )

    principal: str = Field(min_length=1, max_length=200, pattern=r"^\S+$")
    at: str | None = Field(default=None, max_length=40, description="A time, or the number of a generation.")


class Answers(Frozen):
    """Results, best first."""

    answers: tuple[Answer, ...]


@router.post("")
async def search(searching: SearchingDep, caller: Reader, asked: SearchRequest) -> Answers:
    """The passages closest in meaning among those the caller may read."""
    return Answers(answers=tuple(await searching.search(caller.principal, asked.question, asked.k)))


@router.post("/explain")
async def explain(
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Auditor,
    asked: SearchAs,
) -> PointInTime:
    """What somebody could retrieve, now or then, and why or why not. For auditors; audited."""
    look = partial(could_retrieve, workspace, asked.principal, asked.question, at=asked.at, k=asked.k, by=caller)
    return await searching.run(look)
