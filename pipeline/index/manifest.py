"""Manifests: signed statements about generations.

Invariants: a manifest is an in-toto statement in a signed envelope over the digests of everything a generation stands
on. It is accepted only as the one that the ledger recorded: a valid signature of another generation does not help.
"""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.mapped import damaged, map_verified
from pipeline.index.signing import Verifier
from pipeline.index.vectors.names import SEGMENTS

FOLDER = "generations"
MANIFEST, ACCESS = "manifest.dsse.json", "access.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
ONE_TABLE: Final = "https://corpusgate.dev/generation/v1"
"""Generations with all their placements in one table."""
IN_PAGES: Final = "https://corpusgate.dev/generation/v2"
"""Generations with their placements in pages."""


class Subject(Frozen):
    """Something the manifest vouches for."""

    name: str
    digest: dict[str, str]


class Predicate(Frozen):
    """Facts about a generation, next to the digests of its parts."""

    number: int = Field(ge=1)
    parent: int | None
    run_id: str
    created_at: datetime
    model_digest: str
    policy_digest: str
    document_root: str
    documents: int = Field(ge=0)
    chunks: int = Field(ge=0)
    rolled_back_to: int | None = None
    """The generation whose documents a rollback brought back; None if it is not a rollback."""
    erased: tuple[str, ...] = ()
    """Digests of the ids of erased documents; the generation was written again without them."""
    log: LogMark | None = None
    """The audit log when it was built; None in generations from before manifests held it."""


class Statement(Frozen, populate_by_name=True):
    """An in-toto Statement, version 1."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT_TYPE, alias="_type")
    subject: tuple[Subject, ...]
    predicate_type: Literal["https://corpusgate.dev/generation/v1", "https://corpusgate.dev/generation/v2"] = Field(
        alias="predicateType"
    )
    predicate: Predicate

    def sha256(self, name: str) -> str:
        """The digest this statement gives for subject `name`."""
        for subject in self.subject:
            if subject.name == name and "sha256" in subject.digest:
                return subject.digest["sha256"]
        raise IntegrityError(f"The manifest does not vouch for {name}.", done="The generation was refused.")

    def digests(self, suffix: str) -> dict[str, str]:
        """The digests of the subjects whose name ends with `suffix`, by name."""
        return {s.name: s.digest["sha256"] for s in self.subject if s.name.endswith(suffix) and "sha256" in s.digest}

    @property
    def segments(self) -> tuple[str, ...]:
        """Digests of the segments this generation uses."""
        prefix = f"{SEGMENTS}/"
        return tuple(s.digest["sha256"] for s in self.subject if s.name.startswith(prefix))


def read_statement(root: Path, record: GenerationRecord, verifier: Verifier) -> Statement:
    """The statement in the manifest of a recorded generation. Raises `IntegrityError` with the difference."""
    return read_manifest(root, record, verifier)[1]


def read_manifest(root: Path, record: GenerationRecord, verifier: Verifier) -> tuple[bytes, Statement]:
    """The same, with the bytes of the file that were verified."""
    data = bytes(map_verified(root, record.manifest, record.manifest_digest)[:])
    envelope = json_object(data, record.manifest)
    statement = parse_statement(verifier.verify(envelope, PAYLOAD_TYPE), record.manifest)
    _compare(statement, record)
    return data, statement


def newest_manifests(root: Path) -> list[Path]:
    """Manifests on disk, unverified and recorded or not, that of the highest number first."""
    found = [path for path in (root / FOLDER).glob(f"*/{MANIFEST}") if path.parent.name.partition("-")[0].isdecimal()]
    return sorted(found, key=lambda path: (int(path.parent.name.partition("-")[0]), path.parent.name), reverse=True)


def claimed_segments(folder: Path) -> set[str]:
    """Segments that the unverified manifest of an unrecorded generation names; empty if it cannot be read.

    Only for clean-up: it keeps segments that a waiting generation may still need.
    """
    try:
        envelope = json.loads((folder / MANIFEST).read_bytes())
        return set(Statement.model_validate_json(base64.b64decode(envelope["payload"])).segments)
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def json_object(data: bytes, name: str) -> dict[str, Any]:
    """The JSON object of a stored file. Raises `IntegrityError`."""
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise damaged(name, "is not a JSON object")
    return value


def parse_statement(payload: bytes, name: str) -> Statement:
    """The statement in an opened envelope. Raises `IntegrityError`."""
    try:
        return Statement.model_validate(json_object(payload, name))
    except ValidationError:
        raise damaged(name, "does not describe a generation") from None


def _compare(statement: Statement, record: GenerationRecord) -> None:
    said = {"digest": statement.sha256("generation"), **statement.predicate.model_dump()}
    for field, value in record.model_dump(exclude={"manifest", "manifest_digest"}).items():
        if said[field] != value:
            raise IntegrityError(
                f"The manifest of generation {statement.predicate.number} and the ledger's current generation "
                f"{record.number} differ in their {field.replace('_', ' ')}.",
                done="The generation was refused.",
            )
