"""Records as callers may see them: documents, the audit log, revocations.

Invariants: a record outside a caller's rights does not exist for them: the error is that of an unknown name. A reader
sees only the parts of a document that a search shows, and only if the ledger serves it and its access rule permits
(law 2). Verdicts and findings (masked) are for owners and reviewers of the source, auditors and operators.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from pipeline.domain.audit import AuditEvent, AuditFilter, AuditReport
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import IntegrityError, NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification, permits
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.reports.older_forms import OlderForms, PresentIds
from pipeline.reports.served import generations_holding
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.audit.search import AuditSearch
from pipeline.stores.ledger import liveness
from pipeline.stores.ledger.content_history import names_before
from pipeline.stores.ledger.history import DocumentHistory, VersionRecord
from pipeline.stores.ledger.liveness import Obstacle, in_words
from pipeline.stores.takedown.revocations import Revocations
from pipeline.workspace import Workspace

_EXPORTED_AT_ONCE = 2_000


class ReadableVersion(Frozen):
    """What everybody may know who may read it."""

    version_id: str
    title: str | None
    owner: str
    classification: Classification
    licence: str | None
    ingested_at: datetime
    content_digest: str


class FormerName(Frozen):
    """A name under which the content of a document was served and is no longer."""

    doc_id: str
    until: int | None
    """The last generation that served it, if its source no longer has it."""
    equal: bool
    """Whether the content is the same to the byte, or nearly the same."""
    says: str


class DocumentRecord(Frozen):
    """A document as one caller may know it."""

    doc_id: str
    source: str
    state: str
    """`served`, `revoked`, `not served`, `gone`, or the verdict on its latest version."""
    served: ReadableVersion | None
    obstacles: tuple[str, ...] | None
    """Takedowns that keep it out of every answer, whatever its verdict is; only for keepers of the source."""
    history: DocumentHistory | None
    """Versions, verdicts, findings and decisions; only for keepers of the source."""
    generations: tuple[int, ...] | None
    """Kept generations that hold it; only for keepers of the source."""
    served_as: tuple[FormerName, ...] | None = None
    """Older names of the content in sources the caller keeps, the last one first; only for keepers of the source."""


def document_record(workspace: Workspace, caller: Caller, doc_id: str) -> DocumentRecord:
    """A document by its whole id. Raises `NotFound`."""
    source = source_of(doc_id)
    try:
        history = workspace.ledger.document_history(doc_id)
    except NotFound:
        raise _unknown() from None
    history = OlderForms(workspace, source).history(history)
    keeper = all(keeps(caller, source, version.provenance.access.classification) for version in history.versions)
    served = _served(workspace, history)
    readable = served is not None and permits(served.provenance.access, caller.principal, datetime.now(UTC))
    if not keeper and not (readable and caller.may(Role.READER)):
        raise _unknown()
    kept_out = [] if served else _obstacles(workspace, history)  # what is served, nothing keeps out
    return DocumentRecord(
        doc_id=history.doc_id,
        source=history.source,
        state="served" if served else _state(history, kept_out),
        served=_shown(served) if served else None,
        obstacles=tuple(map(in_words, kept_out)) if keeper else None,
        history=history if keeper else None,
        generations=tuple(generations_holding(workspace, doc_id)) if keeper else None,
        served_as=_former_names(workspace, caller, doc_id) if keeper else None,
    )


def _latest(history: DocumentHistory) -> VersionRecord:
    return next(one for one in history.versions if one.version_id == history.latest_version)


def _obstacles(workspace: Workspace, history: DocumentHistory) -> list[Obstacle]:
    """Takedowns that keep the live version out of answers, or the latest one where none is live."""
    version = history.live_version or history.latest_version
    with workspace.database.read() as connection:
        at: datetime = workspace.database.now(connection)
        if history.live_version is None:
            latest = _latest(history)
            known = [liveness.of_version(history.doc_id, version, latest.provenance)]
        else:
            known = list(liveness.standings(connection, {version}, at).values())
        return liveness.obstacles(connection, known, at).get(version, [])


def _state(history: DocumentHistory, kept_out: Iterable[Obstacle]) -> str:
    """Where a document stands that is not served, in one word."""
    subjects = [one.subject for one in kept_out]
    if f"{RevocationKind.DOCUMENT.value} {history.doc_id}" in subjects:
        return "revoked"
    if subjects:
        return "not served"
    if history.deleted_by_run:
        return "gone"
    verdicts = _latest(history).verdicts
    return verdicts[-1].verdict.action.value if verdicts else "not served"


def _former_names(workspace: Workspace, caller: Caller, doc_id: str) -> tuple[FormerName, ...]:
    """Older names in the form in which they are kept today; the same document under a pseudonym does not count."""
    with workspace.database.read() as connection:
        found = names_before(connection, doc_id, workspace.database.now(connection))
    present, recorded = PresentIds(workspace), workspace.recorded_names
    shown = [one.model_copy(update={"doc_id": recorded(present(one.doc_id))}) for one in found]
    return tuple(
        FormerName(doc_id=one.doc_id, until=one.until, equal=one.equal, says=one.sentence)
        for one in shown
        if one.doc_id != doc_id and keeps(caller, source_of(one.doc_id), one.access.classification)
    )


def kept_sources(workspace: Workspace, caller: Caller) -> frozenset[str]:
    """Names of the sources all of whose documents' records the caller may see."""
    names = (source.name for source in workspace.sources.sources())
    return frozenset(name for name in names if keeps(caller, name))


def audit_events(workspace: Workspace, caller: Caller, wanted: AuditFilter, after: int, limit: int) -> list[AuditEvent]:
    """Events that follow number `after`, oldest first, one more than `limit` when there are more."""
    caller.require(Role.AUDITOR)
    return AuditSearch(workspace.database).after(wanted, after, limit + 1)


def audit_page(
    workspace: Workspace, caller: Caller, wanted: AuditFilter, before: int | None, size: int
) -> list[AuditEvent]:
    """Events before number `before`, newest first."""
    caller.require(Role.AUDITOR)
    return AuditSearch(workspace.database).page(wanted, before, size)


def newest_events(workspace: Workspace, wanted: AuditFilter, size: int) -> list[AuditEvent]:
    """The newest entries, newest first, for the operator of this machine, who keeps the whole log."""
    return AuditSearch(workspace.database).page(wanted, size=size)


def audit_actions(workspace: Workspace, caller: Caller) -> list[str]:
    """Every action the log knows."""
    caller.require(Role.AUDITOR)
    return AuditSearch(workspace.database).actions()


def exported_audit(workspace: Workspace, caller: Caller, wanted: AuditFilter) -> Iterator[AuditEvent]:
    """Every event, oldest first, as the log stands when the reading ends. That it was asked for is on record first."""
    caller.require(Role.AUDITOR)
    workspace.audit.record(AuditEntry(caller.name, "audit.exported", "audit-log"))
    return _all_events(AuditSearch(workspace.database), wanted)


def _all_events(search: AuditSearch, wanted: AuditFilter) -> Iterator[AuditEvent]:
    seq = 0
    while found := search.after(wanted, seq, _EXPORTED_AT_ONCE):
        yield from found
        seq = found[-1].seq


def verified_audit(workspace: Workspace, caller: Caller, kept: str | Mapping[str, object] | None) -> AuditReport:
    """Check the whole log against every checkpoint in the database and in anchors, and against one the caller kept."""
    caller.require(Role.AUDITOR)
    try:
        return workspace.checkpoints.verify(kept)
    except IntegrityError:
        # The log's own state is in the report; only the checkpoint that was given can be refused.
        raise UsageError(
            "That is no checkpoint that was signed here.",
            done="Nothing was verified.",
            fix="Give one as it was written.",
        ) from None


def revocations(workspace: Workspace, caller: Caller, *, everything: bool = False) -> list[Revocation]:
    """Revocations in force, or all, oldest first: for keepers of everything, or of the source concerned."""
    store = Revocations(workspace.database)
    found = store.all() if everything else store.active()
    return [one for one in found if _concerns(caller, one)]


def _concerns(caller: Caller, revocation: Revocation) -> bool:
    if any(caller.may(role) for role in (Role.REVIEWER, Role.AUDITOR, Role.OPERATOR)):
        return True
    if revocation.kind not in (RevocationKind.DOCUMENT, RevocationKind.SOURCE):
        return False
    source = source_of(revocation.subject)
    return keeps(caller, source)


def _served(workspace: Workspace, history: DocumentHistory) -> VersionRecord | None:
    """The version searches would answer from, if the ledger says so now."""
    live = history.live_version
    if live is None or not workspace.ledger.live_versions([live]):
        return None
    return next(version for version in history.versions if version.version_id == live)


def _shown(version: VersionRecord) -> ReadableVersion:
    provenance = version.provenance
    return ReadableVersion(
        version_id=version.version_id,
        title=provenance.title,
        owner=provenance.owner,
        classification=provenance.access.classification,
        licence=provenance.licence,
        ingested_at=provenance.ingested_at,
        content_digest=provenance.content_digest,
    )


def _unknown() -> NotFound:
    return NotFound("There is no such document.", done="Nothing was shown.", fix="Ids come from searches.")
