"""Rights on submissions: who may submit to an inbox, and who may know of a submission.

Invariant: a submission that a caller may not know of does not exist for them: the error is the one for an unknown id.
"""

from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.domain.submissions.submissions import Draft
from pipeline.stores.submissions.submissions import SubmissionRecord


def may_submit(caller: Caller, source: Source, draft: Draft | None) -> bool:
    """Whether the caller owns the inbox at the classification a draft declares, or at that of the source."""
    declared = draft.classification if draft is not None else None
    try:
        classification = Classification(declared) if declared else source.classification
    except ValueError:
        classification = source.classification
    return caller.may(Role.OWNER, source.name, classification)


def classification_of(record: SubmissionRecord, source: Source) -> Classification:
    """The classification that a submission declares, or that of its source."""
    declared = record.declared.get("classification")
    return Classification(declared) if declared else source.classification


def may_see(caller: Caller, record: SubmissionRecord, source: Source) -> bool:
    """Whether the caller may know that a submission exists."""
    return may_know(caller, record.submitter, record.source, classification_of(record, source))


def may_know(caller: Caller, submitter: str, source: str, classification: Classification) -> bool:
    """Whether the caller may know of what somebody handed in: their own, or within their roles."""
    return same_person(submitter, caller.name) or keeps(caller, source, classification)


def no_such_submission() -> NotFound:
    """The error for a submission that does not exist, or not for the caller."""
    return NotFound("There is no such submission.", fix="`corpusgate submissions list` shows yours.")
