"""Drills of the signing keys: rotation, and the loss of a key to somebody else."""

from pipeline.backups.archive import verify_backup
from pipeline.domain.errors import IntegrityError
from pipeline.drills.recovery import live_documents
from pipeline.drills.rehearse import DrillCopy, require
from pipeline.index.erase import kept_on_disk
from pipeline.index.generations import Generation
from pipeline.index.signing import Verifier
from pipeline.publishing import keys
from pipeline.workspace import Workspace


def rotate_keys(drill: DrillCopy) -> None:
    """A new key signs from now on, and everything the old one signed still verifies."""
    old, new = _rotate(drill)
    with drill.step("older signatures still count") as seen, drill.opened() as copy:
        require({old, new} <= copy.verifier.key_ids, "The old key is not trusted any more.")
        seen.says = _verify_generations(copy)
    with drill.step("the new key signs") as seen, drill.opened() as copy:
        note = copy.checkpoints.make().checkpoint.note
        alone = Verifier([copy.signer.public_pem])
        require(copy.signer.key_id == new and alone.open_note(note).size > 0, "The new key did not sign a checkpoint.")
        report = copy.checkpoints.verify()
        require(report.ok, f"The audit log does not verify: {report.problem}")
        seen.says = f"a checkpoint over {report.events:,} entries verifies with the new key alone"


def revoke_keys(drill: DrillCopy) -> None:
    """A stolen key: everything it signed is signed again, then it is refused; answers stay as they were."""
    with drill.opened() as copy:
        before, record = live_documents(copy), copy.ledger.current_generation()
    old, new = _rotate(drill)
    with drill.step("revoke the old key") as seen, drill.opened() as copy:
        again = keys.revoke(copy, old, drill.by)
        seen.says = f"{len(again):,} generations were verified byte by byte and signed again"
    with drill.step("the old key is refused") as seen, drill.opened() as copy:
        require(old not in copy.verifier.key_ids and new in copy.verifier.key_ids, "The old key is still trusted.")
        _refuse_backup(drill, copy)
        seen.says = "what only the old key signed is refused"
    with drill.step("generations verify with the new key alone") as seen, drill.opened() as copy:
        seen.says = _verify_generations(copy, Verifier([copy.signer.public_pem]))
    with drill.step("the same is served") as seen, drill.opened() as copy:
        current = copy.ledger.current_generation()
        same = (current and (current.number, current.digest)) == (record and (record.number, record.digest))
        require(same and live_documents(copy) == before, "Something else is served than before.")
        report = copy.checkpoints.verify()
        require(report.ok, f"The audit log does not verify: {report.problem}")
        seen.says = f"the same {len(before):,} documents, and the audit log verifies under the new key"


def _rotate(drill: DrillCopy) -> tuple[str, str]:
    with drill.step("rotate") as seen, drill.opened() as copy:
        old = copy.signer.key_id
        new = keys.rotate(copy, drill.by)
        seen.says = f"{new[:16]} signs in place of {old[:16]}"
    return old, new


def _verify_generations(copy: Workspace, verifier: Verifier | None = None) -> str:
    records = kept_on_disk(copy.index, copy.ledger.generations())
    for record in records:
        Generation.open(copy.index, record, verifier or copy.verifier).verify()
    return f"every byte of {len(records):,} kept generations verifies"


def _refuse_backup(drill: DrillCopy, copy: Workspace) -> None:
    try:
        verify_backup(drill.backup.place, copy.home.keys)
    except IntegrityError:
        return
    require(False, "A statement that only the old key signed is accepted.")
