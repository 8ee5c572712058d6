"""Canary questions: documents that a principal must find or must never find, and how two answers differ.

They are not the detectors' canaries (`pipeline.detectors.canaries`), which prove that scanners scan.

Invariants: a forbidden document in an answer is never weighed against anything else. An ending names every document
that ends so: it forbids all of them, and expects any one. Answers hold ids, ranks and scores, never text.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, Principal, principal_id

Name = Annotated[str, Field(min_length=1, max_length=4_000)]


class Purpose(StrEnum):
    """Why a generation is to be published: what its answers may do depends on it."""

    REFRESH = "refresh"
    """Answers may change a little; more than that waits for a person."""
    ROLLBACK = "rollback"
    """An emergency brake: changed answers do not hold it back."""
    ERASURE = "erasure"
    """What is erased leaves answers, and that is the purpose."""
    REPAIR = "repair"
    """What disagrees is left out, and that is the purpose."""
    COMPACTION = "compaction"
    """Nothing may change."""
    MIGRATION = "migration"
    """Another model embeds the same documents; answers that change more than a little wait for a person."""


class Forbidden(Frozen):
    """What must be in no answer."""

    documents: tuple[Name, ...] = ()
    """Document ids, or endings of them, that must be in no answer."""
    sources: tuple[Name, ...] = ()
    """Sources of which no document may be in an answer."""
    classifications: tuple[Classification, ...] = ()
    """Classifications of which no document may be in an answer."""


class CanaryQuestion(Frozen):
    """A question somebody asks of every generation before it is served."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """Name of the question."""
    question: str = Field(min_length=1, max_length=2_000)
    """The question."""
    principal: str | Principal
    """Who asks: a name of principals.yaml, or the whole principal for identities kept elsewhere."""
    k: int | None = Field(default=None, ge=1, le=100)
    """Number of results. `null`: the `k` of the file."""
    expect: tuple[Name, ...] = ()
    """Document ids, or endings of them, that must be among the best `k`."""
    forbid: Forbidden = Forbidden()
    """What must be in no answer."""

    @field_validator("question")
    @classmethod
    def _says_something(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("a question needs words")
        return question

    @field_validator("principal")
    @classmethod
    def _a_principal(cls, principal: str | Principal) -> str | Principal:
        return principal_id(principal) if isinstance(principal, str) else principal

    @property
    def asked_by(self) -> str:
        """Full name of the principal."""
        return self.principal if isinstance(self.principal, str) else self.principal.name


class CanaryQuestions(Frozen):
    """The whole of `configs/canaries.yaml`."""

    schema_version: Literal[1]
    """Version of the file's format."""
    k: int = Field(default=5, ge=1, le=100)
    """Number of results, unless a question says otherwise."""
    min_overlap: float = Field(default=0.6, ge=0, le=1)
    """Smallest share of an answer's documents that must stay the same."""
    max_changed_questions: int = Field(default=0, ge=0)
    """Number of questions that may fall below `min_overlap` before a person must decide."""
    questions: tuple[CanaryQuestion, ...] = ()
    """The questions."""

    @model_validator(mode="after")
    def _ids_once(self) -> Self:
        ids = [question.id for question in self.questions]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"two questions have the id {twice[0]}")
        return self

    @property
    def digest(self) -> str:
        """Changes with every question, threshold and expectation."""
        said = self.model_dump(mode="json")
        for question in said["questions"]:
            if isinstance(question["principal"], dict):  # a set has no order of its own
                question["principal"]["groups"] = sorted(question["principal"]["groups"])
        return digest_json(said)

    def depth(self, question: CanaryQuestion) -> int:
        """How many results the answer to `question` has."""
        return question.k or self.k


class Found(Frozen):
    """A document in an answer, at the rank of its best chunk."""

    rank: int
    doc_id: str
    score: float
    classification: Classification


Answer = tuple[Found, ...]
"""Each document once, best first."""


class QuestionResult(Frozen):
    """One question asked of the generation before and the candidate after."""

    question_id: str
    question: str
    principal: str
    k: int
    before: Answer | None
    """None where there is nothing to compare with."""
    after: Answer
    missing: tuple[str, ...] = ()
    """Expected, and not among the best `k`."""
    forbidden: tuple[str, ...] = ()
    """Ids of the documents that must not be there."""

    @property
    def overlap(self) -> float | None:
        """Overlap@k; None where there is nothing to compare with."""
        return None if self.before is None else overlap(self.before, self.after)

    @property
    def changed(self) -> bool:
        """Whether other documents answer than before."""
        return self.overlap is not None and self.overlap < 1


class CanaryReport(Frozen):
    """What the canary questions say about a candidate."""

    results: tuple[QuestionResult, ...]
    min_overlap: float
    max_changed_questions: int
    compared: bool
    """Whether there was a generation before whose answers are known."""

    @property
    def forbidden(self) -> tuple[QuestionResult, ...]:
        """Questions answered with a document that must not be there."""
        return tuple(result for result in self.results if result.forbidden)

    @property
    def missing(self) -> tuple[QuestionResult, ...]:
        """Questions that lack an expected document."""
        return tuple(result for result in self.results if result.missing)

    @property
    def changed(self) -> tuple[QuestionResult, ...]:
        """Questions answered from other documents than before."""
        return tuple(result for result in self.results if result.changed)

    @property
    def below(self) -> tuple[QuestionResult, ...]:
        """Questions whose overlap fell below the threshold."""
        return tuple(r for r in self.results if r.overlap is not None and r.overlap < self.min_overlap)

    @property
    def holds(self) -> bool:
        """Whether a person has to look before this is served."""
        return bool(self.missing) or len(self.below) > self.max_changed_questions

    @property
    def to_show(self) -> tuple[QuestionResult, ...]:
        """What a person has to see to decide: everything that is not as it was."""
        return tuple(r for r in self.results if r.changed or r.missing or r.forbidden)

    @property
    def answers_digest(self) -> str:
        """Digest of which documents answer what, before and after; scores are left out."""
        return digest_json([[r.question_id, r.principal, r.k, _ids(r.before), _ids(r.after)] for r in self.results])

    @property
    def sentence(self) -> str:
        """The report for a person."""
        parts = [f"changes the answers to {len(self.changed)} of {len(self.results)} questions"]
        if self.below:
            parts.append(f"{len(self.below)} of them keep less than {self.min_overlap:.0%} of their documents")
        if self.missing:
            parts.append(f"{len(self.missing)} lack a document they must find")
        return "; ".join(parts)


def compare(
    questions: CanaryQuestions, after: Mapping[str, Answer], before: Mapping[str, Answer] | None
) -> CanaryReport:
    """Judge the answers of a candidate, by question id, beside those of the generation it would replace.

    A question that was not asked before, because it is new, has nothing to be compared with.
    """
    return CanaryReport(
        results=tuple(
            QuestionResult(
                question_id=question.id,
                question=question.question,
                principal=question.asked_by,
                k=questions.depth(question),
                before=None if before is None else before.get(question.id),
                after=after[question.id],
                missing=missing(question, after[question.id]),
                forbidden=forbidden(question, after[question.id]),
            )
            for question in questions.questions
        ),
        min_overlap=questions.min_overlap,
        max_changed_questions=questions.max_changed_questions,
        compared=before is not None,
    )


def overlap(before: Sequence[Found], after: Sequence[Found]) -> float:
    """The share of documents two answers have in common, of the longer one's; 1 for two empty ones."""
    old, new = {found.doc_id for found in before}, {found.doc_id for found in after}
    longer = max(len(old), len(new))
    return len(old & new) / longer if longer else 1.0


def missing(question: CanaryQuestion, answer: Sequence[Found]) -> tuple[str, ...]:
    """What `question` expects and `answer` lacks."""
    return tuple(name for name in question.expect if not any(_named(found, name) for found in answer))


def forbidden(question: CanaryQuestion, answer: Sequence[Found]) -> tuple[str, ...]:
    """Documents of `answer` that `question` forbids."""
    rule = question.forbid
    return tuple(
        found.doc_id
        for found in answer
        if found.classification in rule.classifications
        or source_of(found.doc_id) in rule.sources
        or any(_named(found, name) for name in rule.documents)
    )


def _named(found: Found, name: str) -> bool:
    return found.doc_id.endswith(name)


def _ids(answer: Answer | None) -> list[str] | None:
    return None if answer is None else [found.doc_id for found in answer]
