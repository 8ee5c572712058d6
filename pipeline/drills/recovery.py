"""Drills of recovery: a backup that brings nothing back that was taken back, and a home without its database."""

import shutil

from pipeline.backups.archive import INDEX, verify_backup
from pipeline.domain.errors import IntegrityError, OlderCopy
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.drills.rehearse import DrillCopy, require
from pipeline.publishing.run import publisher_lock
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.erase import erase_document
from pipeline.workspace import Workspace

_WHY = "A drill takes it back."


def live_documents(workspace: Workspace) -> dict[str, str]:
    """Document to version of everything that may be served."""
    pointers = {doc_id: pointer.version_id for doc_id, pointer in workspace.ledger.pointers().items()}
    live = workspace.ledger.live_versions(pointers.values())
    return {doc_id: version for doc_id, version in pointers.items() if version in live}


def restore(drill: DrillCopy) -> None:
    """A damaged backup is refused, and a restore takes back again what was taken back since."""
    with drill.step("a changed byte is refused") as seen:
        _refuse_changed_byte(drill)
        seen.says = "a copy of the backup with one changed byte was named and not restored"
    with drill.step("take something back") as seen:
        taken = _take_back(drill)
        seen.says = f"{len(taken)} documents were taken back in the copy, after the backup"
    with drill.step("restore with the newer log") as seen:
        restored = drill.restore("again", newer_from=drill.home)
        require(restored.proven, "The home that was restored with the newer log does not prove itself.")
        seen.says = f"{restored.newer_entries} newer entries of the audit log were applied"
    with drill.step("nothing is resurrected") as seen:
        with drill.opened() as copy, drill.opened(restored.home) as again:
            left, back = live_documents(copy), live_documents(again)
        require(not set(taken) & set(back), "A document that was taken back is live in the restored home.")
        require(back.items() <= left.items(), "The restored home serves something that the copy does not.")
        seen.says = f"{len(back):,} documents are live, none of those taken back"


def lost_database(drill: DrillCopy) -> None:
    """Without its database a home serves nothing and starts no log of its own; a restore brings everything back."""
    with drill.opened() as copy:
        before, record = live_documents(copy), copy.ledger.current_generation()
    with drill.step("lose the database") as seen:
        with drill.opened() as copy:
            files = copy.database.files
        for path in files:
            path.unlink(missing_ok=True)  # closing removed the log of SQLite
        seen.says = f"{len(files)} files of the database were removed from the copy"
    with drill.step("nothing is served") as seen, drill.opened() as copy:
        require(copy.ledger.current_generation() is None, "A home without its database names a current generation.")
        try:
            with publisher_lock(copy):
                pass
        except OlderCopy as error:
            seen.says = f"nothing is current, and nothing can be published: {error.what}"
        require(bool(seen.says), "A home without its database would publish and sign a new history.")
    with drill.step("restore") as seen:
        restored = drill.restore("again")
        require(restored.proven, "The restored home does not prove itself.")
        with drill.opened(restored.home) as again:
            after, current = live_documents(again), again.ledger.current_generation()
        require(after == before, "Other documents are live than before the loss.")
        require(current == record, "Another generation is current than before the loss.")
        seen.says = f"the same generation and the same {len(after):,} documents are served as before"


def _refuse_changed_byte(drill: DrillCopy) -> None:
    damaged = drill.folder / "damaged"
    shutil.copytree(drill.backup.place, damaged)
    name, seal = max(drill.backup.index.files.items(), key=lambda item: item[1].size)
    with (damaged / name).open("r+b") as file:
        file.seek(seal.size // 2)
        byte = file.read(1)
        file.seek(seal.size // 2)
        file.write(bytes([byte[0] ^ 1]))
    keys = drill.home / "keys"
    require(len(verify_backup(damaged, keys).differences) == 1, "A changed byte of the backup was not found.")
    (damaged / INDEX).write_bytes((damaged / INDEX).read_bytes().replace(b'"sig":"', b'"sig":"00', 1))
    try:
        verify_backup(damaged, keys)
    except IntegrityError:
        shutil.rmtree(damaged)
        return
    require(False, "A changed signature of the backup was not found.")


def _take_back(drill: DrillCopy) -> list[str]:
    """Revoke one live document of the copy and erase another; fewer if there are fewer."""
    with drill.opened() as copy:
        taken = sorted(live_documents(copy))[:2]
        for doc_id in taken[:1]:
            Revocations(copy.database).revoke(RevocationKind.DOCUMENT, doc_id, drill.by.name, _WHY)
        for doc_id in taken[1:]:
            erase_document(copy, doc_id, drill.by, _WHY)
    require(bool(taken), "The home serves no document, so nothing can be taken back.")
    return taken
