"""The context of one run: everything that gates know besides their elements.

Invariants: a context is frozen, small and the same on every worker. Its larger parts lie in files of the staging
folder, and a worker reads each file at most once. It holds neither text nor secrets. Importing it imports no Beam: what
a run compares before its graph needs the same context.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline.domain.documents.changes import DeletionStats, is_settled
from pipeline.domain.documents.documents import Binding, DocumentRef, TaggedDocument
from pipeline.domain.documents.pasts import Past, Pasts
from pipeline.domain.documents.provenance import Source
from pipeline.domain.documents.served import known_ref, remembered
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.waivers import ActiveWaivers, Waiver
from pipeline.domain.rates.ingest_rates import RateHistory
from pipeline.domain.serving.erasing import ErasedDocument, ErasedDocuments
from pipeline.domain.serving.takedown import TakenOff, TakenOffVersions
from pipeline.domain.submissions.submissions import Submitted
from pipeline.files.durable import write_file
from pipeline.files.json_lines import Model, read_records
from pipeline.files.seen import SeenFile
from pipeline.files.spool import Spool
from pipeline.settings.application import (
    DetectorSettings,
    RateSettings,
    TracingSettings,
)
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.extraction import ExtractionSettings
from pipeline.settings.places import HomeFiles
from pipeline.settings.sources import GuardSettings
from pipeline.stores.ledger.impact_snapshot import FILE, Snapshot

CONTEXT = "context.json"
"""In a snapshot of a stream: the rest of its context."""

ERASED = "erased.jsonl"
"""In the staging folder: documents that were erased and must not come back."""

VERSION_BYTES = 16
"""Length of a version id."""

TAKEN_OFF = "taken-off.jsonl"
"""In the staging folder: versions a rollback took off, which only a person lets in again."""

WAIVERS = "waivers.jsonl"
"""In the staging folder: what is waived in this run. A file, for a baseline can name more findings than fit a graph."""

PASTS = "pasts.jsonl"
"""In the staging folder: what counts of older names of contents. Only there once something does."""

RATES = "rates.jsonl"
"""In the staging folder: what is known of earlier windows of each source."""

SETTLED = "settled.bin"
"""In the staging folder of a run: ids of the versions whose verdict holds, 16 bytes each."""

MASKED = "masked.json"
"""In the staging folder: the forms in which masked strings are kept, by mark."""

SUBMISSIONS = "submissions.jsonl"
"""In the staging folder: the submissions that count in this run."""


@dataclass(frozen=True)
class RunContext:
    """Everything gates need to know about a run; small, picklable, the same on every worker."""

    run_id: str
    started_at: datetime
    home: str
    staging: str
    binding: Binding
    policy_json: str
    sources: dict[str, Source]
    extraction: ExtractionSettings
    detectors: DetectorSettings
    embedding: EmbeddingSettings
    deletions: GuardSettings
    fingerprint_key_file: str
    reuse_vectors: bool
    """Whether the vectors being served come from the model of this run."""
    own: tuple[str, ...] = ()
    """Files and folders that Corpusgate keeps for itself, which no source may point to."""
    known_counts: dict[str, DeletionStats] = field(default_factory=dict)
    """Of each source, how many documents the ledger knows; what a listing is measured by."""
    staying: dict[str, int] = field(default_factory=dict)
    """Of each source that was looked at before the graph, how many documents stay; the graph does not meet them."""
    dry_run: bool = False
    tracing: TracingSettings = field(default_factory=TracingSettings)
    rates: RateSettings = field(default_factory=RateSettings)
    principals: KnownPrincipals | None = None
    """Who can be allowed and denied; None where nobody can tell."""
    stream: str = ""
    """Folder of a stream, whose snapshots stand in for this context while it runs; empty for a run, which has one."""

    def of(self, snapshot: str) -> "RunContext":
        """What counts for an element: this context, or the snapshot of a stream that the element names."""
        return read_snapshot(self.stream, snapshot) if snapshot else self

    def in_stream(self, folder: Path) -> "RunContext":
        """The same for a stream with its files in `folder`."""
        return replace(self, stream=str(folder))

    def newest(self) -> str:
        """Name of the newest snapshot of a stream; empty for a run."""
        return Spool(Path(self.stream)).newest() if self.stream else ""

    def note_work(self) -> None:
        """In a stream: leave a sign that a worker is busy."""
        if self.stream:
            Spool(Path(self.stream)).note_work()

    @cached_property
    def policy(self) -> Policy:
        """The policy, compiled once per worker."""
        return Policy.model_validate_json(self.policy_json)

    @cached_property
    def waivers(self) -> ActiveWaivers:
        """What is waived in this run, read once per worker; nothing where the run wrote no such file."""
        return ActiveWaivers(self._records(WAIVERS, Waiver), self.started_at)

    @cached_property
    def submissions(self) -> dict[str, Submitted]:
        """The submission that counts for each document of an inbox, by document; read once per worker."""
        return {submitted.doc_id: submitted for submitted in self._records(SUBMISSIONS, Submitted)}

    @cached_property
    def erased(self) -> ErasedDocuments:
        """What was erased, read once per worker; nothing where the run wrote no such file."""
        return ErasedDocuments(self._records(ERASED, ErasedDocument))

    @cached_property
    def taken_off(self) -> TakenOffVersions:
        """What a rollback took off, read once per worker; nothing where the run wrote no such file."""
        return TakenOffVersions(self._records(TAKEN_OFF, TakenOff))

    @cached_property
    def pasts(self) -> Pasts:
        """Older names of contents that count, read once per worker; nothing where the run wrote no such file."""
        return Pasts(self._records(PASTS, Past))

    @cached_property
    def rate_history(self) -> dict[str, RateHistory]:
        """What is known of each source's earlier windows; read where the first window of one is judged."""
        return {history.source: history for history in self._records(RATES, RateHistory)}

    @cached_property
    def masked_strings(self) -> dict[str, str]:
        """Forms of masked strings by mark, read once per worker."""
        path = Path(self.staging) / MASKED
        forms: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
        return forms

    def known_as(self, ref: DocumentRef, key: bytes) -> DocumentRef:
        """The reference under the name that its document is known by."""
        return known_ref(ref, key, self.masked_strings)

    def is_settled(self, doc_id: str, version_id: str) -> bool:
        """Whether this version of a document is known and needs no second look."""
        if self.stream:
            known = self.seen[doc_id].known
            return known is not None and known.version_id == version_id and is_settled(known, self.binding.digest)
        return bytes.fromhex(version_id) in self._settled

    def settled(self, tagged: TaggedDocument, key: bytes) -> TaggedDocument | None:
        """The document under the strings it is kept with, if that version needs no second look; else None."""
        source = self.sources[tagged.ref.source]
        known = remembered(tagged, source, key, self.masked_strings) if self.masked_strings else tagged
        return known if self.is_settled(known.doc_id, known.version_id) else None

    @cached_property
    def _settled(self) -> frozenset[bytes]:
        path = Path(self.staging) / SETTLED
        ids = path.read_bytes() if path.exists() else b""
        return frozenset(ids[start : start + VERSION_BYTES] for start in range(0, len(ids), VERSION_BYTES))

    @property
    def models_lock(self) -> Path:
        """Path of the model lock."""
        return self.files.models_lock

    @property
    def files(self) -> HomeFiles:
        """Where everything of the home lies."""
        return HomeFiles(self.home_folder)

    @property
    def home_folder(self) -> Path:
        """The Corpusgate home."""
        return Path(self.home)

    def fingerprint_key(self) -> bytes:
        """Key of the HMAC over sensitive values; read on the worker, never part of the graph."""
        return bytes.fromhex(Path(self.fingerprint_key_file).read_text("ascii").strip())

    @cached_property
    def surroundings(self) -> Snapshot:
        """What changes are weighed with beside the documents; read where the first changed document is judged."""
        return Snapshot(Path(self.staging) / FILE)

    @cached_property
    def seen(self) -> SeenFile:
        """What a stream knows of documents in this snapshot."""
        return SeenFile(Path(self.staging), Spool(Path(self.stream)).seen)

    def _records(self, file: str, model: type[Model]) -> Iterator[Model]:
        path = Path(self.staging) / file
        return read_records(path, model) if path.exists() else iter(())

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: each worker reads and compiles the rest for itself."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@lru_cache(maxsize=4)
def read_snapshot(stream: str, name: str) -> RunContext:
    """A snapshot of a stream; workers keep the latest few. One that is gone is replaced by the newest.

    Who names a snapshot that is gone is judged against another: the publisher, which checks, sends it in again.
    """
    spool = Spool(Path(stream))
    try:
        return read_context(spool.snapshots / name)
    except FileNotFoundError:
        return read_context(spool.snapshots / spool.newest())


def read_context(folder: Path) -> RunContext:
    """The context left in a folder."""
    return _CONTEXT.validate_json((folder / CONTEXT).read_bytes())


def write_context(context: RunContext, folder: Path) -> None:
    """Leave a context where workers read it with `read_snapshot`."""
    write_file(folder / CONTEXT, _CONTEXT.dump_json(context))


_CONTEXT: TypeAdapter[RunContext] = TypeAdapter(RunContext)
