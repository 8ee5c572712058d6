"""Searches, and the answers as they leave Corpusgate.

Invariants: every answer was checked against the ledger after the search (law 2), and is on record before it leaves
(law 16). A search in the name of another principal is in the audit log too.
"""

from collections.abc import Callable, Sequence

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.ports import EmbeddedQuestion
from pipeline.domain.serving.retrievals import Door, RetrievedPassage
from pipeline.index.search.hits import Hit
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.retrievals.recorder import Searched
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
    workspace: Workspace,
    principal: Principal,
    question: str,
    k: int,
    embedded: EmbeddedQuestion | None = None,
    *,
    door: Door = "python",
) -> list[Answer]:
    """Answers that a verified principal may read, best first.

    Args:
        workspace: The home to search.
        principal: The verified principal who asks.
        question: What to look for.
        k: How many answers at most.
        embedded: The question, if it was embedded before.
        door: What the answers leave through, for the retrieval log.

    Raises:
        LedgerError: The retrieval cannot be put on record. Nothing is returned.

    """
    answers = _answers(workspace, workspace.searcher.search(question, principal, k, embedded))
    asked = Searched(principal=principal.name, question=workspace.retrievals.fingerprint(question), k=k, door=door)
    _record(workspace, asked, answers)
    return answers


def search_as(
    workspace: Workspace,
    name: str,
    question: str,
    k: int,
    by: str | None = None,
    *,
    door: Door = "python",
    readable: Callable[[Answer], bool] = lambda _: True,
) -> list[Answer]:
    """Answers that the principal of that name would get; the search is audited before it returns anything.

    The text of an answer is left out unless it is `readable` for the caller.
    """
    principal = workspace.principals.current().principal(name)
    found = _answers(workspace, workspace.searcher.search(question, principal, k))
    shown = [readable(answer) for answer in found]
    actor = by or operator_name()
    printed = workspace.retrievals.fingerprint(question)
    asked = Searched(principal=actor, question=printed, k=k, door=door, on_behalf_of=name)
    details: dict[str, str | int] = {"question": printed, "results": len(found)}
    workspace.audit.record(AuditEntry(actor, "search.as", principal.name, details))
    _record(workspace, asked, found, shown)
    return [
        answer if keep else answer.model_copy(update={"text": ""}) for answer, keep in zip(found, shown, strict=True)
    ]


def _record(
    workspace: Workspace, asked: Searched, answers: Sequence[Answer], shown: Sequence[bool] | None = None
) -> None:
    passages = [
        RetrievedPassage(chunk_id=answer.chunk_id, version_id=answer.version_id, score=answer.score, shown=left)
        for answer, left in zip(answers, shown or [True] * len(answers), strict=True)
    ]
    workspace.retrievals.record(
        asked, _generation(workspace, answers), passages, [answer.document for answer in answers]
    )


def _generation(workspace: Workspace, answers: Sequence[Answer]) -> int:
    """Number of the generation that was searched; 0 before the first."""
    if answers:
        return answers[0].generation
    current = workspace.ledger.current_generation()
    return current.number if current else 0


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
