"""The incident that a bundle of evidence is about: a subject, its exposure, and the first audit entry about it.

Invariant: names, ids, digests and moments only. The written reasons of takedowns stay in the home (law 4).
"""

from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.domain.serving.exposure import ExposureKind
from pipeline.reports.exposure import ExposureQuestion, exposure
from pipeline.workspace import Workspace


class Incident(Frozen):
    """A subject, and what a bundle holds about it."""

    kind: ExposureKind
    subject: str
    first_entry: int
    """Number of the first audit entry about it; a bundle has every entry from there on."""
    exposure: bytes
    """Canonical JSON: who received it, who could have, takedowns, what else came from there."""


def incident(workspace: Workspace, by: Caller, subject: str) -> Incident:
    """The incident around a document, passage, source, run or model.

    Raises `NotFound` if there is no such subject, or if the audit log has no entry about it.
    """
    found = exposure(workspace, by, ExposureQuestion(subject))
    names = {found.subject, *(one.doc_id for one in found.listed)}
    first = next((event.seq for event in workspace.audit.events() if event.subject in names), None)
    if first is None:
        raise NotFound(
            f"The audit log has no entry about {found.kind.value} {found.subject}.",
            done="Nothing was written.",
            fix="Give the document, or a period.",
        )
    told = found.model_dump(mode="json", exclude={"asked_at"})
    for takedown in told["takedowns"]:
        del takedown["reason"]
    return Incident(kind=found.kind, subject=found.subject, first_entry=first, exposure=canonical_json(told))
