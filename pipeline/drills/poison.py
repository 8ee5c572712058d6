"""The drill of a poisoned document: from the answer that holds it to the proof that it is gone.

One process searches all the time, as a running server does; the takedown happens in another one.
"""

import secrets
import time
from pathlib import Path

from pipeline.domain.identity.permissions import EVERYONE, AccessRule, Classification, Principal
from pipeline.domain.serving.exposure import ExposureKind
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.drills.planted import QUESTION, ControlDocument, approved_sources, plant, searcher, without_canaries
from pipeline.drills.rehearse import DrillCopy, require
from pipeline.reports.exposure import ExposureQuestion, exposure
from pipeline.search.answers import search
from pipeline.takedown.erase import erase_document
from pipeline.takedown.revoke import revoke
from pipeline.takedown.rollback import rollback
from pipeline.workspace import Workspace

_POISONER, _AUTHOR = "user:drill-poisoner", "user:drill-author"
_READERS = tuple(
    Principal(name=f"user:drill-reader-{number}", clearance=Classification.INTERNAL) for number in (1, 2, 3)
)
_OUTSIDER = Principal(name="user:drill-outsider", clearance=Classification.PUBLIC)
_WHY = "A drill takes it back."


def poison(drill: DrillCopy) -> None:
    """Plant a poisoned document, let three principals receive it, take it back everywhere, and prove it."""
    with drill.opened() as serving, drill.opened() as desk:
        poisoned, harmless, record = _plant(drill, desk)
        serving.searcher = searcher(serving, record)
        _let_it_be_received(drill, serving, poisoned, harmless)
        with drill.step("find out who received it") as seen:
            found = exposure(desk, drill.by, ExposureQuestion(poisoned.doc_id, ExposureKind.DOCUMENT))
            received = {one.principal for one in found.received}
            require(received == {who.name for who in _READERS}, "The record names other receivers than there were.")
            seen.says = f"{len(received)} principals received it, {len(found.could_have):,} more could have"
        with drill.step("revoke its submitter") as seen:
            clock = time.monotonic()
            revoke(desk, RevocationKind.PRINCIPAL, _POISONER, drill.by, _WHY)
            answer = _found(serving, _READERS[0])
            milliseconds = round((time.monotonic() - clock) * 1000)
            require(poisoned.doc_id not in answer, "A running server still answers with it.")
            require(harmless.doc_id in answer, "A document of somebody else left the answers, too.")
            seen.says = f"{milliseconds:,} ms from the command to an answer without it, in a process that had it open"
        _roll_back(drill, serving, desk, record, poisoned)
        with drill.step("erase it") as seen:
            receipt = erase_document(desk, poisoned.doc_id, drill.by, _WHY)
            left = files_with(drill.home, poisoned.text)
            require(not left, f"Its text is still in {len(left)} files.")
            replaced = len(receipt.done.replaced_segments)
            seen.says = f"{replaced} segments were written again; no file of the copy holds its text"
        with drill.step("prove it") as seen:
            report = desk.checkpoints.verify()
            require(report.ok, f"The audit log does not verify: {report.problem}")
            actions = {event.action for event in desk.audit.events(poisoned.doc_id)}
            require("erasure.finished" in actions, "The erasure is not on record.")
            seen.says = f"the audit log verifies over {report.events:,} entries and has the takedown and the erasure"


def _plant(drill: DrillCopy, desk: Workspace) -> tuple[ControlDocument, ControlDocument, GenerationRecord]:
    with drill.step("plant a poisoned document") as seen:
        without_canaries(desk)
        sources = list(approved_sources(desk))
        require(bool(sources), "The home has no approved source, so nothing can be planted.")
        rule = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=(EVERYONE,))
        words = " ".join(secrets.token_hex(4) for _ in range(12))
        poisoned = ControlDocument(sources[0], "poison", rule, _POISONER, words)
        harmless = ControlDocument(sources[0], "harmless", rule, _AUTHOR, "A harmless page next to it.")
        record = plant(desk, [poisoned, harmless])
        seen.says = f"generation {record.number} serves it, and a harmless one of another submitter"
    return poisoned, harmless, record


def _let_it_be_received(
    drill: DrillCopy, serving: Workspace, poisoned: ControlDocument, harmless: ControlDocument
) -> None:
    with drill.step("three principals receive it") as seen:
        for who in _READERS:
            require({poisoned.doc_id, harmless.doc_id} <= _found(serving, who), "A reader did not find it.")
        require(not {poisoned.doc_id, harmless.doc_id} & _found(serving, _OUTSIDER), "Somebody uncleared found it.")
        seen.says = "three searches answered with it, a fourth of somebody without the clearance did not"


def _roll_back(
    drill: DrillCopy, serving: Workspace, desk: Workspace, record: GenerationRecord, poisoned: ControlDocument
) -> None:
    with drill.step("roll back, and forward again") as seen:
        if record.parent is None:
            seen.says = "the home served nothing before, so there is nothing to go back to"
            return
        rollback(desk, record.parent, drill.by, _WHY)
        require(poisoned.doc_id not in _found(serving, _READERS[0]), "It is served after a rollback.")
        forward = rollback(desk, record.number, drill.by, _WHY)
        require(poisoned.doc_id in forward.withheld, "A rollback to its generation did not keep it away.")
        require(poisoned.doc_id not in _found(serving, _READERS[0]), "A rollback to its generation brought it back.")
        seen.says = f"back to generation {record.parent} and forward to {record.number}: it stays away"


def _found(serving: Workspace, who: Principal) -> set[str]:
    return {answer.document for answer in search(serving, who, QUESTION, k=10)}


def files_with(folder: Path, text: str) -> list[Path]:
    """The files below a folder that hold a text as it is."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
