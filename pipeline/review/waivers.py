"""Waivers: ask, approve, end, and a baseline of a corpus.

Invariants: a waiver is asked for and approved by two people, of whom the approver neither submitted nor owns a
document in which the finding stands (laws 5 and 8). It names only what a scan put on record, never a failed scan, and
it ends by itself. Every step and its audit entry are one transaction; reasons stay with the waiver, the audit log
holds their digest. Nothing here sees a value.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, NotAllowed, UsageError
from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.waivers import ActiveWaivers, WaivedFinding, Waiver, WaiverState
from pipeline.review.acting import check_words
from pipeline.review.quarantined import version_quarantined, way_out_of
from pipeline.review.waiver_rights import refuse_involved, require_ender, require_reviewer, seen
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.ledger import history
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.review import waivers
from pipeline.stores.review.waivers import HeldDocument

SHORTEST_BEGINNING = 8
"""Characters of a fingerprint that must be given, at least."""


class Baseline(Frozen):
    """A waiver for what holds the documents of a source now, and what it leaves out."""

    waiver: Waiver
    documents: tuple[str, ...]
    """Documents in which something would be waived."""
    failed: tuple[str, ...]
    """Documents a detector or extraction did not finish: nothing of them is waived."""
    otherwise_held: tuple[str, ...]
    """Documents that something else than a finding keeps out."""


class WaiverService:
    """Ask, approve, end, list."""

    def __init__(self, database: Database, words: Words, longest_days: int = 365) -> None:
        self._database, self._words = database, words
        self._longest_days = longest_days

    def ask(
        self,
        document: str,
        caller: Caller,
        reason: str,
        days: int,
        *,
        numbers: Sequence[int] = (),
        detector: str | None = None,
        fingerprint: str | None = None,
        whole_source: bool = False,
    ) -> Waiver:
        """Ask to waive findings of a document's newest verdict, by number or by detector and fingerprint.

        `fingerprint` may be a beginning of it. With `whole_source` equal findings anywhere in the document's source are
        meant too. Raises `Conflict` if a waiver or a request that stands names them already.
        """
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            doc_id = history.resolve_document(connection, document)
            source = source_of(doc_id)
            classification = waivers.classification_of(connection, doc_id)
            caller.require(Role.OWNER, Role.REVIEWER, source=source, classification=classification)
            recorded = waivers.newest_findings(connection, doc_id)
            chosen = [*_by_number(recorded, numbers), *_by_fingerprint(recorded, detector, fingerprint)]
            if not chosen:
                raise UsageError("No finding was named.", fix=f"`corpusgate explain {doc_id}` numbers them.")
            named = _named(chosen, source if whole_source else doc_id)
            return self._ask(connection, source, named, caller, reason, days, "waiver.asked")

    def baseline(self, source: str, caller: Caller, reason: str, days: int, policy: Policy) -> Baseline:
        """Ask to waive, as one, every finding that keeps a document of `source` out now.

        Documents of classifications that the caller's role does not reach are left alone, and not named.
        """
        SourceRegistry(self._database).source(source)
        caller.require_in(Role.OWNER, Role.REVIEWER, source=source)
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            already = ActiveWaivers(waivers.active(connection, [source], at), at)
            named: list[WaivedFinding] = []
            failed: list[str] = []
            covered: list[str] = []
            otherwise: list[str] = []
            for held in waivers.held(connection, source):
                classification = held.provenance.access.classification
                if not any(caller.may(role, source, classification) for role in (Role.OWNER, Role.REVIEWER)):
                    continue
                if any(finding.kind is FindingKind.SCAN_FAILED for finding in held.findings):
                    failed.append(held.doc_id)
                elif holding := _holding(held, policy, already):
                    covered.append(held.doc_id)
                    named.extend(_named(holding, held.doc_id))
                else:
                    otherwise.append(held.doc_id)
            if not named:
                raise UsageError(
                    f"No finding that could be waived keeps a document of {source} out.",
                    fix="`corpusgate explain DOCUMENT` says what does.",
                )
            waiver = self._ask(connection, source, named, caller, reason, days, "waiver.baseline_asked")
        return Baseline(waiver=waiver, documents=tuple(covered), failed=tuple(failed), otherwise_held=tuple(otherwise))

    def release(self, doc_id: str, caller: Caller, reason: str, days: int, policy: Policy) -> Waiver:
        """Ask to waive every finding that keeps a document in quarantine; another person approves it.

        Raises:
            NotAllowed: No waiver lets it out, or the caller neither owns nor reviews it.
            Conflict: Such a waiver waits for its second person, or is in force, already.
            NotFound: It is not in quarantine, or the caller may not know of it.

        """
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            document = version_quarantined(connection, doc_id, caller, at)
            source, classification = document.source, document.classification
            caller.require(Role.OWNER, Role.REVIEWER, source=source, classification=classification)
            way = way_out_of(connection, document, policy, at)
            if not way.open:
                raise NotAllowed(
                    " ".join((f"No waiver lets {doc_id} out.", *way.hindrances)),
                    done="Nothing was asked for.",
                    fix=" ".join(policy.fixes(document.rules)) or "Its owner brings a new version.",
                )
            recorded = waivers.newest_findings(connection, doc_id)
            named = _named(_by_number(recorded, way.findings), doc_id)
            return self._ask(connection, source, named, caller, reason, days, "waiver.asked")

    def approve(self, name: str, caller: Caller) -> Waiver:
        """Put a waiver into force. The next refresh evaluates the documents it covers again."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            waiver = waivers.require(connection, name, partial(seen, connection, caller))
            require_reviewer(connection, waiver, caller)
            state = waiver.state(at)
            if state is not WaiverState.PENDING:
                raise Conflict(
                    f"This waiver is {state.value}; it cannot be approved.", fix="Ask for a new one if it is needed."
                )
            refuse_involved(connection, waiver, caller)
            waivers.approve(connection, waiver.waiver_id, person(caller.name), at)
            _audit(connection, at, caller, "waiver.approved", waiver)
            return waiver.model_copy(update={"approved_by": person(caller.name), "approved_at": at})

    def expire(self, name: str, caller: Caller, reason: str) -> Waiver:
        """End a waiver now, or take a request back. What is served because of it is not served from here on."""
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            waiver = waivers.require(connection, name, partial(seen, connection, caller))
            require_ender(connection, waiver, caller)
            state = waiver.state(at)
            if state not in (WaiverState.PENDING, WaiverState.ACTIVE):
                raise Conflict(f"This waiver is {state.value} already.", fix="There is nothing to do.")
            check_words(reason, "A reason")
            waivers.end(connection, waiver.waiver_id, person(caller.name), reason, at)
            _audit(connection, at, caller, "waiver.ended", waiver, reason_digest=digest_text(reason))
            return waiver.model_copy(update={"ended_by": person(caller.name), "ended_at": at, "end_reason": reason})

    def list_waivers(
        self, *, everything: bool = False, caller: Caller | None = None
    ) -> list[tuple[Waiver, WaiverState]]:
        """Pending and active waivers, or all, oldest first; with `caller`, only those they may know of."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            found = [(waiver, waiver.state(at)) for waiver in waivers.find(connection)]
            if not everything:
                found = [one for one in found if one[1] in (WaiverState.PENDING, WaiverState.ACTIVE)]
            if caller is None:
                return found
            known = {waiver.waiver_id for waiver in seen(connection, caller, [waiver for waiver, _ in found])}
            return [one for one in found if one[0].waiver_id in known]

    def active(self, sources: Sequence[str], at: datetime) -> list[Waiver]:
        """Waivers of `sources` in force at `at`: what a run beginning then goes by."""
        with self._database.read() as connection:
            return waivers.active(connection, sources, at)

    def drift(self, source: str, now: ActiveWaivers) -> dict[str, bool]:
        """Documents that must be evaluated again under `now`, each with whether what it serves has lapsed."""
        with self._database.read() as connection:
            return waivers.drift(connection, source, now)

    def _ask(
        self,
        connection: Connection,
        source: str,
        named: Sequence[WaivedFinding],
        caller: Caller,
        reason: str,
        days: int,
        action: str,
    ) -> Waiver:
        check_words(reason, "A reason")
        if not 1 <= days <= self._longest_days:
            raise UsageError(
                f"A waiver lasts 1 to {self._longest_days} days, not {days}.",
                fix="Give fewer days, or raise review.waiver_days in corpusgate.yaml.",
            )
        at = self._database.now(connection)
        _refuse_repeated(connection, source, named, at, at + timedelta(days=days))
        waiver = Waiver(
            waiver_id=secrets.token_hex(8),
            source=source,
            reason=reason,
            asked_by=person(caller.name),
            asked_at=at,
            expires_at=at + timedelta(days=days),
            findings=tuple(named),
        )
        waivers.add(connection, waiver)
        _audit(connection, at, caller, action, waiver, days=days, reason_digest=digest_text(reason))
        return waiver


def _refuse_repeated(
    connection: Connection, source: str, named: Sequence[WaivedFinding], at: datetime, until: datetime
) -> None:
    """Raise `Conflict` if every finding is in requests that wait, or in waivers that last as long; a renewal may."""
    requests = waivers.find(connection, waivers.pending(source, at))
    standing = [*requests, *(one for one in waivers.active(connection, [source], at) if one.expires_at >= until)]
    covering: dict[str, Waiver] = {}
    for finding in named:
        # A waiver covers nothing in a document that its approver submitted or owns.
        authors = waivers.newest_authors(connection, finding.scope)
        same = next((one for one in standing if one.names(finding) and one.approved_by not in authors), None)
        if same is None:
            return
        covering[same.waiver_id] = same
    said = " ".join(
        f"Waiver {one.waiver_id}, which {one.asked_by} asked for, waits for another person already."
        if one.approved_at is None
        else f"Waiver {one.waiver_id}, which {one.approved_by} approved, is in force until "
        f"{one.expires_at:%Y-%m-%d %H:%M} UTC."
        for one in covering.values()
    )
    waiting = next((one for one in covering.values() if one.approved_at is None), None)
    fix = "The next refresh evaluates the document with it. A waiver that lasts longer may be asked for."
    if waiting is not None:
        fix = f"Another reviewer approves it: corpusgate waivers approve {waiting.waiver_id}"
    raise Conflict(said, done="Nothing was asked for.", fix=fix)


def _by_number(recorded: Sequence[Finding], numbers: Iterable[int]) -> list[Finding]:
    chosen = []
    for number in numbers:
        if not 1 <= number <= len(recorded):
            raise UsageError(
                f"The newest verdict has {len(recorded)} findings; there is no number {number}.",
                fix="`corpusgate explain DOCUMENT` numbers them.",
            )
        chosen.append(recorded[number - 1])
    return chosen


def _by_fingerprint(recorded: Sequence[Finding], detector: str | None, fingerprint: str | None) -> list[Finding]:
    if detector is None and fingerprint is None:
        return []
    if not detector or not fingerprint or len(fingerprint) < SHORTEST_BEGINNING:
        raise UsageError(
            "A finding is named by its detector and its fingerprint together.",
            fix=f"Give both, and at least {SHORTEST_BEGINNING} characters of the fingerprint.",
        )
    found = [f for f in recorded if f.detector == detector and f.fingerprint.startswith(fingerprint)]
    if len({finding.fingerprint for finding in found}) != 1:
        what = "Several findings have" if found else "No finding of the newest verdict has"
        raise UsageError(f"{what} that detector and fingerprint.", fix="`corpusgate explain DOCUMENT --json` has both.")
    return found


def _named(chosen: Iterable[Finding], scope: str) -> list[WaivedFinding]:
    named: dict[tuple[str, str], WaivedFinding] = {}
    for finding in chosen:
        if finding.kind is FindingKind.SCAN_FAILED:
            raise NotAllowed(
                "A failed scan cannot be waived: the content of the document is unknown.",
                fix="Mend the document, or the limits of the detectors, and refresh.",
            )
        named.setdefault((finding.detector, finding.fingerprint), WaivedFinding.of(finding, scope))
    return list(named.values())


def _holding(held: HeldDocument, policy: Policy, already: ActiveWaivers) -> list[Finding]:
    """The findings that would each alone keep a document out."""
    counted, _ = already.split(held.doc_id, held.authors, held.findings)
    document = recorded_context(held.provenance, held.bytes)
    change = recorded_change(held.kind, held.impact or Impact(score=0))
    return [one for one in counted if policy.finding_action(one, document, change).rank > Action.REDACT.rank]


def _audit(
    connection: Connection, at: datetime, caller: Caller, action: str, waiver: Waiver, **details: audit_log.Detail
) -> None:
    scopes = {finding.scope for finding in waiver.findings}
    subject = scopes.pop() if len(scopes) == 1 else waiver.source
    named = [finding.model_dump(mode="json") for finding in waiver.findings]
    bound: dict[str, audit_log.Detail] = {
        "waiver_id": waiver.waiver_id,
        "findings": len(named),
        "findings_digest": digest_json(sorted(named, key=lambda one: tuple(one.values()))),
    }
    audit_log.append(connection, at, [AuditEntry(caller.name, action, subject, bound | details)])
