"""Revokes at once, and lifts revocations.

Invariants: a revoked document is in no answer that starts after the commit, because each query asks the ledger. An
unknown name is refused with similar names, so a typing error never passes for a revocation. Owners revoke their own
documents and sources, operators and reviewers what is wholly within their bounds. Only a reviewer lifts, and never for
documents of their own (law 8).
"""

import difflib
from contextlib import suppress

from pipeline.domain.documents.provenance import Source, source_of
from pipeline.domain.errors import CorpusgateError, NotAllowed, NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.persons import same_person
from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.index.generations import Generation
from pipeline.stores.takedown.revocations import ReachedVersion, Revocations, canonical, not_revoked
from pipeline.workspace import Workspace

_SUGGESTIONS = 3


class RevocationResult(Frozen):
    """What a revocation takes off, or a lift leaves to the next refresh."""

    kind: RevocationKind
    subject: str
    revocation: Revocation | None
    """None in a dry run."""
    documents: tuple[str, ...]
    """Documents that were being served until now because of nothing else."""
    chunks: int | None
    """Their chunks in the current generation; None when it cannot be read."""
    dry_run: bool


def revoke(
    workspace: Workspace, kind: RevocationKind, subject: str, by: Caller, reason: str, *,
    unknown: bool = False, dry_run: bool = False,
) -> RevocationResult:  # fmt: skip
    """Stop serving everything `subject` names, from this moment on.

    Raises `NotFound` when the ledger knows nothing of that name, unless `unknown` says that this is meant.
    """
    revocations = Revocations(workspace.database)
    subject = _known(workspace, kind, subject, by, allow=unknown)
    named = revocations.named(kind, subject)
    if unknown and workspace.words(subject) != subject:
        raise UsageError(
            "This name holds what looks like a secret or personal data, and no document of that name is known.",
            done="Nothing was revoked or kept.",
            fix="Revoke the source, or the name `corpusgate explain` shows; a pseudonym stands for such a name.",
        )
    if not _may_revoke(workspace, kind, subject, by, named):
        raise NotAllowed(
            f"{by.name} is not operator or reviewer, nor the owner of this.",
            done="Nothing was revoked.",
            fix="Ask somebody who is.",
        )
    versions = workspace.ledger.live_versions(one.version_id for one in named if one.live)
    taken = [one for one in named if one.version_id in versions]
    made = None if dry_run else revocations.revoke(kind, subject, by.name, workspace.words(reason))
    return RevocationResult(
        kind=kind,
        subject=subject,
        revocation=made,
        documents=tuple(sorted(one.doc_id for one in taken)),
        chunks=_chunks(workspace, versions),
        dry_run=dry_run,
    )


LEFT_TO_REFRESH = (
    "Documents in the current generation are served again at once. The next `corpusgate refresh` judges the rest "
    "again, with those kept out under other names; a stream does not."
)
"""The message to the person who lifts a revocation."""


def lift(workspace: Workspace, kind: RevocationKind, subject: str, by: Caller, reason: str) -> Revocation:
    """Take a revocation back; what generations no longer hold comes back with the next refresh.

    A document or source that the caller has no part in does not exist for them.
    """
    revocations = Revocations(workspace.database)
    subject = _in_force(revocations, kind, subject, by)
    if not _knows_of(by, kind, subject):
        raise not_revoked(kind)
    named = revocations.named(kind, subject)
    for classification in _classifications(workspace, kind, subject, named):
        by.require(Role.REVIEWER, source=_source_of(kind, subject), classification=classification)
    if _involved(workspace, kind, subject, by, named):
        raise NotAllowed(
            f"{by.name} owns or submitted something this revocation names and may not lift it.",
            fix="Ask a reviewer who has nothing to do with it.",
        )
    return revocations.lift(kind, subject, by.name, workspace.words(reason))


def _in_force(revocations: Revocations, kind: RevocationKind, subject: str, by: Caller) -> str:
    """The one name of a revocation in force that the caller knows of; as given if it ends none, or several."""
    subject = canonical(kind, subject)
    if kind is not RevocationKind.DOCUMENT:
        return subject
    names = {one.subject for one in revocations.active() if one.kind is kind and _knows_of(by, kind, one.subject)}
    ending = [name for name in names if name.endswith((f":{subject}", f"/{subject}"))]
    return ending[0] if subject not in names and len(ending) == 1 else subject


def _known(workspace: Workspace, kind: RevocationKind, subject: str, by: Caller, *, allow: bool) -> str:
    """The one thing of that name; raises `NotFound` with names of the caller's that may have been meant.

    A document or source that the caller has no part in does not exist for them.
    """
    revocations = Revocations(workspace.database)
    subject = canonical(kind, subject)
    found = [one for one in revocations.matching(kind, subject) if _knows_of(by, kind, one)]
    if len(found) == 1:
        return found[0]
    if allow and not found:
        return subject
    alike = [one for one in revocations.similar(kind, subject) if _knows_of(by, kind, one)]
    near = found[:10] or difflib.get_close_matches(subject, alike, _SUGGESTIONS, 0.5)
    near = [one for one in near if _may_revoke(workspace, kind, one, by, revocations.named(kind, one))]
    ending = (
        f"Several {kind.value}s end with that name." if found else f"The ledger knows no {kind.value} of that name."
    )
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    raise NotFound(
        ending,
        done="Nothing was revoked.",
        fix=f"{meant}To revoke a name the ledger does not know yet, add --unknown.",
    )


def _knows_of(by: Caller, kind: RevocationKind, subject: str) -> bool:
    """Whether the caller keeps records of the source that a name belongs to; other kinds have no source."""
    source = {RevocationKind.DOCUMENT: source_of(subject), RevocationKind.SOURCE: subject}.get(kind)
    return source is None or any(by.may_in(role, source) for role in KEEPERS)


def may_revoke_document(workspace: Workspace, doc_id: str, by: Caller) -> bool:
    """Whether `revoke` would let this caller revoke a document of that id."""
    kind = RevocationKind.DOCUMENT
    return _may_revoke(workspace, kind, doc_id, by, Revocations(workspace.database).named(kind, doc_id))


def may_lift_document(workspace: Workspace, doc_id: str, by: Caller) -> bool:
    """Whether `lift` would let this caller lift the revocation of a document."""
    kind = RevocationKind.DOCUMENT
    named = Revocations(workspace.database).named(kind, doc_id)
    reaches = _reaches(workspace, by, Role.REVIEWER, kind, doc_id, named)
    return reaches and not _involved(workspace, kind, doc_id, by, named)


def _may_revoke(
    workspace: Workspace, kind: RevocationKind, subject: str, by: Caller, named: list[ReachedVersion]
) -> bool:
    if any(_reaches(workspace, by, role, kind, subject, named) for role in (Role.OPERATOR, Role.REVIEWER)):
        return True
    owners = {one.owner for one in named}
    if kind is RevocationKind.SOURCE:
        owners = _people_of_source(workspace, subject)
    owned = kind in (RevocationKind.DOCUMENT, RevocationKind.SOURCE) and any(same_person(by.name, o) for o in owners)
    return owned and _reaches(workspace, by, Role.OWNER, kind, subject, named)


def _reaches(
    workspace: Workspace, by: Caller, role: Role, kind: RevocationKind, subject: str, named: list[ReachedVersion]
) -> bool:
    """Whether a caller holds a role for everything that a revocation names."""
    levels = _classifications(workspace, kind, subject, named)
    return all(by.may(role, _source_of(kind, subject), level) for level in levels)


def _classifications(
    workspace: Workspace, kind: RevocationKind, subject: str, named: list[ReachedVersion]
) -> set[Classification | None]:
    """Classifications that the role must reach; None: all, because the name may stand for any."""
    levels: set[Classification | None] = {one.classification for one in named}
    match kind:
        case RevocationKind.DOCUMENT:
            return levels or {None}
        case RevocationKind.SOURCE:
            source = _source(workspace, subject)
            return {*levels, source.classification} if source else {None}
    return {None}


def _source_of(kind: RevocationKind, subject: str) -> str | None:
    match kind:
        case RevocationKind.DOCUMENT:
            return source_of(subject)
        case RevocationKind.SOURCE:
            return subject
    return None


def _involved(
    workspace: Workspace, kind: RevocationKind, subject: str, by: Caller, named: list[ReachedVersion]
) -> bool:
    people = {person for one in named for person in (one.owner, one.submitter)}
    if kind is RevocationKind.SOURCE:
        people |= _people_of_source(workspace, subject)
    if kind in (RevocationKind.OWNER, RevocationKind.PRINCIPAL):
        people.add(subject)
    return any(same_person(by.name, person) for person in people)


def _people_of_source(workspace: Workspace, name: str) -> set[str]:
    source = _source(workspace, name)
    return {source.owner, source.registered_by} if source else set()


def _source(workspace: Workspace, name: str) -> Source | None:
    with suppress(CorpusgateError):
        return workspace.sources.source(name)
    return None


def _chunks(workspace: Workspace, versions: set[str]) -> int | None:
    """Counted from the current generation; an index that cannot be read stops no revocation."""
    try:
        current = workspace.ledger.current_generation()
        if current is None:
            return 0
        opened = Generation.open(workspace.index, current, workspace.verifier)
        return sum(p.stop - p.start for p in opened.documents() if p.document.version_id in versions)
    except CorpusgateError:
        return None
