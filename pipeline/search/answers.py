"""Searches, and the answers as they leave Corpusgate.

Invariants: every answer was checked against the ledger after the search (law 2). A search in the name of another
principal is on record before it returns anything.
"""

from collections.abc import Sequence

from pipeline.domain.digests import fingerprint
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.ports import EmbeddedQuestion
from pipeline.index.search.hits import Hit
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace


class Answer(Frozen):
    """A search result as it leaves Corpusgate."""

    score: float
    document: str
    owner: str
    classification: Classification
    text: str
    chunk_id: str
    version_id: str
    start: int
    end: int
    generation: int


def search(
    workspace: Workspace, principal: Principal, question: str, k: int, embedded: EmbeddedQuestion | None = None
) -> list[Answer]:
    """Answers that a verified principal may read, best first.

    Args:
        workspace: The home to search.
        principal: The verified principal who asks.
        question: What to look for.
        k: How many answers at most.
        embedded: The question, if it was embedded before.

    """
    hits = workspace.searcher.search(question, principal, k, embedded)
    workspace.retrievals.count(hit.doc_id for hit in hits)
    return _answers(workspace, hits)


def search_as(workspace: Workspace, name: str, question: str, k: int, by: str | None = None) -> list[Answer]:
    """Answers that the principal of that name would get; the search is audited before it returns anything."""
    principal = workspace.home.identities.principal(name)
    hits = workspace.searcher.search(question, principal, k)
    asked: dict[str, str | int] = {
        "question": fingerprint(workspace.home.fingerprint_key, question),
        "results": len(hits),
    }
    workspace.audit.record(AuditEntry(by or operator_name(), "search.as", principal.name, asked))
    workspace.retrievals.count(hit.doc_id for hit in hits)
    workspace.retrievals.flush()
    return _answers(workspace, hits)


def _answers(workspace: Workspace, hits: Sequence[Hit]) -> list[Answer]:
    owners = workspace.ledger.owners({hit.version_id for hit in hits})
    return [
        Answer(
            score=round(hit.score, 6),
            document=hit.doc_id,
            owner=owners[hit.version_id],
            classification=hit.classification,
            text=hit.text,
            chunk_id=hit.chunk_id,
            version_id=hit.version_id,
            start=hit.start,
            end=hit.end,
            generation=hit.generation,
        )
        for hit in hits
        if hit.version_id in owners  # else it was erased while this search was under way
    ]
