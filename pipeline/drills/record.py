"""Records of drills: a signed statement for each, and the age of the newest of each drill.

Invariants: a record is an in-toto statement in a DSSE envelope, signed with the key of the served home, and its digest
is in the audit log. It holds counts, digests and seconds; no text and no name of a document.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.files.durable import write_file
from pipeline.index.manifest import PAYLOAD_TYPE, STATEMENT_TYPE, json_object
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.audit.signals import FINISHED
from pipeline.workspace import Workspace

PREDICATE_TYPE = "https://corpusgate.dev/drill/v1"
_SUFFIX = ".dsse.json"


class DrillStep(Frozen):
    """One step of a drill."""

    name: str
    fine: bool
    says: str
    seconds: float


class DrillRecord(Frozen):
    """The steps of a drill, and whether each proved its part."""

    drill: str
    version: str
    """Of Corpusgate."""
    started_at: datetime
    seconds: float
    by: str
    generation: int | None
    """The one that was current in the copy."""
    documents: int
    backup_digest: str
    """SHA-256 of the signed index of the backup that the copy was made from."""
    steps: tuple[DrillStep, ...]

    @property
    def passed(self) -> bool:
        """Whether every step was fine."""
        return bool(self.steps) and all(step.fine for step in self.steps)


class DrillAge(Frozen):
    """The newest record of a drill."""

    drill: str
    state: Literal["passed", "failed", "never", "damaged"]
    """`damaged`: the file is missing, or is not what was signed and recorded."""
    at: datetime | None = None
    days: int | None = None
    seconds: float | None = None
    file: str | None = None
    """Name of the file of the record, in the folder `drills` of the home."""
    steps: tuple[DrillStep, ...] = ()
    """Empty for a record that is damaged."""


def keep(workspace: Workspace, record: DrillRecord, by: Caller) -> Path:
    """Sign a record, write it to the home and put its digest on the audit log; returns the file."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "backup index", "digest": {"sha256": record.backup_digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": record.model_dump(mode="json") | {"passed": record.passed},
    }
    data = canonical_json(workspace.signer.sign(canonical_json(statement), PAYLOAD_TYPE))
    folder = workspace.home.drills
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = digest_bytes(data)
    file = folder / f"{record.started_at:%Y%m%dT%H%M%SZ}-{record.drill}-{digest[:8]}{_SUFFIX}"
    write_file(file, data)
    details: dict[str, Detail] = {
        "digest": digest,
        "passed": record.passed,
        "steps": len(record.steps),
        "milliseconds": round(record.seconds * 1000),
    }
    workspace.audit.record(AuditEntry(by.name, FINISHED, _subject(record.drill), details))
    return file


def ages(workspace: Workspace, drills: Iterable[str]) -> Iterator[DrillAge]:
    """The newest record of each drill, by the audit log; the file is verified."""
    by_digest = {digest_bytes(path.read_bytes()): path for path in workspace.home.drills.glob(f"*{_SUFFIX}")}
    for drill in drills:
        events = [event for event in workspace.audit.events(_subject(drill)) if event.action == FINISHED]
        if not events:
            yield DrillAge(drill=drill, state="never")
            continue
        last = events[-1]
        file = by_digest.get(last.fields["digest"])
        record = None if file is None else _read(workspace, file)
        age = DrillAge(drill=drill, state="damaged", at=last.at, days=(datetime.now(UTC) - last.at).days)
        if file is not None:
            age = age.model_copy(update={"file": file.name})
        if record is not None and record.drill == drill:
            state = "passed" if record.passed else "failed"
            age = age.model_copy(update={"state": state, "seconds": record.seconds, "steps": record.steps})
        yield age


def _read(workspace: Workspace, file: Path) -> DrillRecord | None:
    """A record whose signature holds; None for any other file."""
    try:
        statement = json_object(
            workspace.verifier.verify(json_object(file.read_bytes(), file.name), PAYLOAD_TYPE), file.name
        )
        if statement.get("predicateType") != PREDICATE_TYPE or not isinstance(statement.get("predicate"), dict):
            return None
        return DrillRecord.model_validate({k: v for k, v in statement["predicate"].items() if k != "passed"})
    except (IntegrityError, ValidationError):
        return None


def _subject(drill: str) -> str:
    return f"drill:{drill}"
