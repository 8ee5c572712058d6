"""The drill of a lost index: everything is built again from the sources, and comes out the same (law 7)."""

import shutil

from pipeline.checks.reconcile import reconcile
from pipeline.domain.errors import IntegrityError
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.drills.planted import without_canaries
from pipeline.drills.recovery import live_documents
from pipeline.drills.rehearse import DrillCopy, NotProven, require
from pipeline.index.generations import Generation
from pipeline.stores.ledger.drift import DriftStore
from pipeline.workspace import Workspace


def rebuild(drill: DrillCopy) -> None:
    """Lose index and cache, repair, and refresh from the sources, which are only read."""
    from pipeline.runs.refresh import refresh  # loads Beam, which no other drill needs

    with drill.step("bring the copy up to date") as seen, drill.opened() as copy:
        without_canaries(copy)
        refresh(copy)
        before = live_documents(copy)
        record = _current(copy)
        seen.says = f"{len(before):,} documents are live"
    with drill.step("lose the index") as seen, drill.opened() as copy:
        shutil.rmtree(copy.index)
        shutil.rmtree(copy.home.cache, ignore_errors=True)
        try:
            Generation.open(copy.index, record, copy.verifier)
        except IntegrityError as error:
            seen.says = f"nothing is served: {error.what}"
        require(bool(seen.says), "A generation without its files was opened.")
    with drill.step("repair") as seen, drill.opened() as copy:
        done = reconcile(copy, repair_by=drill.by)
        seen.says = f"{len(done.repaired):,} of {len(done.differences):,} differences settled"
    with drill.step("refresh from the sources") as seen, drill.opened() as copy:
        refresh(copy)
        current, after = _current(copy), live_documents(copy)
        opened = Generation.open(copy.index, current, copy.verifier)
        opened.verify()
        placed = {one.document.doc_id for one in opened.documents()}
        served = {doc_id: version for doc_id, version in after.items() if doc_id in placed}
        require(served.items() <= before.items(), "Something is served that was not served before.")
        missing = before.keys() - served.keys()
        waiting = DriftStore(copy.database).texts_to_review().keys() & missing
        require(missing == waiting, f"{len(missing - waiting):,} documents are missing and wait for no reviewer.")
        same = "with the same digest as before" if current.digest == record.digest else "with another digest"
        require(bool(missing) or current.digest == record.digest, "The same documents gave another generation digest.")
        seen.says = f"{len(served):,} documents are back {same}; {len(waiting):,} wait for a reviewer again"


def _current(copy: Workspace) -> GenerationRecord:
    """The generation that is served. Raises `NotProven` if there is none."""
    record = copy.ledger.current_generation()
    if record is None:
        raise NotProven("The copy serves nothing.")
    return record
