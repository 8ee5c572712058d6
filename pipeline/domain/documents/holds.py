"""Why the deletion of a document waits for people (law 9). Pure."""

from enum import StrEnum


class DeletionHold(StrEnum):
    """Why a deletion waits for people; the values are the rules that review items name."""

    AT_ONCE = "mass-delete-guard"
    ADDED_UP = "deletions-added-up"
    BEHIND_LINK = "behind-a-link"
    NARROWED = "narrowed-source"

    @property
    def sentence(self) -> str:
        """The reason, in words."""
        match self:
            case DeletionHold.AT_ONCE:
                return "More documents disappeared at once than the guard lets go without a person."
            case DeletionHold.ADDED_UP:
                return "With those of earlier runs, more documents disappeared than the guard lets go without a person."
            case DeletionHold.BEHIND_LINK:
                return "Its folder is a link now, which is not followed, so the document may still be there."
            case DeletionHold.NARROWED:
                return "Its source is narrowed, so deletions wait for a person."
