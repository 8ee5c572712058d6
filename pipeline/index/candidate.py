"""Build the next generation from the current one and what a run staged. Knows no database.

Invariants: only an outcome that serves brings chunks in (law 1), and all of them or none: a document whose staged
chunks are not exactly those its outcome counted stops the publication. A document that the ledger no longer calls
live is dropped, so that a takedown stays in force (law 10). Segments and manifest are durable when this returns; they
are served only once the ledger makes the returned record current (law 6). Equal inputs give an equal digest, in
whatever order or parts they were staged; an unchanged state gives no generation (law 7).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.documents.documents import Outcome
from pipeline.domain.errors import IntegrityError
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument, serves
from pipeline.files.durable import sweep_unfinished
from pipeline.index import manifest, segments
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.segments import BATCH_ROWS, write_segment
from pipeline.index.signing import Signer
from pipeline.index.staging import StagingReader
from pipeline.index.successor import write_successor
from pipeline.settings.application import IndexSettings

LiveVersions = Callable[[Collection[str]], set[str]]
"""Of the given version ids those the ledger calls live now."""


def build_candidate(
    index_root: Path,
    serving: Generation | None,
    outcomes: Iterable[Outcome],
    staged: StagingReader,
    *,
    live_versions: LiveVersions,
    suspects: Collection[str] | None = None,
    kept_out: Collection[str] = (),
    model_digest: str,
    policy_digest: str,
    run_id: str,
    at: datetime,
    signer: Signer,
    layout: IndexSettings,
    log: LogMark | None = None,
) -> GenerationRecord | None:
    """Write the generation that follows `serving`; None when what is served stays as it is.

    Documents whose vectors another model made leave, unless this run embedded them again: their vectors could not
    be compared with a question's. The caller holds the publisher's lock.

    `suspects` are the served documents that may no longer be live; by default all of them are. `kept_out` are versions
    that outcomes would bring in, and that a takedown names.
    """
    for folder in (segments.FOLDER, manifest.FOLDER):
        sweep_unfinished(index_root / folder)
    current = serving.record if serving else None
    stays = serving is not None and (serving.record.model_digest == model_digest or not serving.record.documents)
    base = serving.pages if serving and stays else PlacementPages.of(())
    decided = {outcome.doc_id: outcome for outcome in outcomes}
    changes: dict[str, Placement | None] = dict.fromkeys(taken_back(base, live_versions, suspects))
    served = serving.pages.placed({*decided, *changes}) if serving else {}
    rules = dict(serving.access) if serving else {}

    fresh: dict[str, tuple[LiveDocument, int]] = {}
    for outcome in decided.values():
        match serves(outcome) and outcome.version_id not in kept_out:
            case False:
                changes[outcome.doc_id] = None
            case True:
                document, rule = _live_document(outcome, served)
                rules[document.access_id] = rule
                if outcome.reuse:
                    changes[document.doc_id] = _reused(document, served, current, model_digest)
                else:
                    changes[document.doc_id] = Placement(document, "", 0, outcome.chunks)
                    fresh[document.doc_id] = document, outcome.chunks

    if current and stays and current.policy_digest == policy_digest and _same(changes, served):
        return None
    changes |= {p.doc_id: p for p in write_fresh(index_root, fresh, staged, model_digest, layout)}
    pages = base.updated(changes)
    if current is None and not pages.documents:
        return None
    return write_successor(
        index_root,
        current,
        pages,
        rules,
        signer,
        run_id=run_id,
        at=at,
        model_digest=model_digest,
        policy_digest=policy_digest,
        log=log,
    )


def taken_back(pages: PlacementPages, live_versions: LiveVersions, suspects: Collection[str] | None) -> list[str]:
    """Served documents that the ledger no longer calls live, of `suspects` or of all."""
    if suspects is None:
        table = pages.table()
        doc_ids, version_ids = (list(map(str, table[name].to_pylist())) for name in ("doc_id", "version_id"))
        versions = dict(zip(doc_ids, version_ids, strict=True))
    else:
        versions = {doc_id: placement.document.version_id for doc_id, placement in pages.placed(suspects).items()}
    live = live_versions(list(versions.values())) if versions else set()
    return [doc_id for doc_id, version_id in versions.items() if version_id not in live]


def _same(changes: Mapping[str, Placement | None], served: Mapping[str, Placement]) -> bool:
    """Whether changes leave what is served as it is: the same versions, with the same text, under the same rules."""
    return all(
        (after.document.leaf if after else None) == (served[doc_id].document.leaf if doc_id in served else None)
        for doc_id, after in changes.items()
    )


def _live_document(outcome: Outcome, served: Mapping[str, Placement]) -> tuple[LiveDocument, AccessRule]:
    if outcome.tagged is None:
        raise _inconsistent("A document that is to be served has no provenance.")
    before = served.get(outcome.doc_id) if outcome.reuse else None
    text_digest = outcome.served_digest or (before.document.text_digest if before else None)
    if text_digest is None:
        raise _inconsistent("A document that is to be served has no digest of the text it serves.")
    provenance = outcome.tagged.provenance
    document = LiveDocument(
        doc_id=outcome.doc_id,
        version_id=outcome.version_id,
        content_digest=provenance.content_digest,
        text_digest=text_digest,
        access_id=provenance.access.access_id,
    )
    return document, provenance.access


def _reused(
    document: LiveDocument,
    served: Mapping[str, Placement],
    current: GenerationRecord | None,
    model_digest: str,
) -> Placement:
    before = served.get(document.doc_id)
    if before is None or before.document.text_digest != document.text_digest:
        raise _inconsistent("A document is to keep its vectors, but the current generation has none for its text.")
    if current is None or current.model_digest != model_digest:
        raise _inconsistent("A document is to keep its vectors, but another model made them.")
    return Placement(document, before.segment, before.start, before.stop)


def write_fresh(
    root: Path,
    fresh: Mapping[str, tuple[LiveDocument, int]],
    staged: StagingReader,
    model_digest: str,
    layout: IndexSettings,
) -> Iterator[Placement]:
    """Write one segment with the staged chunks of documents and say where each document is in it.

    `fresh` gives each document by its id, with how many chunks of it must be staged. Raises `IntegrityError` unless
    exactly those are.
    """
    keys = _sorted_keys(staged.keys(), {doc_id: document for doc_id, (document, _) in fresh.items()})
    doc_ids: list[Any] = keys["doc_id"].to_pylist()
    ordinals = keys["ordinal"].to_numpy()
    starts: dict[str, int] = {}
    for row, doc_id in enumerate(doc_ids):
        starts.setdefault(doc_id, row)
    counts = Counter(doc_ids)
    for doc_id, (_, chunks) in fresh.items():
        start = starts.get(doc_id, 0)
        if counts[doc_id] != chunks or not np.array_equal(ordinals[start : start + chunks], np.arange(chunks)):
            raise _inconsistent(f"Of a document with {chunks} chunks, {counts[doc_id]} were staged.")
    segment = _write_rows(root, keys, staged, model_digest, layout) if len(keys) else ""
    for doc_id, (document, chunks) in fresh.items():
        start = starts.get(doc_id, 0)
        yield Placement(document, segment if chunks else "", start, start + chunks)


def _sorted_keys(keys: pa.Table, wanted: Mapping[str, LiveDocument]) -> pa.Table:
    mine = [
        (document := wanted.get(doc_id)) is not None
        and document.content_digest == content_digest
        and document.access_id == access_id
        for doc_id, content_digest, access_id in zip(
            *(keys[name].to_pylist() for name in ("doc_id", "content_digest", "access_id")), strict=True
        )
    ]
    order: Any = [("access_id", "ascending"), ("doc_id", "ascending"), ("ordinal", "ascending")]
    return keys.filter(pa.array(mine, pa.bool_())).sort_by(order)


def _write_rows(root: Path, keys: pa.Table, staged: StagingReader, model_digest: str, layout: IndexSettings) -> str:
    parts, rows = keys["part"].to_numpy(), keys["row"].to_numpy()

    def batches() -> Iterator[tuple[pa.Table, Vectors]]:
        for first in range(0, len(keys), BATCH_ROWS):
            yield staged.take(parts[first : first + BATCH_ROWS], rows[first : first + BATCH_ROWS])

    return write_segment(root, model_digest, len(keys), staged.dimensions, batches(), layout)


def _inconsistent(what: str) -> IntegrityError:
    return IntegrityError(what, done="Nothing was published.", fix="Run the refresh again.")
