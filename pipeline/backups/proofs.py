"""Proofs of a home about itself: each reads everything again, and says in a sentence what it saw."""

from collections.abc import Callable

from pipeline.backups.reapply import Reapplied
from pipeline.domain.errors import CorpusgateError, IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.index.erase import kept_on_disk
from pipeline.index.generations import Generation
from pipeline.publishing.canary_check import check
from pipeline.stores.ledger.retained import Retained
from pipeline.workspace import Workspace


class Proof(Frozen):
    """One thing that was proven, or that does not hold."""

    name: str
    fine: bool
    says: str
    known: bool = True
    """False if there was nothing to prove it with, such as a newer audit log."""


def prove(workspace: Workspace, reapplied: Reapplied | None, *, anchored: bool = True) -> list[Proof]:
    """Check database, audit log, every kept generation, canary questions, and that nothing taken back is live.

    `reapplied` is None if nothing says what was taken back since the backup: that proof then is not known.
    The log of a home that is held is compared with its own checkpoints only: it lacks entries that anchors know of.
    """
    return [
        _proof("database", lambda: _database(workspace)),
        _proof("audit log", lambda: _audit_log(workspace, anchored=anchored)),
        _proof("generations", lambda: _generations(workspace)),
        _proof("canary questions", lambda: _canaries(workspace)),
        _proof("takedowns", lambda: _takedowns(workspace, reapplied), known=reapplied is not None),
    ]


def _proof(name: str, look: Callable[[], str], *, known: bool = True) -> Proof:
    try:
        return Proof(name=name, fine=True, says=look(), known=known)
    except CorpusgateError as error:
        return Proof(name=name, fine=False, says=error.what)


def _database(workspace: Workspace) -> str:
    if not workspace.database.is_sound():
        raise IntegrityError("The database file is damaged.", done="Nothing was changed.")
    return "its pages are sound and its schema is current"


def _audit_log(workspace: Workspace, *, anchored: bool) -> str:
    report = workspace.checkpoints.verify() if anchored else workspace.audit.verify()
    if report.problem is not None:
        raise IntegrityError(report.problem, done="Nothing was changed.")
    return f"{report.events:,} entries, {report.checkpoints:,} signed checkpoints hold, and the ledger agrees with it"


def _generations(workspace: Workspace) -> str:
    pruned = Retained(workspace.database).pruned()
    records = [record for record in workspace.ledger.generations() if record.number not in pruned]
    if missing := len(records) - len(kept_on_disk(workspace.index, records)):
        raise IntegrityError(f"The files of {missing} generations are missing.", done="Nothing was changed.")
    for record in records:
        Generation.open(workspace.index, record, workspace.verifier).verify()
    current = workspace.ledger.current_generation()
    served = f"generation {current.number} is current" if current else "nothing is served"
    return f"every byte of {len(records):,} kept generations was read and verified; {served}"


def _canaries(workspace: Workspace) -> str:
    if not workspace.home.canaries.questions:
        return "this home asks none"
    report = check(workspace).report
    if report.forbidden or report.missing:
        wrong = len(report.forbidden) + len(report.missing)
        raise IntegrityError(
            f"{wrong} canary questions find a forbidden document, or miss one.", done="Nothing was changed."
        )
    return f"{len(report.results):,} were asked; none finds a forbidden document or misses one"


def _takedowns(workspace: Workspace, reapplied: Reapplied | None) -> str:
    pointers = workspace.ledger.pointers()
    live = workspace.ledger.live_versions(pointer.version_id for pointer in pointers.values())
    served = {doc_id for doc_id, pointer in pointers.items() if pointer.version_id in live}
    current = workspace.ledger.current_generation()
    held: set[str] = set()
    if current is not None:
        opened = Generation.open(workspace.index, current, workspace.verifier)
        held = {one.document.doc_id for one in opened.documents()}
    in_index = f"{len(held):,} documents are in the index, {len(served):,} live"
    if reapplied is None:
        return f"nothing says what was taken back since the backup; {in_index}"
    gone = {*reapplied.left, *reapplied.erased}
    wrong = [*(served & {*gone, *reapplied.unproven}), *(held & gone)]
    if wrong:
        raise IntegrityError(f"{len(wrong)} documents are served that were taken back.", done="Nothing was changed.")
    applied = len(reapplied.revocations) + len(reapplied.sources) + len(gone)
    return f"{applied:,} newer ones were applied again; {in_index}"
