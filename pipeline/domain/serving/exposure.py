"""Exposure of documents: when they were served, who received them, and who could have.

Invariant: pure, and no text. A time of serving is as long as the ledger cannot exclude it: a waiver or an emergency
admission that ran out is not subtracted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.histories import CouldRead
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.serving.publication import Served


class ExposureKind(StrEnum):
    """Kinds of subjects."""

    DOCUMENT = "document"
    CHUNK = "chunk"
    SOURCE = "source"
    RUN = "run"
    """Every version that the run read or decided about."""
    MODEL = "model"
    """Every version that was admitted with vectors of the model."""


class Period(NamedTuple):
    """A time; without `until` it is not over."""

    since: datetime
    until: datetime | None


class ServingEvent(NamedTuple):
    """Something that changed which version of a document is served."""

    at: datetime
    version_id: str | None
    """The version that the event is about; None if the document left."""
    action: Action | None
    """Of a verdict; None for a deletion, a rollback or an erasure, which serve `version_id` from then on."""


class ServingTime(Frozen):
    """A version and one time in which it was served."""

    version_id: str
    since: datetime
    until: datetime | None
    generations: tuple[int, int] | None
    """First and last generation of that time; None if no generation was served in it."""


class ExposedDocument(Frozen):
    """A document of the question."""

    doc_id: str
    source: str
    owner: str
    submitter: str
    """Of its newest version in the question, as the next fields."""
    classification: Classification
    access_id: str
    run_id: str
    recorded_at: datetime
    versions: int
    """Versions in the question."""
    action: Action | None
    """Of the last verdict on the document."""
    live: bool
    """Whether one of the versions can be in an answer now."""
    served: tuple[ServingTime, ...]
    answers: int
    """Recorded answers that held it."""


class ReceivedBy(Frozen):
    """A principal who received passages."""

    principal: str
    on_behalf_of: str | None
    """The principal whose permissions were used, if it is another one."""
    answers: int
    passages: int
    shown: int
    """Passages whose text left."""
    first: datetime
    last: datetime


class Takedown(Frozen):
    """A record that keeps or kept documents of the question out."""

    kind: str
    """`erased`, `withdrawn`, `rolled back`, or what a revocation named: `document`, `source`, `owner` and so on."""
    subject: str
    by: str
    since: datetime
    until: datetime | None
    reason: str


class Related(Frozen):
    """What else came from the same place."""

    kind: str
    """`submitter`, `run` or `source`."""
    subject: str
    documents: int
    """Other documents."""
    examples: tuple[str, ...]
    """The newest of them."""


class Exposure(Frozen):
    """The answer to one question."""

    kind: ExposureKind
    subject: str
    since: datetime | None
    until: datetime | None
    asked_at: datetime
    documents: int
    versions: int
    listed: tuple[ExposedDocument, ...]
    """The most received first."""
    received: tuple[ReceivedBy, ...]
    could_have: tuple[CouldRead, ...]
    """Principals who satisfied an access rule while a version with it was served; not the ones who received only."""
    canaries: tuple[str, ...]
    """Canary questions whose present answer names a document of the question."""
    takedowns: tuple[Takedown, ...]
    related: tuple[Related, ...]
    notes: tuple[str, ...]
    """Limits of this answer, in sentences for a person."""


def served_times(events: Iterable[ServingEvent]) -> list[tuple[str, Period]]:
    """Times in which versions of one document were served, from its events in the order they happened."""
    found: list[tuple[str, Period]] = []
    version: str | None = None
    since: datetime | None = None
    for event in events:
        following = _following(version, event)
        if following == version:
            continue
        if version is not None and since is not None:
            found.append((version, Period(since, event.at)))
        version, since = following, event.at
    if version is not None and since is not None:
        found.append((version, Period(since, None)))
    return found


def _following(version: str | None, event: ServingEvent) -> str | None:
    match event.action:
        case None | Action.ADMIT | Action.REDACT:
            return event.version_id
        case Action.REVIEW:
            return version  # what is served goes on until somebody decides
        case _:
            return None if event.version_id == version else version


def without(span: Period, gaps: Iterable[Period]) -> list[Period]:
    """The parts of a time outside of `gaps`."""
    left, begin = list[Period](), span.since
    for gap in sorted(gaps, key=lambda one: one.since):
        if (span.until is not None and gap.since >= span.until) or (gap.until is not None and gap.until <= begin):
            continue
        if gap.since > begin:
            left.append(Period(begin, gap.since))
        if gap.until is None:
            return left
        begin = gap.until
    if span.until is None or begin < span.until:
        left.append(Period(begin, span.until))
    return left


def within(span: Period, since: datetime | None, until: datetime | None) -> Period | None:
    """The part of a time from `since` on and before `until`; None if there is none."""
    begin = span.since if since is None else max(span.since, since)
    ends = [moment for moment in (span.until, until) if moment is not None]
    end = min(ends, default=None)
    return None if end is not None and begin >= end else Period(begin, end)


def joined(spans: Iterable[Period]) -> list[Period]:
    """The same times, with those that touch or overlap as one."""
    found: list[Period] = []
    for span in sorted(spans, key=lambda one: one.since):
        last = found[-1] if found else None
        if last is not None and (last.until is None or last.until >= span.since):
            until = None if last.until is None or span.until is None else max(last.until, span.until)
            found[-1] = Period(last.since, until)
        else:
            found.append(span)
    return found


def generations_in(span: Period, times: Sequence[Served]) -> tuple[int, int] | None:
    """First and last generation served in a time; `times` are in order."""
    numbers = [
        one.record.number
        for one in times
        if (span.until is None or one.since < span.until) and (one.until is None or one.until > span.since)
    ]
    return (numbers[0], numbers[-1]) if numbers else None
