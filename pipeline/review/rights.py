"""Rights on review items: who may see them and who may decide.

Invariants: an item outside a caller's grants does not exist for them: it is neither listed nor found, and the error
is the one for an unknown id. A reviewer needs the role for the source and for both classifications, of the served
version and of the new one. A person who submitted, edited or owns a document, or registered its source, never
approves it, whatever their role (law 8).
"""

from pipeline.domain.errors import NotAllowed
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.review.items import ReviewItem
from pipeline.stores.database import Connection
from pipeline.stores.review import queue as review_queue
from pipeline.stores.review.reach import involved, within

SEE = (Role.REVIEWER, Role.OPERATOR, Role.AUDITOR)
"""Who may see that an item exists and what it is about. Its text is shown to reviewers only."""


def grants(caller: Caller, *roles: Role) -> tuple[Grant, ...]:
    """What the caller was granted in `roles`."""
    return tuple(grant for grant in caller.grants if grant.role in roles)


def find(connection: Connection, name: str, caller: Caller, *roles: Role) -> ReviewItem:
    """An item the caller may see, by its id or the beginning of it; with `roles`, in one of those roles."""
    return review_queue.require(connection, name, within(grants(caller, *(roles or SEE))))


def decides(item: ReviewItem, caller: Caller) -> bool:
    """Whether the caller's role lets them decide this item."""
    both = {item.classification, item.served_classification or item.classification}
    return all(caller.may(Role.REVIEWER, item.source, classification) for classification in both)


def require_reviewer(item: ReviewItem, caller: Caller) -> None:
    """Raise `NotAllowed` unless the caller's role lets them decide this item."""
    if not decides(item, caller):
        raise NotAllowed(
            f"{caller.name} is not a reviewer of {item.source} at this classification.",
            fix="Ask a reviewer of this source to decide.",
        )


def part_in(connection: Connection, item: ReviewItem, by: str) -> str | None:
    """The part `by` had in the change that is being decided, in words; None if they had none."""
    return next((why for name, why in involved(connection, item).items() if same_person(by, name)), None)


def refuse_involved(connection: Connection, item: ReviewItem, by: str) -> None:
    """Raise `NotAllowed` when `by` had a part in what is being decided (law 8)."""
    why = part_in(connection, item, by)
    if why is not None:
        raise NotAllowed(f"{by} {why} and may not approve it.", fix="Ask somebody else to review it.")
