"""Takedowns in the part of an audit log that a restored backup lacks (law 10).

Invariants: pure. A doubtful case counts as taken back: a document with another newest state than
the backup serves leaves the answers until a refresh judges it. A takedown that was made and lifted again after the
backup is not in force. One that was made before it stays, even if it was lifted since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.domain.audit import AuditEvent
from pipeline.domain.serving.revocations import RevocationKind

_UNKNOWN = {
    *("document.quarantine", "document.reject", "document.redact", "document.deleted"),
    *("review.reject", "review.quarantine", "review.glass_undo"),
}
"""Entries after which no one can say that the older version may be served."""


@dataclass
class NewerTakedowns:
    """Everything that was taken back, by name."""

    revoked: set[tuple[RevocationKind, str]] = field(default_factory=set)
    revoked_sources: set[str] = field(default_factory=set)
    narrowed_sources: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    ended_waivers: set[str] = field(default_factory=set)
    ended_tokens: set[str] = field(default_factory=set)
    principals: set[str] = field(default_factory=set)
    """Principals whose groups, clearance or roles changed."""
    revoked_keys: set[str] = field(default_factory=set)
    new_keys: set[str] = field(default_factory=set)
    newest: dict[str, str | None] = field(default_factory=dict)
    """Document to the version that was served last; None if that is not known or was none."""
    contents: dict[str, str] = field(default_factory=dict)
    """Document to the content digest that was judged last."""

    def leaving(self, served: dict[str, str]) -> set[str]:
        """The documents of what a backup serves, by their versions, that may not stay."""
        changed = {doc for doc, version in served.items() if doc in self.newest and self.newest[doc] != version}
        return changed - self.erased


def newer_takedowns(events: Iterable[AuditEvent]) -> NewerTakedowns:
    """The takedowns in entries that a backup lacks, in their order."""
    found = NewerTakedowns()
    for event in events:
        _take(found, event)
    return found


def _take(found: NewerTakedowns, event: AuditEvent) -> None:
    name, fields = event.subject, event.fields
    if event.action.startswith("document.") and "content_digest" in fields:
        found.contents[name] = fields["content_digest"]
    match event.action:
        case "revocation.made":
            found.revoked.add((RevocationKind(fields["kind"]), name))
        case "revocation.lifted":
            found.revoked.discard((RevocationKind(fields["kind"]), name))
        case "source.revoked":
            found.revoked_sources.add(name)
        case "source.narrowed":
            found.narrowed_sources.add(name)
        case "source.released":
            found.revoked_sources.discard(name)
            found.narrowed_sources.discard(name)
        case "erasure.started":
            found.erased.add(name)
        case "submission.withdrawn":
            found.withdrawn.add(name)
        case "waiver.ended":
            found.ended_waivers.add(fields["waiver_id"])
        case "token.revoked":
            found.ended_tokens.add(fields["token_id"])
        case "principal.written" | "principal.removed" if fields.get("origin") == "file":
            found.principals.add(name)
        case "key.rotated":
            found.new_keys.add(name)
        case "key.revoked":
            found.revoked_keys.add(name)
        case "document.admit" | "document.rolled_back":
            found.newest[name] = fields.get("version_id")
        case "document.review" if fields.get("waiver_lapsed"):
            found.newest[name] = None
        case action if action in _UNKNOWN:
            found.newest[name] = None
