"""`/metrics`: figures for Prometheus, for auditors and operators: they name every source."""

from typing import Annotated

from fastapi import Depends, Response

from pipeline.domain.identity.roles import Caller, Role
from pipeline.telemetry.prometheus import CONTENT_TYPE
from pipeline.web.dependencies import MetricsDep
from pipeline.web.security.access import allow, guarded_router

router = guarded_router()

_ROLES = (Role.AUDITOR, Role.OPERATOR)


@router.get("/metrics")
def figures(metrics: MetricsDep, caller: Annotated[Caller, Depends(allow(*_ROLES))]) -> Response:
    """Every figure of this moment, in the text format."""
    caller.require(*_ROLES)
    text: bytes = metrics.exposition.text()
    return Response(text, headers={"content-type": CONTENT_TYPE})
