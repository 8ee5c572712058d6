"""Canary questions outside a publication: asked of what is served, and which of them a document answers.

Invariants: asking changes nothing but the audit log. Without questions no model is loaded. The effect of a document
before its approval is never computed, because its text may not reach the embedder (law 1).
"""

from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.canary_questions import Answer, CanaryReport, compare
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.publishing.canary_answers import ask, embedded, principals, question_digests
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace


class CanaryCheck(Frozen):
    """What the canary questions say about what is served now."""

    generation: GenerationRecord | None
    questions: int
    report: CanaryReport
    """`before` is what was answered when the generation was published."""


class Answered(Frozen):
    """A canary question that a document answers."""

    question_id: str
    question: str
    principal: str
    rank: int
    score: float
    expected: bool
    """Whether the question expects this document."""


def check(workspace: Workspace) -> CanaryCheck:
    """Ask every question of the current generation, with what is live at this moment; audited."""
    questions, current = workspace.home.canaries, workspace.ledger.current_generation()
    after: dict[str, Answer] = {question.id: () for question in questions.questions}
    before = None
    if current is not None and questions.questions:
        asking = principals(workspace, questions)
        opened = Generation.open(workspace.index, current, workspace.verifier)
        embedder = embedded(workspace, questions.questions, current)
        after = ask(workspace, opened, questions, asking, workspace.ledger.live_versions, embedder)
        before = workspace.held_generations.stored_answers(current.number, question_digests(questions, asking))
    report = compare(questions, after, before)
    details: dict[str, str | int] = {
        "canaries_digest": questions.digest,
        "questions": len(report.results),
        "forbidden": len(report.forbidden),
        "missing": len(report.missing),
        "changed": len(report.changed),
    }
    subject = str(current.number) if current else "none"
    workspace.audit.record(AuditEntry(operator_name(), "canaries.checked", subject, details))
    return CanaryCheck(generation=current, questions=len(questions.questions), report=report)


def questions_answered_by(workspace: Workspace, doc_id: str) -> list[Answered]:
    """The canary questions that had this document in their answer when what is served was published.

    For whoever decides about a new version of it: these answers may change. Loads no model.
    """
    questions, current = workspace.home.canaries, workspace.ledger.current_generation()
    if current is None or not questions.questions:
        return []
    digests = question_digests(questions, principals(workspace, questions))
    stored = workspace.held_generations.stored_answers(current.number, digests) or {}
    return [
        Answered(
            question_id=question.id,
            question=question.question,
            principal=question.asked_by,
            rank=found.rank,
            score=found.score,
            expected=any(found.doc_id.endswith(name) for name in question.expect),
        )
        for question in questions.questions
        for found in stored.get(question.id, ())
        if found.doc_id == doc_id
    ]
