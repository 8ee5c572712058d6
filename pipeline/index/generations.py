"""Generations: immutable, signed states of the index.

Invariants: a generation lists every document it serves, under which access rule and in which rows of which segment.
Its manifest is an in-toto statement in a signed envelope over the digests of all of that. A generation is opened only
as the one the ledger calls current: a valid signature of an older or another generation does not help.
An access-only change writes new placements and a new access table, and no vector.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, ValidationError

from pipeline.domain.digests import canonical_json, digest_bytes, merkle_root
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument, generation_digest
from pipeline.files.durable import finish_folder, unfinished_folder, write_file
from pipeline.index import segments
from pipeline.index.mapped import damaged, map_verified
from pipeline.index.misplaced import misplaced
from pipeline.index.segments import Segment
from pipeline.index.signing import Signer, Verifier

FOLDER = "generations"
MANIFEST, PLACEMENTS, ACCESS = "manifest.dsse.json", "placements.arrow", "access.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://corpusgate.dev/generation/v1"
_COLUMNS: dict[str, pa.DataType] = {
    "doc_id": pa.string(),
    "version_id": pa.string(),
    "content_digest": pa.string(),
    "text_digest": pa.string(),
    "access_id": pa.string(),
    "segment": pa.string(),
    "start": pa.int64(),
    "stop": pa.int64(),
}
SCHEMA = pa.schema(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Placement:
    """A served document and the rows that hold it: `[start, stop)` of `segment`, none for a document without text."""

    document: LiveDocument
    segment: str
    start: int
    stop: int


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
    """The generation whose documents a rollback brought back; None if this is no rollback."""
    erased: tuple[str, ...] = ()
    """Digests of the ids of erased documents; the generation was written again without them."""


class Statement(Frozen, populate_by_name=True):
    """An in-toto Statement, version 1."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(default=STATEMENT_TYPE, alias="_type")
    subject: tuple[Subject, ...]
    predicate_type: Literal["https://corpusgate.dev/generation/v1"] = Field(
        default=PREDICATE_TYPE, alias="predicateType"
    )
    predicate: Predicate

    def sha256(self, name: str) -> str:
        """The digest this statement gives for subject `name`."""
        for subject in self.subject:
            if subject.name == name and "sha256" in subject.digest:
                return subject.digest["sha256"]
        raise IntegrityError(f"The manifest does not vouch for {name}.", done="The generation was refused.")

    @property
    def segments(self) -> tuple[str, ...]:
        """Digests of the segments this generation uses."""
        prefix = f"{segments.FOLDER}/"
        return tuple(s.digest["sha256"] for s in self.subject if s.name.startswith(prefix))


class Generation:
    """An opened generation whose manifest, placements and access table were verified."""

    def __init__(
        self,
        root: Path,
        record: GenerationRecord,
        statement: Statement,
        placements: pa.Table,
        access: Mapping[str, AccessRule],
    ) -> None:
        self.root, self.record, self.statement = root, record, statement
        self.placements, self.access = placements, access

    @classmethod
    def open(cls, root: Path, record: GenerationRecord, verifier: Verifier, *, copied: bool = False) -> "Generation":
        """Open the generation the ledger recorded, its placements mapped, or `copied` into memory.

        Raises:
            IntegrityError: It names what differs from the record, the manifest or a digest.

        """
        folder = Path(record.manifest).parent.as_posix()
        statement = read_statement(root, record, verifier)
        content = map_verified(root, f"{folder}/{PLACEMENTS}", statement.sha256(PLACEMENTS))
        access = _access(map_verified(root, f"{folder}/{ACCESS}", statement.sha256(ACCESS))[:], f"{folder}/{ACCESS}")
        try:
            placements = pa.ipc.open_file(pa.py_buffer(content[:] if copied else content)).read_all()
        except (pa.ArrowInvalid, OSError):
            raise damaged(f"{folder}/{PLACEMENTS}", "does not hold placements") from None
        if not placements.schema.equals(SCHEMA):
            raise damaged(f"{folder}/{PLACEMENTS}", "has other columns than placements have")
        _resolve(placements, access, statement, f"{folder}/{PLACEMENTS}")
        return cls(root, record, statement, placements, access)

    def documents(self) -> Iterator[Placement]:
        """Every placement, by document id."""
        for batch in self.placements.to_batches(max_chunksize=4096):
            for row in batch.to_pylist():
                place = row.pop("segment"), row.pop("start"), row.pop("stop")
                yield Placement(LiveDocument.model_construct(**row), *place)

    def holds(self, doc_id: str) -> bool:
        """Whether a document of that id is served."""
        return bool(pc.index(self.placements["doc_id"], doc_id).as_py() >= 0)

    def _lengths(self) -> "pa.ChunkedArray[Any]":
        return pc.subtract(self.placements["stop"], self.placements["start"])

    def segments(self, *, fresh: bool = False) -> dict[str, Segment]:
        """Every segment this generation uses, opened and verified."""
        opened = {digest: Segment.open(self.root, digest, fresh=fresh) for digest in self.statement.segments}
        for digest, segment in opened.items():
            if segment.model_digest != self.record.model_digest:
                raise damaged(f"{segments.FOLDER}/{digest}", "holds vectors of another model than its generation")
        return opened

    def verify(self) -> None:
        """Read every byte this generation stands on again; raises `IntegrityError` naming what differs."""
        opened = self.segments(fresh=True)
        if wrong := misplaced(self.placements, opened):
            raise damaged(
                self.record.manifest, f"places {len(wrong)} documents in rows that are not theirs, first {wrong[0]}"
            )
        for segment in opened.values():
            _ = segment.approximate  # reads the inverted lists, where there are any
        documents = [placement.document for placement in self.documents()]
        said = self.statement.predicate
        if (said.documents, said.chunks) != (len(documents), pc.sum(self._lengths()).as_py() or 0):
            raise damaged(self.record.manifest, "gives another number of documents or chunks than it places")
        digest = generation_digest(documents, dict(self.access), self.record.model_digest, self.record.policy_digest)
        if digest != self.record.digest:
            raise damaged(self.record.manifest, "serves other documents than its digest says")
        if document_root(documents) != self.statement.predicate.document_root:
            raise damaged(self.record.manifest, "names another document root than its documents have")


def read_statement(root: Path, record: GenerationRecord, verifier: Verifier) -> Statement:
    """The statement in the manifest of a recorded generation. Raises `IntegrityError` with the difference."""
    envelope = _json(map_verified(root, record.manifest, record.manifest_digest)[:], record.manifest)
    statement = _statement(verifier.verify(envelope, PAYLOAD_TYPE), record.manifest)
    _compare(statement, record)
    return statement


def claimed_segments(folder: Path) -> set[str]:
    """Segments that the unverified manifest of an unrecorded generation names; empty if it cannot be read.

    Only for clean-up: it keeps segments that a waiting generation may still need.
    """
    try:
        envelope = json.loads((folder / MANIFEST).read_bytes())
        return set(Statement.model_validate_json(base64.b64decode(envelope["payload"])).segments)
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def document_root(documents: Iterable[LiveDocument]) -> str:
    """Merkle root over the served documents, by document id."""
    return merkle_root([document.leaf for document in sorted(documents, key=lambda d: d.doc_id)])


def write_successor(
    root: Path,
    current: GenerationRecord | None,
    placements: Sequence[Placement],
    access: Mapping[str, AccessRule],
    signer: Signer,
    *,
    run_id: str,
    at: datetime,
    digest: str,
    model_digest: str,
    policy_digest: str,
    rolled_back_to: int | None = None,
    erased: tuple[str, ...] = (),
) -> GenerationRecord:
    """Write and sign the generation that follows `current`; its segments are durable already.

    `placements` are sorted by document id, and `digest` is the `generation_digest` of what they serve.
    """
    documents = [placement.document for placement in placements]
    predicate = Predicate(
        number=current.number + 1 if current else 1,
        parent=current.number if current else None,
        run_id=run_id,
        created_at=at,
        model_digest=model_digest,
        policy_digest=policy_digest,
        document_root=document_root(documents),
        documents=len(documents),
        chunks=sum(placement.stop - placement.start for placement in placements),
        rolled_back_to=rolled_back_to,
        erased=erased,
    )
    return write_generation(root, placements, access, predicate, digest, signer)


def write_generation(
    root: Path,
    placements: Sequence[Placement],
    access: Mapping[str, AccessRule],
    predicate: Predicate,
    digest: str,
    signer: Signer,
    edition: str = "",
) -> GenerationRecord:
    """Write and sign a generation whose segments are durable already; `placements` are sorted by document id.

    `edition` names a second copy of a generation, which is written while the ledger still points at the first.
    """
    name = f"{predicate.number}-{digest[:12]}" + (f"-{edition}" if edition else "")
    files = {PLACEMENTS: _placements_file(placements), ACCESS: _access_file(access)}
    used = sorted({placement.segment for placement in placements if placement.segment})
    statement = Statement(
        subject=(
            Subject(name="generation", digest={"sha256": digest}),
            *(Subject(name=file, digest={"sha256": digest_bytes(data)}) for file, data in files.items()),
            *(Subject(name=f"{segments.FOLDER}/{s}/{segments.DESCRIPTION}", digest={"sha256": s}) for s in used),
        ),
        predicate=predicate,
    )
    payload = canonical_json(statement.model_dump(mode="json", by_alias=True))
    envelope = canonical_json(signer.sign(payload, PAYLOAD_TYPE))
    with unfinished_folder(root / FOLDER) as folder:
        for file, data in {**files, MANIFEST: envelope}.items():
            write_file(folder / file, data)
        # A folder of this name was never current: the number of a current generation is taken.
        finish_folder(folder, root / FOLDER / name, replace=True)
    return GenerationRecord(
        number=predicate.number,
        digest=digest,
        manifest=f"{FOLDER}/{name}/{MANIFEST}",
        manifest_digest=digest_bytes(envelope),
        parent=predicate.parent,
        run_id=predicate.run_id,
        created_at=predicate.created_at,
        documents=predicate.documents,
        chunks=predicate.chunks,
        model_digest=predicate.model_digest,
        policy_digest=predicate.policy_digest,
        rolled_back_to=predicate.rolled_back_to,
    )


def _placements_file(placements: Sequence[Placement]) -> bytes:
    columns: dict[str, list[Any]] = {
        name: [getattr(p.document, name) for p in placements] for name in LiveDocument.model_fields
    }
    columns |= {name: [getattr(p, name) for p in placements] for name in ("segment", "start", "stop")}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA) as writer:
        writer.write_table(pa.table(columns, SCHEMA))
    return sink.getvalue().to_pybytes()


def _access_file(access: Mapping[str, AccessRule]) -> bytes:
    return canonical_json({access_id: rule.model_dump(mode="json") for access_id, rule in access.items()})


def _json(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise damaged(name, "is no JSON object")
    return value


def _statement(payload: bytes, name: str) -> Statement:
    try:
        return Statement.model_validate(_json(payload, name))
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


def _access(data: bytes, name: str) -> dict[str, AccessRule]:
    try:
        access = {access_id: AccessRule.model_validate(rule) for access_id, rule in _json(data, name).items()}
    except ValidationError:
        raise damaged(name, "holds something that is no access rule") from None
    if any(rule.access_id != access_id for access_id, rule in access.items()):
        raise damaged(name, "lists an access rule under another access id")
    return access


def _resolve(placements: pa.Table, access: Mapping[str, AccessRule], statement: Statement, name: str) -> None:
    if not set(placements["access_id"].unique().to_pylist()) <= set(access):
        raise damaged(name, "places a document under an access id that has no rule")
    if not set(placements["segment"].unique().to_pylist()) - {""} <= set(statement.segments):
        raise damaged(name, "places a document in a segment the manifest does not list")
