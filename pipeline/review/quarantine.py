"""Quarantine as a workplace: list, count, look at one document, mark as seen, and ask for release.

Release is a waiver of every finding that keeps the document out, asked for by one person and approved by another
(`waivers`): there is no second way. Questions to owners are those of `questions`.

Invariants: the newest verdict alone says what is in quarantine; nothing here changes it. A look counts for exactly one
version and decides nothing. Auditors change nothing. Every act and its audit entry are one transaction.
"""

from collections.abc import Callable, Sequence

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, NotAllowed, NotFound, UsageError
from pipeline.domain.findings.findings import Finding
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.releasing import WayOut
from pipeline.domain.review.claims import Question
from pipeline.domain.review.quarantine import (
    QuarantineCounts,
    QuarantinedDocument,
    QuarantineFilter,
    QuarantinePlace,
    QuarantineResult,
    QuarantineSort,
    SeenMark,
)
from pipeline.review.acting import LONGEST_REASON
from pipeline.review.quarantined import audit_quarantined, find_quarantined, version_quarantined, way_out_of
from pipeline.review.questions import may_answer_about
from pipeline.review.rights import grants
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Connection, Database
from pipeline.stores.review import quarantine, waivers
from pipeline.stores.review import work as review_work
from pipeline.stores.review.reach import involved_in_version

MOST_SEEN_AT_ONCE = 200
"""Documents that one act may mark as seen."""
MARKING = (Role.OWNER, Role.REVIEWER, Role.OPERATOR)
"""Roles that may mark a document as seen."""


class QuarantineCase(Frozen):
    """A document in quarantine with everything that work on it needs."""

    document: QuarantinedDocument
    findings: tuple[Finding, ...]
    """Of the newest verdict, with masked previews; their numbers count from 1."""
    fixes: tuple[str, ...]
    """Advice of the deciding rules to the owner."""
    way_out: WayOut
    thread: tuple[Question, ...]
    """Questions about this version and their answers, oldest first."""
    involved: str | None
    """The part that the caller had in this version, which keeps them from approving its release; None: none."""
    marks: bool
    """Whether the caller may mark it as seen."""
    asks: bool
    """Whether the caller may ask the owner."""
    answers: bool
    """Whether a question waits for the caller's answer."""
    releases: bool
    """Whether the caller may ask for its release."""


class QuarantineService:
    """List, count, show, mark."""

    def __init__(self, database: Database, words: Words, policy: Callable[[], Policy]) -> None:
        self._database, self._words, self._policy = database, words, policy

    def page(
        self,
        caller: Caller,
        wanted: QuarantineFilter,
        sort: QuarantineSort = QuarantineSort.OLDEST,
        after: QuarantinePlace | None = None,
        size: int = 50,
    ) -> list[QuarantinedDocument]:
        """Up to `size` documents after that place, of those that the caller may see."""
        with self._database.read() as connection:
            at, keeping = self._database.now(connection), grants(caller, *KEEPERS)
            return quarantine.page(connection, keeping, wanted, at, sort=sort, after=after, size=size)

    def counts(self, caller: Caller, wanted: QuarantineFilter) -> QuarantineCounts:
        """Documents under a filter, in all and by rule, source and kind of finding."""
        with self._database.read() as connection:
            return quarantine.counts(connection, grants(caller, *KEEPERS), wanted, self._database.now(connection))

    def case(self, doc_id: str, caller: Caller) -> QuarantineCase:
        """One document, by its whole id. Raises `NotFound`, or `Conflict` if it is not in quarantine."""
        policy = self._policy()
        with self._database.read() as connection:
            at = self._database.now(connection)
            document = find_quarantined(connection, doc_id, caller, at)
            people = involved_in_version(connection, document.version_id)
            where, asked = (document.source, document.classification), document.question
            return QuarantineCase(
                document=document,
                findings=tuple(waivers.newest_findings(connection, doc_id)),
                fixes=tuple(dict.fromkeys(policy.fixes(document.rules))),
                way_out=way_out_of(connection, document, policy, at),
                thread=tuple(review_work.thread_of_version(connection, document.version_id)),
                involved=people.get(person(caller.name)),
                marks=any(caller.may(role, *where) for role in MARKING),
                asks=caller.may(Role.REVIEWER, *where),
                answers=asked is not None and may_answer_about(connection, doc_id, asked, caller),
                releases=caller.may(Role.OWNER, *where) or caller.may(Role.REVIEWER, *where),
            )

    def mark_seen(self, doc_ids: Sequence[str], caller: Caller, remark: str = "") -> list[QuarantineResult]:
        """Note that the caller looked at the newest version of each document; each under its own checks."""
        doc_ids = list(dict.fromkeys(doc_ids))
        if not 1 <= len(doc_ids) <= MOST_SEEN_AT_ONCE:
            raise UsageError(
                f"1 to {MOST_SEEN_AT_ONCE} documents are marked as seen at once.", fix="Select fewer, or at least one."
            )
        if len(remark) > LONGEST_REASON:
            raise UsageError(f"A remark has at most {LONGEST_REASON} characters.", fix="Say it in one sentence.")
        remark = self._words(remark) if remark.strip() else ""
        with audit_log.audited(self._database) as connection:
            look = SeenMark(person=person(caller.name), at=self._database.now(connection), remark=remark)
            return [_mark(connection, doc_id, caller, look) for doc_id in doc_ids]


def _mark(connection: Connection, doc_id: str, caller: Caller, look: SeenMark) -> QuarantineResult:
    try:
        document = version_quarantined(connection, doc_id, caller, look.at)
        caller.require(*MARKING, source=document.source, classification=document.classification)
    except (Conflict, NotAllowed, NotFound) as refused:
        return QuarantineResult(doc_id=doc_id, done=False, problem=refused.what)
    review_work.mark_seen(connection, document.version_id, look)
    details = {"remark_digest": digest_text(look.remark)} if look.remark else {}
    audit_quarantined(connection, look.at, caller, "review.seen", document, **details)
    return QuarantineResult(doc_id=doc_id, done=True)
