"""Takes back in a restored home what was taken back after its backup was made (law 10).

Invariants: revocations, sources, waivers, tokens and principals first, then one generation without the documents that
changed, then each erasure with its proof. Documents that left are remembered as after a rollback: a refresh brings
another version in through the gate, and sends the same one to review. Nothing here serves more than before.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.errors import IntegrityError, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.newer_takedowns import NewerTakedowns
from pipeline.domain.serving.publication import PointerMove, Rollback
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.index.pages import PlacementPages
from pipeline.index.signing import key_id_of, trust_key
from pipeline.index.successor import write_successor
from pipeline.publishing.publish import publish_made
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.stores.audit.log import written_name
from pipeline.stores.identity.departures import end_work
from pipeline.stores.takedown.erasures import Erasures
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.erase import erase_document
from pipeline.workspace import Workspace

_REASON = "Taken back after the backup was made."


class Reapplied(Frozen):
    """Everything that was taken back again."""

    revocations: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    """Erased documents of which pieces were still found: not served, and no receipt was signed."""
    left: tuple[str, ...] = ()
    """Documents that changed, and that a refresh judges again."""
    waivers: int = 0
    tokens: int = 0
    principals: tuple[str, ...] = ()
    """Principals that were taken out of the identity file."""


def reapply(workspace: Workspace, takedowns: NewerTakedowns, by: Caller, identities: Path | None) -> Reapplied:
    """Apply every takedown.

    Args:
        workspace: The restored home, which no one uses yet.
        takedowns: The takedowns since the backup.
        by: The operator who restores.
        identities: The newest identity file, if the old home is at hand. Without it, principals that changed are taken
            out of the file of the backup.

    """
    principals: list[str] = []
    if takedowns.principals and identities is not None:
        (workspace.home.configs / identities.name).write_bytes(identities.read_bytes())
    elif takedowns.principals:
        principals = workspace.home.remove_principals(takedowns.principals)
    workspace.principals.current()
    for name in sorted(takedowns.principals):  # their approvals may have ended since, with their leaving
        end_work(workspace.database, name, by.name)
    names = _Names(workspace)
    revoked = [*takedowns.revoked, *((RevocationKind.DOCUMENT, name) for name in takedowns.withdrawn)]
    revocations = Revocations(workspace.database)
    subjects = []
    for kind, subject in sorted(revoked):
        known = names(subject) if kind is RevocationKind.DOCUMENT else subject
        revocations.revoke(kind, known, by.name, _REASON)
        subjects.append(f"{kind.value} {known}")
    sources = _restrict_sources(workspace, takedowns, by)
    waivers = sum(_done(partial(workspace.waivers.expire, one, by, _REASON)) for one in takedowns.ended_waivers)
    tokens = sum(_done(partial(workspace.tokens.revoke, one, by.name)) for one in takedowns.ended_tokens)
    left = _leave(workspace, takedowns, by)
    erased, unproven = _erase(workspace, sorted(map(names, takedowns.erased)), by)
    return Reapplied(
        revocations=tuple(subjects),
        sources=tuple(sources),
        erased=tuple(erased),
        unproven=tuple(unproven),
        left=tuple(left),
        waivers=waivers,
        tokens=tokens,
        principals=tuple(principals),
    )


def trust_newer_keys(workspace: Workspace, takedowns: NewerTakedowns, folders: list[Path]) -> list[str]:
    """Accept the keys that the newer log says were made since, if a folder holds them; returns their ids.

    An id is a digest of its key, so a file under a wrong name is not accepted.
    """
    keys = {key_id_of(pem): pem for folder in folders for pem in map(Path.read_bytes, folder.glob("*.pem"))}
    return [trust_key(workspace.home.keys, pem) for key_id, pem in sorted(keys.items()) if key_id in takedowns.new_keys]


class _Names:
    """Documents by their names in the audit log, which shortens and escapes a few."""

    def __init__(self, workspace: Workspace) -> None:
        self._known = {written_name(one): one for one in workspace.ledger.pointers()}

    def __call__(self, name: str) -> str:
        return self._known.get(name, name)


def _done(step: Callable[[], object]) -> bool:
    """Whether a step found its object: one that was made after the backup is not in it."""
    try:
        step()
    except UsageError:
        return False
    return True


def _restrict_sources(workspace: Workspace, takedowns: NewerTakedowns, by: Caller) -> list[str]:
    found, registry = [], workspace.sources
    for source in registry.sources():
        if source.name in takedowns.revoked_sources and source.state is not SourceState.REVOKED:
            registry.revoke_source(source.name, by.name, _REASON)
            found.append(source.name)
        elif source.name in takedowns.narrowed_sources and source.state is SourceState.APPROVED:
            registry.narrow_source(source.name, by.name, _REASON)
            found.append(source.name)
    return found


def _leave(workspace: Workspace, takedowns: NewerTakedowns, by: Caller) -> list[str]:
    """Publish a generation without the documents that changed since; returns them."""
    with publisher_lock(workspace) as publisher:
        serving, pointers = publisher.serving(), workspace.ledger.pointers()
        names = {written_name(doc_id): doc_id for doc_id in pointers}
        served = {name: pointers[doc_id].version_id for name, doc_id in names.items()}
        leaving = {names[name] for name in takedowns.leaving(served)}
        if serving is None or not leaving:
            return []
        current = serving.record
        pages = PlacementPages.of(one for one in serving.documents() if one.document.doc_id not in leaving)
        moves = (
            PointerMove(
                doc_id=doc_id,
                before=pointers[doc_id].version_id,
                after=None,
                verdict_id=None,
                content_digest=_content_gone(takedowns, doc_id, pointers[doc_id].content_digest),
            )
            for doc_id in sorted(leaving)
        )
        rollback = Rollback(
            from_generation=current.number,
            to_generation=current.number,
            by=by.name,
            reason_digest=digest_text(_REASON),
            moves=tuple(moves),
        )
        with PublisherRun.new(publisher, "restore-").on_record() as run:
            record = write_successor(
                workspace.index,
                current,
                pages,
                {access_id: serving.access[access_id] for access_id in pages.access},
                workspace.signer,
                run_id=run.run_id,
                at=run.started_at,
                model_digest=current.model_digest,
                policy_digest=current.policy_digest,
                log=workspace.checkpoints.mark(),
            )
            publish_made(run, record, {"left": len(leaving)}, Purpose.ROLLBACK, rollback)
    return sorted(leaving)


def _content_gone(takedowns: NewerTakedowns, doc_id: str, served: str) -> str | None:
    """The content that a refresh may not bring back; None where only access or metadata changed since."""
    return None if takedowns.contents.get(written_name(doc_id)) == served else served


def _erase(workspace: Workspace, doc_ids: list[str], by: Caller) -> tuple[list[str], list[str]]:
    before = {one.doc_id for one in Erasures(workspace.database).in_force()}
    erased, unproven = [], []
    for doc_id in (one for one in doc_ids if one not in before):
        try:
            erase_document(workspace, doc_id, by, _REASON)
            erased.append(doc_id)
        except IntegrityError:
            unproven.append(doc_id)
    return erased, unproven
