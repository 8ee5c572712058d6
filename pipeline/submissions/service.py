"""Submitting, following and withdrawing documents: the use cases, with their rights and limits.

Invariants: the submitter is the verified caller, never a field of a form; only an owner of the source may submit. For
a caller who may not see a submission it does not exist. The file is durable before its row is written, and the row is
the one moment at which a submission exists: a crash before it leaves a file that is never read, a crash after it
leaves nothing to do. Limits are counted in the transaction that uses them up. Every submission and withdrawal is
audited, by ids and digests. A withdrawn document is not served from that commit on.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.documents.documents import document_id
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, CorpusgateError, InvalidFields, LedgerError, NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.submissions.reading import reading_words
from pipeline.domain.submissions.submission_names import ending, shown_name, submitted_uri
from pipeline.domain.submissions.submissions import (
    READ_NEXT,
    Draft,
    Submitted,
    problems_of,
    status_of,
    warnings_of,
)
from pipeline.settings.application import SubmissionSettings
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.database import Connection, Database
from pipeline.stores.ledger import history
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.submissions import standing as submission_standing
from pipeline.stores.submissions import submissions
from pipeline.stores.submissions.same_bytes import same_bytes
from pipeline.stores.submissions.submissions import SubmissionRecord, SubmittedDocument
from pipeline.submissions.inbox import SWEPT_AFTER_SECONDS, Inbox, Readable, Received
from pipeline.submissions.limits import check_limits, check_submitter
from pipeline.submissions.receipts import Receipt, SubmissionSummary, receipt, summary
from pipeline.submissions.rights import classification_of, may_know, may_see, may_submit, no_such_submission

TAKING = (SourceState.APPROVED, SourceState.NARROWED)
LONGEST_PAGE = 501
_LONGEST_KEY, _LONGEST_REASON = 200, 1_000


class TakenSubmission(Frozen):
    """The answer to a submission."""

    receipt: Receipt
    created: bool
    """False when the same was submitted before: the receipt is then the earlier one."""


class SubmissionService:
    """Submit, follow, list, withdraw; and what a run needs to know."""

    def __init__(
        self,
        database: Database,
        inbox: Path,
        settings: SubmissionSettings,
        policy: Callable[[], Policy],
        words: Words,
        known: Callable[[], KnownPrincipals | None] = lambda: None,
    ) -> None:
        self._database, self._settings, self._policy, self._words = database, settings, policy, words
        self._known = known
        self._inbox = Inbox(inbox)
        self._sources = SourceRegistry(database)
        self._ledger = Ledger(database)

    # For who submits

    def inboxes(self, caller: Caller) -> list[Source]:
        """The inboxes the caller may submit to."""
        return [source for source in self._sources.sources() if source.is_inbox and may_submit(caller, source, None)]

    def largest(self, source: Source) -> int:
        """The most bytes one submission to `source` may have."""
        return min(self._settings.max_bytes, source.limits.max_bytes)

    def check(self, caller: Caller, draft: Draft) -> Source:
        """The source a draft would go to. Raises `InvalidFields` with what is wrong, by field."""
        source = self._sources.find(draft.source)
        if source is None or not source.is_inbox or not may_submit(caller, source, draft):
            raise NotFound(
                "There is no such inbox, or you may not submit to it.",
                fix="An inbox is a source made with `corpusgate sources add NAME --inbox`; its owners submit to it.",
            )
        if source.state not in TAKING:
            raise Conflict(
                f"Source {source.name} is {source.state.value} and takes no submissions.",
                fix="Somebody other than who registered it can approve or release it.",
            )
        problems = problems_of(draft, source, self._known()) or self._values_in(draft)
        if problems:
            raise InvalidFields(problems)
        return source

    def _values_in(self, draft: Draft) -> dict[str, str]:
        """Fields whose words hold a value: refused while their author can still change them, and stored nowhere."""
        typed = {"name": draft.name, "title": draft.title or "", "licence": draft.licence or ""}
        return {
            field: "It holds what looks like a secret or personal data. Leave that out."
            for field, words in typed.items()
            if self._words(words) != words
        }

    def check_room(self, caller: Caller, key: str | None = None) -> None:
        """Refuse who is over a limit before their upload is read, unless `key` may be a repetition."""
        who, key_digest = person(caller.name), _key_digest(key)
        with self._database.read() as connection:
            now = self._database.now(connection)
            if not key_digest or submissions.keyed(connection, who, key_digest, now) is None:
                check_submitter(connection, self._settings, who, now)

    def submit(self, caller: Caller, draft: Draft, content: Readable, key: str | None = None) -> TakenSubmission:
        """Take a document, or a new version of one, in; the bytes are read in blocks, up to the limit.

        With `key`, the same request again answers with the same receipt. So does a new version that changes nothing.
        """
        source, who = self.check(caller, draft), person(caller.name)
        key_digest = _key_digest(key)
        with self._database.read() as connection:
            replaces = self._replaced(connection, caller, draft, source)
            now = self._database.now(connection)
            if not key_digest or submissions.keyed(connection, who, key_digest, now) is None:
                # Before anything is read: whoever is over a limit is not let upload first.
                check_limits(connection, self._settings, who, source, 1, now, new=replaces is None)
        submission_id = secrets.token_hex(8)
        file = f"{submission_id}{ending(draft.name)}"
        received = self._inbox.receive(source.name, file, content, self.largest(source))
        try:
            if received.bytes == 0:
                raise InvalidFields({"file": "It is empty."})
            record = self._record(caller, draft, source, submission_id, received, key_digest)
        except LedgerError:
            raise  # it may have been committed: a file without a row is swept later, a row needs its file
        except CorpusgateError:
            self._inbox.remove(source.name, file)
            raise
        if record.submission_id != submission_id:
            self._inbox.remove(source.name, file)
            return TakenSubmission(receipt=self._receipt(caller, record), created=False)
        received_now = submission_standing.just_received(record)
        return TakenSubmission(receipt=self._made(caller, received_now), created=True)

    def receipt(self, caller: Caller, submission_id: str) -> Receipt:
        """Where a submission stands. Raises `NotFound` for who may not know that it exists."""
        with self._database.read() as connection:
            record = self._visible(connection, caller, submission_id)
        return self._receipt(caller, record)

    def draft(self, caller: Caller, submission_id: str) -> Draft:
        """What a submission said of itself, to begin a new version of its document with."""
        with self._database.read() as connection:
            record = self._visible(connection, caller, submission_id)
        declared: dict[str, object] = dict(record.declared)
        return Draft.model_validate(
            {"source": record.source, "document": record.submission_id, "name": record.name} | declared
        )

    def list_submissions(
        self, caller: Caller, *, document: str | None = None, before: str | None = None, limit: int = 50
    ) -> list[SubmissionSummary]:
        """Submissions the caller may see, newest first; `before` continues after a page's last one."""
        grants = [grant for grant in caller.grants if grant.role in KEEPERS]
        everywhere = any(not grant.sources for grant in grants)
        limit = max(1, min(limit, LONGEST_PAGE))
        sources = {source.name: source for source in self._sources.sources()}
        seen: list[SubmissionRecord] = []
        with self._database.read() as connection:
            last = None if before is None else self._visible(connection, caller, before)
            # A page is short only where nothing follows, however much in between is not for the caller.
            while len(seen) < limit:
                records = submissions.page(
                    connection,
                    people=[person(caller.name)],
                    sources=None if everywhere else {name for grant in grants for name in grant.sources},
                    document=document,
                    before=last,
                    limit=LONGEST_PAGE,
                )
                known = (record for record in records if record.source in sources)
                seen += [record for record in known if may_see(caller, record, sources[record.source])]
                if len(records) < LONGEST_PAGE:
                    break
                last = records[-1]
        seen = seen[:limit]
        return [summary(one) for one in self._placed(seen)]

    def withdraw(self, caller: Caller, name: str, reason: str = "") -> Receipt:
        """Take a document back for good, by its id or a submission of it: it is not served from this commit on."""
        if len(reason) > _LONGEST_REASON:
            raise InvalidFields({"reason": "At most 1000 characters."})
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            document = self._document(connection, caller, name)
            latest = submissions.find(connection, document.latest)
            source = self._sources.source(document.source)
            if latest is None or not caller.may(Role.OWNER, source.name, classification_of(latest, source)):
                raise no_such_submission()
            if document.withdrawn_at is None:
                at = self._database.now(connection)
                submissions.withdraw(connection, document.doc_id, caller.name, reason, at)
                details = {"submission_id": latest.submission_id, "reason_digest": digest_text(reason)}
                entry = AuditEntry(caller.name, "submission.withdrawn", document.doc_id, details)
                audit_log.append(connection, at, [entry])
            versions = submissions.page(connection, document=document.doc_id, limit=document.versions)
        for version in versions:
            self._inbox.remove(version.source, version.file)
        return self._receipt(caller, latest)

    # For runs

    def snapshot(self, sources: Sequence[str]) -> tuple[list[Submitted], set[str]]:
        """What counts in these inboxes now, and the documents that were withdrawn and the ledger still holds."""
        with self._database.read() as connection:
            return submissions.counting(connection, sources), submissions.withdrawn_ids(connection, sources)

    def unjudged(self, sources: Sequence[str]) -> list[Submitted]:
        """What counts in these inboxes and no verdict was given on yet."""
        with self._database.read() as connection:
            return submissions.unjudged(connection, sources)

    def sweep(self, sources: Iterable[str]) -> int:
        """Remove files nobody needs: of replaced versions, of withdrawn documents, and of what crashed; how many."""
        removed = 0
        for source in sources:
            old = self._inbox.old_files(source)
            with self._database.read() as connection:
                since = self._database.now(connection) - timedelta(seconds=SWEPT_AFTER_SECONDS)
                needed = submissions.still_needed(connection, old, since)
            unneeded = [path for name, path in old.items() if name not in needed]
            self._inbox.sweep(unneeded)
            removed += len(unneeded)
        return removed

    def _replaced(
        self, connection: Connection, caller: Caller, draft: Draft, source: Source
    ) -> SubmittedDocument | None:
        if draft.document is None:
            return None
        document = self._document(connection, caller, draft.document)
        if document.source != source.name:
            raise InvalidFields({"document": f"It belongs to another source than {source.name}."})
        if document.withdrawn_at is not None:
            raise Conflict("That document was withdrawn.", fix="Submit it as a new document.")
        return document

    def _record(
        self,
        caller: Caller,
        draft: Draft,
        source: Source,
        submission_id: str,
        received: Received,
        key_digest: str | None,
    ) -> SubmissionRecord:
        """Write the submission, or find the one that says the same: one transaction decides."""
        who = person(caller.name)
        request = digest_json([draft.model_dump(mode="json"), received.content_digest])
        with audit_log.audited(self._database) as connection:
            now = self._database.now(connection)
            known = submissions.keyed(connection, who, key_digest, now) if key_digest else None
            if known is not None:
                return self._same(connection, known, request)
            replaces = self._replaced(connection, caller, draft, source)
            record = None if replaces is None else _unchanged(connection, replaces, draft, who, received)
            if record is None:
                check_limits(connection, self._settings, who, source, received.bytes, now, new=replaces is None)
                uri = submitted_uri(draft.name, secrets.token_hex(8)) if replaces is None else replaces.uri
                record = SubmissionRecord(
                    submission_id=submission_id,
                    doc_id=document_id(source.name, uri),
                    source=source.name,
                    number=1 if replaces is None else replaces.versions + 1,
                    submitter=caller.name,
                    person=who,
                    received_at=now,
                    name=shown_name(draft.name),
                    file=received.path.name,
                    declared=draft.declared,
                    content_digest=received.content_digest,
                    bytes=received.bytes,
                )
                submissions.add(connection, record, uri)
                details: dict[str, Detail] = {
                    "submission_id": submission_id,
                    "version": record.number,
                    "content_digest": record.content_digest,
                    "bytes": record.bytes,
                }
                audit_log.append(
                    connection, now, [AuditEntry(caller.name, "submission.received", record.doc_id, details)]
                )
            if key_digest:
                life = timedelta(hours=self._settings.key_hours)
                submissions.remember_key(connection, who, key_digest, request, record.submission_id, now, life)
            return record

    def _same(self, connection: Connection, known: tuple[str, str], request: str) -> SubmissionRecord:
        submission_id, remembered = known
        record = submissions.find(connection, submission_id)
        if record is None or remembered != request:
            raise Conflict(
                "This idempotency key stands for another submission.",
                done="Nothing was submitted.",
                fix="Use a new key for every submission, and the same one only to repeat it.",
            )
        return record

    def _document(self, connection: Connection, caller: Caller, name: str) -> SubmittedDocument:
        """The document of that id, or of that submission."""
        found = submissions.find_document(connection, name)
        latest = found.latest if found is not None else name
        record = self._visible(connection, caller, latest)
        document = found or submissions.find_document(connection, record.doc_id)
        if document is None:
            raise no_such_submission()
        return document

    def _visible(self, connection: Connection, caller: Caller, submission_id: str) -> SubmissionRecord:
        record = submissions.find(connection, submission_id)
        if record is None or not may_see(caller, record, self._sources.source(record.source)):
            raise no_such_submission()
        return record

    def _placed(self, records: Sequence[SubmissionRecord]) -> list[submission_standing.Placed]:
        with self._database.read() as connection:
            live = submission_standing.live_versions_of(connection, records)
        servable = self._ledger.live_versions(live)
        with self._database.read() as connection:
            return submission_standing.placed(connection, records, servable)

    def _receipt(self, caller: Caller, record: SubmissionRecord) -> Receipt:
        return self._made(caller, self._placed([record])[0])

    def _made(self, caller: Caller, placed: submission_standing.Placed) -> Receipt:
        record, version = placed.record, None
        sources = {one.name: one for one in self._sources.sources()}
        inboxes = {name: one.classification for name, one in sources.items() if one.is_inbox}
        with self._database.read() as connection:
            if placed.version_id is not None:
                version = history.version(connection, placed.version_id)
            same = same_bytes(connection, record, inboxes)
            now = self._database.now(connection)
        same = [one for one in same if may_know(caller, one.submitter, one.source, one.classification)]
        servable = self._ledger.live_versions([one.version_id for one in same if one.version_id])
        next_refresh = ""
        if status_of(placed.standing) in READ_NEXT:
            next_refresh = reading_words(self._ledger.began(record.source), now)
        return receipt(
            placed,
            version,
            self._policy(),
            warnings_of(record.declared, sources[record.source], self._known()),
            tuple(one.model_copy(update={"served": one.version_id in servable}) for one in same),
            next_refresh,
        )


def _unchanged(
    connection: Connection, replaces: SubmittedDocument, draft: Draft, who: str, received: Received
) -> SubmissionRecord | None:
    """The submission that counts already, when it says the same; then there is nothing to read again."""
    latest = submissions.find(connection, replaces.latest)
    if latest is None:
        return None
    said = (latest.content_digest, latest.declared, latest.person)
    return latest if said == (received.content_digest, draft.declared, who) else None


def _key_digest(key: str | None) -> str | None:
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY:
        raise UsageError("An idempotency key has 1 to 200 characters.", fix="A random UUID is a good one.")
    return digest_text(key)
