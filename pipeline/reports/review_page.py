"""A review case with the canary questions that its document answers now, for one page.

Invariants: a caller who may not see the case gets neither. The answers of the new version are unknown before its
approval, because its text may not reach the embedder (law 1).
"""

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.publishing.canary_check import Answered, questions_answered_by
from pipeline.review.case import ReviewCase
from pipeline.workspace import Workspace


class ReviewPage(Frozen):
    """Everything one page shows about a review item."""

    case: ReviewCase
    canaries: tuple[Answered, ...]
    """Canary questions that what is served of the document answers, and which may be answered otherwise afterwards."""


def review_page(workspace: Workspace, name: str, caller: Caller) -> ReviewPage:
    """The case of an item and its canary questions. Raises `NotFound` for items outside the caller's grants."""
    case = workspace.reviews.case(name, caller)
    return ReviewPage(case=case, canaries=tuple(questions_answered_by(workspace, case.item.doc_id)))
