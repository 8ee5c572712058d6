"""The retrieval log for people: receivers of passages, and times.

Invariants: only auditors, and the operator of this machine, may look. The journal is loaded first, so an answer that
has left is in the list.
"""

from collections.abc import Iterator
from datetime import datetime

from pipeline.domain.digests import fingerprint
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.retrievals import RecordedRetrieval, RetrievalFilter, RetrievalReport
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.workspace import Workspace


class Wanted(Frozen):
    """Which retrievals, in the words of the one who asks; what is not given does not restrict."""

    document: str = ""
    """Id, or an ending that only one document has."""
    chunk: str = ""
    principal: str = ""
    """Receiver of the answer, or the principal whose permissions were used."""
    question: str = ""
    """The exact words; compared by their keyed fingerprint."""
    generation: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


def retrievals(
    workspace: Workspace, caller: Caller, wanted: Wanted, before: int | None = None, size: int = 50
) -> list[RecordedRetrieval]:
    """Up to `size` retrievals before that position of the log, newest first. Raises `NotFound`, `NotAllowed`."""
    return _log(workspace, caller).page(_filter(workspace, wanted), before, size)


def every_retrieval(workspace: Workspace, caller: Caller, wanted: Wanted) -> Iterator[RecordedRetrieval]:
    """All of them, oldest first. Raises `NotFound`, `NotAllowed`."""
    return _log(workspace, caller).each(_filter(workspace, wanted))


def verified_retrievals(workspace: Workspace, caller: Caller) -> RetrievalReport:
    """Compare the log with the digests in the audit log. Raises `NotAllowed`."""
    return _log(workspace, caller).verify()


def _log(workspace: Workspace, caller: Caller) -> RetrievalLog:
    caller.require(Role.AUDITOR, Role.OPERATOR)
    workspace.retrievals.load()
    return workspace.retrievals.log


def _filter(workspace: Workspace, wanted: Wanted) -> RetrievalFilter:
    documents = (workspace.ledger.resolve_document(wanted.document),) if wanted.document else ()
    return RetrievalFilter(
        principal=wanted.principal,
        documents=documents,
        chunk=wanted.chunk,
        question=fingerprint(workspace.home.fingerprint_key, wanted.question) if wanted.question else "",
        generation=wanted.generation,
        since=wanted.since,
        until=wanted.until,
    )
