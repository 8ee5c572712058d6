"""`/v1/exposure`: who received something, and who could have."""

from typing import Annotated

from fastapi import Path, Query

from pipeline.domain.serving.exposure import Exposure, ExposureKind
from pipeline.reports.exposure import ExposureQuestion, exposure
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import Auditor, UtcMoment
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/exposure", tag="exposure", in_schema=True)


@router.get("/{kind}/{subject:path}")
def exposed(
    workspace: WorkspaceDep,
    caller: Auditor,
    kind: Annotated[ExposureKind, Path(description="Kind of the subject.")],
    subject: Annotated[str, Path(max_length=4_000, description="A whole name or id.")],
    since: Annotated[UtcMoment | None, Query(description="From this time on.")] = None,
    until: Annotated[UtcMoment | None, Query(description="Before this time.")] = None,
) -> Exposure:
    """When it was served, who received it, who could have, and what else came with it. For auditors."""
    return exposure(workspace, caller, ExposureQuestion(subject, kind, since, until))
