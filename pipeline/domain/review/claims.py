"""Claims on review items, and questions to owners with their answers.

Invariant: a question is about a review item or about a version in quarantine, never about both.
"""

from datetime import datetime

from pipeline.domain.frozen import Frozen


class Claim(Frozen):
    """Who works on an item, until when."""

    item_id: str
    person: str
    claimed_at: datetime
    expires_at: datetime


class Question(Frozen):
    """What a reviewer asked the owner, and the answer once there is one."""

    question_id: str
    item_id: str | None = None
    """The review item that it is about."""
    version_id: str | None = None
    """The version in quarantine that it is about, where there is no review item."""
    asked_by: str
    asked_at: datetime
    question: str
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None
