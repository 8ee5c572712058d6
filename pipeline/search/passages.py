"""Search as another principal, for auditors, and why a passage may be read.

Invariants: an auditor sees which passages another principal would get, and only the text that the auditor's own tags
permit (law 2). The search is on record before it returns.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.access_reasons import permissions_used
from pipeline.domain.identity.permissions import Principal, permits
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.index.search.hits import Trace
from pipeline.search import answers
from pipeline.search.answers import Answer
from pipeline.stores.ledger.history import VersionRecord
from pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a served passage comes from."""

    trace: Trace
    version: VersionRecord
    keeps: bool
    """Whether the caller keeps the passage's source, and may see more than its readers."""


class ShownPassage(Frozen):
    """A result as a page shows it."""

    answer: Answer
    because: str
    """Why the one who asked, or is asked for, may read it."""
    readable: bool = True
    """Whether who looks may read the text."""


def search(workspace: Workspace, caller: Caller, question: str, k: int) -> list[ShownPassage]:
    """What the caller finds, each with why they may read it."""
    caller.require(Role.READER)
    return [
        ShownPassage(answer=answer, because=_because(workspace, answer, caller.principal))
        for answer in answers.search(workspace, caller.principal, question, k, door="page")
    ]


def search_as(workspace: Workspace, caller: Caller, name: str, question: str, k: int) -> list[ShownPassage]:
    """What the principal of that name would find now; the auditor's looking is audited."""
    caller.require(Role.AUDITOR)
    other = workspace.principals.current().principal(name)
    moment = datetime.now(UTC)
    shown: list[ShownPassage] = []

    def readable(answer: Answer) -> bool:
        rule = workspace.ledger.version(answer.version_id).provenance.access
        reads = permits(rule, caller.principal, moment)
        shown.append(ShownPassage(answer=answer, because=permissions_used(rule, other), readable=reads))
        return reads

    found = answers.search_as(workspace, other.name, question, k, by=caller.name, door="page", readable=readable)
    return [passage.model_copy(update={"answer": answer}) for passage, answer in zip(shown, found, strict=True)]


def trace(workspace: Workspace, caller: Caller, chunk_id: str) -> Origin:
    """Where a served passage comes from, for callers who may read it or keep its source.

    Raises:
        NotFound: No such passage is served, or the caller may not know of it.

    """
    found = workspace.searcher.trace(chunk_id)
    if found is None or not workspace.ledger.live_versions([found.version_id]):
        raise _no_chunk()
    reads = caller.may(Role.READER) and permits(found.access, caller.principal, datetime.now(UTC))
    kept = keeps(caller, source_of(found.doc_id), found.access.classification)
    if not reads and not kept:
        raise _no_chunk()
    return Origin(trace=found, version=workspace.ledger.version(found.version_id), keeps=kept)


def _because(workspace: Workspace, answer: Answer, principal: Principal) -> str:
    return permissions_used(workspace.ledger.version(answer.version_id).provenance.access, principal)


def _no_chunk() -> NotFound:
    return NotFound("No served passage has that id.", done="Nothing was shown.", fix="Ids come from searches.")
