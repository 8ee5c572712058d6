"""The question about findings in the parameters of a request, for REST and the page.

Invariant: an empty parameter is one that was not given, as forms send them.
"""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import ValidationError

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import UsageError
from pipeline.domain.findings.findings import FindingKind, Severity
from pipeline.domain.findings.questions import FindingQuestion
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import KEEPERS, Caller
from pipeline.domain.moments import written_moment
from pipeline.web.security.access import allow

_DIGEST = Query(max_length=64, description="Beginning of the digest of a version of the detectors.")
_TIME = Query(max_length=40, description="A time with its zone, such as 2026-11-20T10:00Z.")


def _one_of(words: type[FindingKind | Severity | Action | Classification], says: str) -> object:
    return Query(pattern=f"^(|{'|'.join(words)})$", description=f"{says}: {', '.join(words)}.")


async def _question(
    kind: Annotated[str, _one_of(FindingKind, "Family of the finding")] = "",
    entity: Annotated[str, Query(max_length=100, description="Type of the value, such as EMAIL_ADDRESS.")] = "",
    severity: Annotated[str, _one_of(Severity, "This severity or a worse one")] = "",
    detector: Annotated[str, Query(max_length=100, description="Name of the detector.")] = "",
    lowered: Annotated[
        str, Query(pattern="^(|true|false)$", description="Whether its detector judged it harmless.")
    ] = "",
    waived: Annotated[str, Query(pattern="^(|true|false)$", description="Whether a waiver lets it through.")] = "",
    action: Annotated[str, _one_of(Action, "The verdict")] = "",
    rule: Annotated[str, Query(max_length=200, description="A policy rule that decided.")] = "",
    source: Annotated[str, Query(max_length=63, description="Name of the source.")] = "",
    owner: Annotated[str, Query(max_length=200, description="Owner of the document.")] = "",
    classification: Annotated[str, _one_of(Classification, "Of the document")] = "",
    since: Annotated[str, _TIME] = "",
    until: Annotated[str, _TIME] = "",
    detector_version: Annotated[str, _DIGEST] = "",
    missing_from: Annotated[str, _DIGEST] = "",
    past: Annotated[bool, Query(description="Count older verdicts and deleted documents too.")] = False,
) -> FindingQuestion:
    given = {
        "kind": kind,
        "entity": entity.strip(),
        "severity": severity,
        "detector": detector.strip(),
        "lowered": lowered,
        "waived": waived,
        "action": action,
        "rule": rule.strip(),
        "source": source,
        "owner": owner.strip(),
        "classification": classification,
        "since": _moment(since),
        "until": _moment(until),
        "detector_version": detector_version.strip(),
        "missing_from": missing_from.strip(),
        "past": past,
    }
    try:
        return FindingQuestion.model_validate({name: value for name, value in given.items() if value})
    except ValidationError:
        raise UsageError("That is not the beginning of a digest.", fix="Give hexadecimal digits.") from None


def _moment(text: str) -> object:
    if not text:
        return None
    moment = written_moment(text)
    if moment is None:
        raise UsageError("That is not a time with its zone.", fix="Write a time as 2026-11-20T10:00Z.")
    return moment


AskedFindings = Annotated[FindingQuestion, Depends(_question)]
Keeper = Annotated[Caller, Depends(allow(*KEEPERS))]
"""A caller who keeps the records of some source."""
