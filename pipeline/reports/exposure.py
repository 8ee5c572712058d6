"""Blast radius: where a document, passage, source, run or model reached. For auditors and operators.

Invariants: no text. The notes name the limits of the records. The journal of the retrieval log is loaded first,
so an answer that has left counts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.identity.histories import CouldRead, PrincipalStates, could_read
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.exposure import (
    ExposedDocument,
    Exposure,
    ExposureKind,
    Period,
    ServingTime,
    generations_in,
    joined,
    served_times,
    within,
    without,
)
from pipeline.reports.older_forms import PresentIds
from pipeline.stores.database import Connection
from pipeline.stores.ledger import exposed
from pipeline.stores.ledger.exposed import VersionInQuestion
from pipeline.stores.ledger.known import load_rules
from pipeline.stores.ledger.serving_times import serving_times
from pipeline.stores.retrievals import received
from pipeline.stores.takedown import records
from pipeline.workspace import Workspace

LISTED = 200
"""Documents in an answer; the counts are of all."""
_OF_DOCUMENT = ("document", "erased", "withdrawn", "rolled back")
"""Takedowns whose subject is a document."""
_ERASED = (
    "{} erased: ids, digests, verdicts, access rules and retrievals are on record. Masked previews, fingerprints, "
    "titles, names of files and written reasons are gone."
)
_LIMIT = (
    "Times of serving are upper bounds: the end of a waiver or of an emergency admission is not subtracted from them."
)


class ExposureQuestion(NamedTuple):
    """A subject and a time; without `kind` the name of the subject decides."""

    subject: str
    kind: ExposureKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


def exposure(workspace: Workspace, caller: Caller, asked: ExposureQuestion) -> Exposure:
    """Where the subject reached.

    Raises:
        NotAllowed: The caller is neither auditor nor operator.
        NotFound: There is no such document, passage, source, run or model.
        UsageError: The end of a document's name is that of several, or the time ends before it begins.

    """
    caller.require(Role.AUDITOR, Role.OPERATOR)
    if asked.since is not None and asked.until is not None and asked.until <= asked.since:
        raise UsageError("That time ends before it begins.", fix="Give an earlier --since or a later --until.")
    workspace.retrievals.load()
    workspace.principals.current()
    kind, subject = _resolved(workspace, asked)
    states = workspace.principals.history.states(since=asked.since, until=asked.until)
    with workspace.database.read() as connection:
        found = _Answer(connection, workspace, kind, subject, asked, states).made()
    return _in_present_form(found, PresentIds(workspace))


def _in_present_form(found: Exposure, present: PresentIds) -> Exposure:
    """The answer with ids from before names were scanned as they are shown now."""
    listed = [one.model_copy(update={"doc_id": present(one.doc_id)}) for one in found.listed]
    takedowns = [
        one.model_copy(update={"subject": present(one.subject)}) if one.kind in _OF_DOCUMENT else one
        for one in found.takedowns
    ]
    related = [one.model_copy(update={"examples": tuple(map(present, one.examples))}) for one in found.related]
    return found.model_copy(update={"listed": tuple(listed), "takedowns": tuple(takedowns), "related": tuple(related)})


class _Answer:
    """One answer under way, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        workspace: Workspace,
        kind: ExposureKind,
        subject: str,
        asked: ExposureQuestion,
        states: PrincipalStates,
    ) -> None:
        self._connection, self._kind, self._subject = connection, kind, subject
        self._asked, self._states = asked, states
        self._now = workspace.database.now(connection)
        ids = _of_chunk(workspace, connection, subject) if kind is ExposureKind.CHUNK else ()
        self._wanted = exposed.versions_of(kind, subject, ids)
        self._which = received.of_chunk(subject) if kind is ExposureKind.CHUNK else received.of_versions(self._wanted)
        self._versions = exposed.in_question(connection, self._wanted)
        self._rules: dict[str, AccessRule] = {}
        load_rules(connection, self._rules, {one.access_digest for one in self._versions})
        self._takedowns = records.takedowns(connection, self._versions)

    def made(self) -> Exposure:
        """The whole answer."""
        asked, connection = self._asked, self._connection
        by_document: defaultdict[str, list[VersionInQuestion]] = defaultdict(list)
        for one in self._versions:
            by_document[one.doc_id].append(one)
        served = self._served()
        answers = received.by_document(connection, self._which, asked.since, asked.until, LISTED)
        newest = sorted(by_document, key=lambda doc_id: by_document[doc_id][-1].recorded_at, reverse=True)
        listed = list(dict.fromkeys([*answers, *newest]))[:LISTED]
        return Exposure(
            kind=self._kind,
            subject=self._subject,
            since=asked.since,
            until=asked.until,
            asked_at=self._now,
            documents=len(by_document),
            versions=len(self._versions),
            listed=tuple(self._listed([(doc_id, by_document[doc_id]) for doc_id in listed], served, answers)),
            received=received.received(connection, self._which, asked.since, asked.until),
            could_have=self._could_have(served),
            canaries=exposed.canaries_naming(connection, by_document),
            takedowns=tuple(one for one, _ in self._takedowns),
            related=tuple(exposed.related(connection, self._wanted)),
            notes=tuple(self._notes(served)),
        )

    def _served(self) -> dict[str, list[Period]]:
        """By version, the times in which it could be in an answer, takedowns subtracted."""
        mine = {one.version_id for one in self._versions}
        gaps: defaultdict[str, list[Period]] = defaultdict(list)
        for takedown, reached in self._takedowns:
            for version_id in reached:
                gaps[version_id].append(Period(takedown.since, takedown.until))
        found: defaultdict[str, list[Period]] = defaultdict(list)
        for events in exposed.serving_events(self._connection, self._wanted).values():
            for version_id, span in served_times(events):
                part = within(span, self._asked.since, self._asked.until)
                if version_id in mine and part is not None:
                    found[version_id] += without(part, gaps[version_id])
        return found

    def _listed(
        self,
        listed: Sequence[tuple[str, list[VersionInQuestion]]],
        served: Mapping[str, list[Period]],
        answers: Mapping[str, int],
    ) -> Iterator[ExposedDocument]:
        times = serving_times(self._connection)
        actions = exposed.last_actions(self._connection, [doc_id for doc_id, _ in listed])
        closed = {id_ for one, reached in self._takedowns if one.until is None for id_ in reached}
        for doc_id, versions in listed:
            newest = versions[-1]
            rule = self._rules[newest.access_digest]
            yield ExposedDocument(
                doc_id=doc_id,
                source=newest.source,
                owner=newest.owner,
                submitter=newest.submitter,
                classification=rule.classification,
                access_id=rule.access_id,
                run_id=newest.run_id,
                recorded_at=newest.recorded_at,
                versions=len(versions),
                action=actions.get(doc_id),
                live=any(
                    one.live and one.version_id not in closed and not self._rules[one.access_digest].ended(self._now)
                    for one in versions
                ),
                served=tuple(
                    ServingTime(
                        version_id=one.version_id,
                        since=span.since,
                        until=span.until,
                        generations=generations_in(span, times),
                    )
                    for one in versions
                    for span in served.get(one.version_id, ())
                ),
                answers=answers.get(doc_id, 0),
            )

    def _could_have(self, served: Mapping[str, list[Period]]) -> tuple[CouldRead, ...]:
        by_rule: defaultdict[str, list[Period]] = defaultdict(list)
        for one in self._versions:
            by_rule[one.access_digest] += served.get(one.version_id, ())
        found: defaultdict[tuple[str, str], list[CouldRead]] = defaultdict(list)
        for digest, spans in by_rule.items():
            for span in joined(spans):
                for reader in could_read(self._rules[digest], self._states.states, span.since, span.until or self._now):
                    end = reader.until or span.until
                    found[reader.principal, reader.origin].append(reader.model_copy(update={"until": end}))
        return tuple(
            readers[0].model_copy(
                update={
                    "since": span.since,
                    "until": span.until,
                    "searches": any(one.searches for one in readers),
                }
            )
            for _, readers in sorted(found.items())
            for span in joined(Period(one.since, one.until) for one in readers)
        )

    def _notes(self, served: Mapping[str, list[Period]]) -> Iterator[str]:
        begins = min((span.since for spans in served.values() for span in spans), default=None)
        log = received.oldest(self._connection)
        if begins is None:
            yield "No version of it was served in that time."
        elif log is None:
            yield "The retrieval log is empty: whether anyone received it is unknown."
        elif log > begins:
            yield f"Receivers before {log:%Y-%m-%d %H:%M:%S} UTC are unknown: the retrieval log begins then."
        if begins is not None:
            yield self._states.note(begins)
        erased = sum(one.kind == "erased" and one.until is None for one, _ in self._takedowns)
        if erased:
            yield _ERASED.format("1 document was" if erased == 1 else f"{erased:,} documents were")
        yield _LIMIT


def _resolved(workspace: Workspace, asked: ExposureQuestion) -> tuple[ExposureKind, str]:
    subject, kind = asked.subject.strip(), asked.kind
    with workspace.database.read() as connection:
        exact = exposed.kind_of(connection, subject)
        is_chunk = kind in (None, ExposureKind.CHUNK) and bool(_of_chunk(workspace, connection, subject))
    if kind is None:
        kind = exact or (ExposureKind.CHUNK if is_chunk else ExposureKind.DOCUMENT)
    if kind is ExposureKind.DOCUMENT:
        return kind, workspace.ledger.resolve_document(subject)
    if (kind is ExposureKind.CHUNK and is_chunk) or kind is exact:
        return kind, subject
    raise NotFound(f"There is no {kind.value} {subject}.", fix="Give its whole name or id.")


def _of_chunk(workspace: Workspace, connection: Connection, chunk_id: str) -> Sequence[str]:
    """Versions of a passage: those with which it left, and the one that is served now."""
    if not chunk_id.isalnum():
        return ()
    found = received.versions_of_chunk(connection, chunk_id)
    if not found and workspace.ledger.current_generation() is not None:
        served = workspace.searcher.trace(chunk_id)
        found = [served.version_id] if served else []
    return found
