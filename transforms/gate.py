"""The gate for every changed document, the same in batch and in streaming.

scan secrets → scan personal data → scan injection → assess impact → apply policy → chunk → embed → write; in
parallel, the documents of each source are counted.
"""

from typing import Any

import apache_beam as beam

from pipeline.domain.documents.documents import Change, ChangeKind, Outcome
from pipeline.domain.documents.outcomes import outcome_of_deletion, outcome_of_unchanged
from transforms.apply_policy import SETTLED, ApplyPolicy
from transforms.assess_impact import AssessImpact
from transforms.chunk_documents import OUTCOMES, ChunkDocuments
from transforms.embed_chunks import EmbedChunks
from transforms.extract_text import ExtractText
from transforms.scan_injection import ScanInjection
from transforms.scan_pii import ScanPii
from transforms.scan_secrets import ScanSecrets
from transforms.support.bases import GateTransform
from transforms.watch_ingest_rate import WatchIngestRate
from transforms.write_segments import WriteSegments


class Gate(GateTransform):
    """Changes → {"outcomes": PCollection[Outcome], "parts": PCollection[str]}; unchanged documents are left out."""

    def expand(self, changes: beam.PCollection) -> Any:
        context = self._context
        judged = (
            changes
            | "to scan" >> beam.Filter(_must_scan)
            | ExtractText(context)
            | ScanSecrets(context)
            | ScanPii(context)
            | ScanInjection(context)
            | AssessImpact(context)
            | ApplyPolicy(context)
        )
        chunked = judged.served | ChunkDocuments(context)
        deleted = changes | "deleted" >> beam.Filter(_is_deleted) | "settle" >> beam.Map(_settle)
        outcomes = (judged[SETTLED], chunked[OUTCOMES], deleted) | "outcomes" >> beam.Flatten()
        results = {"outcomes": outcomes}
        if context.stream:  # there the publisher has to hear of everything that arrived
            unchanged = changes | "unchanged" >> beam.Filter(_is_unchanged) | "note" >> beam.Map(outcome_of_unchanged)
            results["outcomes"] = (outcomes, unchanged) | "all outcomes" >> beam.Flatten()
        if not context.dry_run:
            results["chunks"] = chunked.chunks | EmbedChunks(context)
        parts = (results | WriteSegments(context), outcomes | WatchIngestRate(context)) | "parts" >> beam.Flatten()
        return {"outcomes": outcomes, "parts": parts}


def _must_scan(change: Change) -> bool:
    return change.kind is not ChangeKind.DELETED and (change.kind is not ChangeKind.UNCHANGED or change.rescan)


def _is_unchanged(change: Change) -> bool:
    return change.kind is ChangeKind.UNCHANGED and not change.rescan


def _is_deleted(change: Change) -> bool:
    return change.kind is ChangeKind.DELETED


def _settle(change: Change) -> Outcome:
    return outcome_of_deletion(change)
