"""`/v1/trace`: from a served passage back to source bytes, model and policy.

Invariant: callers who may read a passage see where it comes from; access, verdict and place in the index are for those
who keep its source, as on the page.
"""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Path

from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.search import passages
from pipeline.search.passages import Origin
from pipeline.web.dependencies import SearchingDep, WorkspaceDep
from pipeline.web.parameters import Anyone
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/trace", tag="search", in_schema=True)


class KeptTrace(Frozen):
    """The part of a trace for those who keep the source."""

    access_id: str
    access: AccessRule
    verdict: Action
    rules: tuple[str, ...]
    segment: str
    row: int


class TracedPassage(Frozen):
    """Where a served passage comes from."""

    chunk_id: str
    doc_id: str
    version_id: str
    start: int
    """Characters of the served text."""
    end: int
    ordinal: int
    text_digest: str
    source: str
    content_digest: str
    """SHA-256 of the bytes at the source."""
    owner: str
    ingested_at: datetime
    run_id: str
    classification: Classification
    generation: int
    generation_digest: str
    model_digest: str
    policy_digest: str
    kept: KeptTrace | None
    """Null for callers who do not keep the source."""


@router.get("/{chunk_id}")
async def trace(
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Anyone,
    chunk_id: Annotated[str, Path(max_length=100, description="As searches return it.")],
) -> TracedPassage:
    """Where a served passage comes from, for callers who may read it or keep its source."""
    return _traced(await searching.run(partial(passages.trace, workspace, caller, chunk_id)))


def _traced(origin: Origin) -> TracedPassage:
    found, version = origin.trace, origin.version
    provenance, generation, verdict = version.provenance, found.generation, version.verdicts[-1].verdict
    return TracedPassage(
        chunk_id=found.chunk_id,
        doc_id=found.doc_id,
        version_id=found.version_id,
        start=found.start,
        end=found.end,
        ordinal=found.ordinal,
        text_digest=found.text_digest,
        source=provenance.source,
        content_digest=provenance.content_digest,
        owner=provenance.owner,
        ingested_at=provenance.ingested_at,
        run_id=provenance.run_id,
        classification=found.access.classification,
        generation=generation.number,
        generation_digest=generation.digest,
        model_digest=generation.model_digest,
        policy_digest=generation.policy_digest,
        kept=None
        if not origin.keeps
        else KeptTrace(
            access_id=found.access_id,
            access=found.access,
            verdict=verdict.action,
            rules=verdict.rule_ids,
            segment=found.segment,
            row=found.row,
        ),
    )
