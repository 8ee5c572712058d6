"""Build the generation that serves the same documents with the vectors of another model. Knows no database.

Invariants: only documents of the generation before are in it, under the same access rules, without those that the
ledger no longer calls live (law 10). Segments and manifest are durable when this returns (law 6). The digest is the one
that a refresh of the same documents with that model gives (law 7).
"""

from collections.abc import Mapping
from datetime import datetime

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument
from pipeline.files.durable import sweep_unfinished
from pipeline.index import manifest, segments
from pipeline.index.candidate import LiveVersions, taken_back, write_fresh
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.signing import Signer
from pipeline.index.staging import StagingReader
from pipeline.index.successor import write_successor
from pipeline.settings.application import IndexSettings


def build_reembedded(
    serving: Generation,
    documents: Mapping[str, tuple[LiveDocument, int]],
    staged: StagingReader,
    *,
    live_versions: LiveVersions,
    model_digest: str,
    run_id: str,
    at: datetime,
    signer: Signer,
    layout: IndexSettings,
    log: LogMark | None = None,
) -> GenerationRecord:
    """Write the generation that follows `serving`. The caller holds the publisher's lock.

    `documents` gives the served documents by id, with how many chunks of each are staged.
    """
    root, current = serving.root, serving.record
    for folder in (segments.FOLDER, manifest.FOLDER):
        sweep_unfinished(root / folder)
    gone = set(taken_back(serving.pages, live_versions, None))
    staying = {doc_id: counted for doc_id, counted in documents.items() if doc_id not in gone}
    return write_successor(
        root,
        current,
        PlacementPages.of(write_fresh(root, staying, staged, model_digest, layout)),
        serving.access,
        signer,
        run_id=run_id,
        at=at,
        model_digest=model_digest,
        policy_digest=current.policy_digest,
        log=log,
    )
