"""A bundle of evidence about a generation, period or incident: one archive that scripts/verify_evidence.py verifies.

Invariants: it holds no text of a document and no value: manifests, attestations, entries of the audit log with proofs,
checkpoints, receipts, a signals report, bills of materials, the map of controls, policy and lock of the models.
Everything in it is listed with its digest in a signed index. The same state of a home gives the same bytes: names are
sorted, times are left out. An export is on record afterwards.
"""

import base64
import io
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pipeline.domain.audit import AuditEvent
from pipeline.domain.bills import written
from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.errors import ConfigError, IntegrityError, NotAllowed, NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.log_tree import LogTree
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.evidence.attestations import files_of
from pipeline.index.manifest import ACCESS, Statement, read_manifest
from pipeline.index.segments import DESCRIPTION
from pipeline.index.segments import FOLDER as SEGMENTS
from pipeline.reports.bill_of_materials import bill_of
from pipeline.reports.incident import incident
from pipeline.reports.signals import signals_report
from pipeline.stores.audit.checkpoints import SignedCheckpoint
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace

INDEX_TYPE = "application/vnd.corpusgate.evidence+json"
INDEX = "index.dsse.json"
_DECISIONS = ("review.", "break_glass.", "waiver.", "generation.", "key.", "audit.older_copy")
"""Beginnings of the actions that people decide with."""


class EvidenceRequest(Frozen):
    """The generation, the period or the incident that a bundle is about."""

    generation: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The period ends before this moment."""
    incident: str = ""
    """Document, passage, source, run or model whose story is told, from the first audit entry about it to the last."""
    kept: str | None = None
    """A checkpoint that its reader kept: the bundle proves that the log continues it."""


class EvidenceBundle(Frozen):
    """An archive that was written."""

    file: Path
    sha256: str
    entries: int
    generations: tuple[int, ...]
    absent: tuple[str, ...]
    """The things that could not be put in, in sentences."""


def export_evidence(workspace: Workspace, by: Caller, wanted: EvidenceRequest, to: Path) -> EvidenceBundle:
    """Write a bundle to a new file. Raises `IntegrityError` if the log or a manifest does not hold."""
    by.require(Role.AUDITOR, Role.OPERATOR)
    made = _Bundle(workspace, by, wanted)
    data = made.archive()
    try:
        with to.open("xb") as file:
            to.chmod(0o600)
            file.write(data)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    digest = digest_bytes(data)
    subject = f"generation:{wanted.generation}" if wanted.generation else "incident" if wanted.incident else "period"
    workspace.audit.record(AuditEntry(by.name, "evidence.exported", subject, {"digest": digest}))
    return EvidenceBundle(
        file=to,
        sha256=digest,
        entries=len(made.entries),
        generations=tuple(record.number for record in made.records),
        absent=tuple(made.absent),
    )


class _Bundle:
    def __init__(self, workspace: Workspace, by: Caller, wanted: EvidenceRequest) -> None:
        self._workspace, self._by, self._wanted = workspace, by, wanted
        self.absent: list[str] = []
        self._manifests: dict[int, tuple[bytes, Statement]] = {}
        self._incident = incident(workspace, by, wanted.incident) if wanted.incident else None
        recorded = sorted(workspace.ledger.generations(), key=lambda record: record.number)
        if wanted.generation is not None:
            self.records = [one for one in recorded if one.number == wanted.generation]
            if not self.records:
                raise NotFound(f"There is no generation {wanted.generation}.", fix="`corpusgate generations list`")
            self.entries = list(self._about(self.records[0]))
        else:
            self.entries = [event for event in workspace.audit.events() if self._inside(event)]
            if not self.entries:
                raise UsageError(
                    "The audit log has no entry in that period.",
                    done="Nothing was written.",
                    fix="Choose an earlier start or a later end: `corpusgate audit list` shows the newest entries.",
                )
            numbers = {e.subject for e in self.entries if e.action in ("generation.published", "generation.rewritten")}
            self.records = [one for one in recorded if str(one.number) in numbers]

    def _inside(self, event: AuditEvent) -> bool:
        if self._incident is not None:
            return event.seq >= self._incident.first_entry
        since, until = self._wanted.since, self._wanted.until
        if since is None or until is None or since >= until:
            raise UsageError(
                "A period has a beginning and a later end.", fix="Such as 2026-11-01T00:00Z..2026-12-01T00:00Z"
            )
        return since <= event.at < until

    def _about(self, record: GenerationRecord) -> Iterator[AuditEvent]:
        """The entries of the run that made a generation, and the decisions about its documents and itself."""
        documents: set[str] = set()
        items: set[object] = set()
        for event in self._workspace.audit.events():
            fields = event.fields
            if fields.get("run_id") == record.run_id and event.action.startswith("document."):
                documents.add(event.subject)
                items.add(fields.get("item_id"))
        manifest = self._workspace.index / record.manifest
        mark = self._manifest(record)[1].predicate.log if manifest.is_file() else None
        for event in self._workspace.audit.events():
            fields = event.fields
            of_run = record.run_id in (event.subject, fields.get("run_id"))
            of_generation = event.action.startswith("generation.") and str(record.number) == event.subject
            decided = event.action.startswith(_DECISIONS) and (
                event.subject in documents or (fields.get("item_id") or 0) in items
            )
            marked = mark is not None and event.seq == mark.entries
            if marked or of_run or of_generation or decided or event.action.startswith(("key.", "audit.older_copy")):
                yield event

    def archive(self) -> bytes:
        """The archive. Its first file is the signed index of the others."""
        checkpoint = self._checkpoint()
        files = dict(self._files(checkpoint))
        index = {
            "format": 1,
            "origin": checkpoint.origin,
            "generation": self._wanted.generation,
            "period": None if self._wanted.since is None else [str(self._wanted.since), str(self._wanted.until)],
            "incident": None if self._incident is None else [self._incident.kind.value, self._incident.subject],
            "entries": None if self._wanted.generation else [self.entries[0].seq, self.entries[-1].seq],
            "absent": self.absent,
            "files": {name: {"size": len(data), "sha256": digest_bytes(data)} for name, data in files.items()},
        }
        signed = canonical_json(self._workspace.signer.sign(canonical_json(index), INDEX_TYPE))
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, data in [(INDEX, signed), *sorted(files.items())]:
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, io.BytesIO(data))
        return written.getvalue()

    def _checkpoint(self) -> SignedCheckpoint:
        """The newest checkpoint, if it covers every entry; else a new one."""
        newest, verifier = self._workspace.checkpoints.stored.newest(), self._workspace.verifier
        if newest is not None and newest.size >= self.entries[-1].seq:
            verifier.open_note(newest.note)
            return newest
        return self._workspace.checkpoints.make().checkpoint

    def _files(self, checkpoint: SignedCheckpoint) -> Iterator[tuple[str, bytes]]:
        tree = self._workspace.checkpoints.stored.tree(checkpoint)
        note_of = self._workspace.checkpoints.cosigned_note
        yield "checkpoint.note", note_of(checkpoint).encode()
        yield from self._checkpoints(checkpoint, tree)
        yield "entries.jsonl", b"".join(event.line + b"\n" for event in self.entries)
        proofs = (tree.inclusion(event.seq - 1, checkpoint.size) for event in self.entries)
        yield "proofs.jsonl", b"".join(canonical_json([_text(one) for one in proof]) + b"\n" for proof in proofs)
        for record in self.records:
            yield from self._generation(record)
            if (self._workspace.index / record.manifest).is_file():
                yield f"bills/{record.number}.cdx.json", written(bill_of(self._workspace, record))
        yield from self._receipts()
        yield from self._report()
        if self._incident is not None:
            yield "exposure.json", self._incident.exposure
        home = self._workspace.home
        if all(record.policy_digest == home.policy.digest for record in self.records):
            yield "policy.yaml", (home.configs / "policy.yaml").read_bytes()
        else:
            self.absent.append("the policy file of a generation that was made under another policy; its digest is here")
        yield "controls.yaml", home.control_map_file.read_bytes()
        yield "models/models.lock.yaml", home.models_lock.read_bytes()
        for lineage in sorted(home.models.glob("*.lineage.json")):
            yield f"models/{lineage.name}", lineage.read_bytes()

    def _checkpoints(self, newest: SignedCheckpoint, tree: LogTree) -> Iterator[tuple[str, bytes]]:
        first, last = self.entries[0].seq, self.entries[-1].seq
        stored = self._workspace.checkpoints.stored.between(first, newest.size - 1)
        if self._wanted.generation is not None:  # the first that covers its publication
            stored = [one for one in stored if one.size >= last][:1]
        notes: list[tuple[LogCheckpoint, str]] = [
            (one, self._workspace.checkpoints.cosigned_note(one)) for one in stored
        ]
        if self._wanted.kept is not None:
            kept = self._workspace.verifier.open_note(self._wanted.kept)
            if kept.origin != newest.origin or kept.size > newest.size or tree.root(kept.size).hex() != kept.root:
                raise IntegrityError(
                    f"The audit log does not continue that checkpoint over {kept.size:,} entries.",
                    done="Nothing was written.",
                    fix="Run `corpusgate audit verify --from` with it.",
                )
            notes = [one for one in notes if one[0].size != kept.size]
            notes += [(kept, self._wanted.kept)] if 0 < kept.size < newest.size else []
        for checkpoint, note in notes:
            try:
                self._workspace.verifier.open_note(note)
            except IntegrityError:
                self.absent.append(f"the checkpoint over {checkpoint.size} entries: its key is not accepted")
                continue
            proof = tree.consistency(checkpoint.size, newest.size)
            name = f"checkpoints/{checkpoint.size:012}"
            yield f"{name}.note", note.encode()
            yield f"{name}.proof", "".join(f"{_text(one)}\n" for one in proof).encode()

    def _generation(self, record: GenerationRecord) -> Iterator[tuple[str, bytes]]:
        index = self._workspace.index
        folder = Path(record.manifest).parent.as_posix()
        if not (index / record.manifest).is_file():
            self.absent.append(f"generation {record.number}: retention removed it")
            return
        manifest, statement = self._manifest(record)
        yield record.manifest, manifest
        yield f"{folder}/{ACCESS}", (index / folder / ACCESS).read_bytes()
        for digest in statement.segments:
            name = f"{SEGMENTS}/{digest}/{DESCRIPTION}"
            yield f"{folder}/{name}", (index / name).read_bytes()
        attestations = files_of(index, record)
        for name, data in attestations.items():
            yield f"{folder}/attestations/{name}", data
        if not attestations:
            self.absent.append(f"attestations of generation {record.number}: it has none")

    def _manifest(self, record: GenerationRecord) -> tuple[bytes, Statement]:
        """A manifest and its statement, read once: the bundle holds the bytes that were verified."""
        if record.number not in self._manifests:
            read = read_manifest(self._workspace.index, record, self._workspace.verifier)
            self._manifests[record.number] = read
        return self._manifests[record.number]

    def _receipts(self) -> Iterator[tuple[str, bytes]]:
        for event in self.entries:
            if event.action == "erasure.finished":
                name = f"{event.fields['erasure_id']}.dsse.json"
                path = self._workspace.home.receipts / name
                if path.is_file():
                    yield f"receipts/{name}", path.read_bytes()
                else:
                    self.absent.append(f"the receipt of erasure {event.fields['erasure_id']}: its file is gone")

    def _report(self) -> Iterator[tuple[str, bytes]]:
        """The signals report of a period; of one that is not over it would differ from moment to moment."""
        since, until = self._wanted.since, self._wanted.until
        if since is None or until is None:
            return
        try:
            report = signals_report(self._workspace, self._by, since=since, until=until)
        except (NotAllowed, UsageError) as error:
            self.absent.append(f"the signals report: {error.what}")
            return
        if report.over:
            yield "report.json", canonical_json(report.model_dump(mode="json"))
        else:
            self.absent.append("the signals report: the period is not over")


def _text(hashed: bytes) -> str:
    return base64.b64encode(hashed).decode()
