"""Chunks: the pieces of a served text that are embedded.

Invariants: a chunk's id follows from document, content, place and chunker, so the same document gives the same
ids on every machine (law 7). A chunk inherits its document's access rule. Spans are code points in the served
text: the normalised text, or the redacted one where something was redacted.
"""

from collections.abc import Iterable

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.documents.documents import Chunk

CHUNKER = "corpusgate-chunks-2"
"""Changes whenever the same text could be cut differently."""


def chunks_of(
    doc_id: str, content_digest: str, access_id: str, text: str, spans: Iterable[tuple[int, int]]
) -> list[Chunk]:
    """One chunk for every span that holds more than white space, in order."""
    chunks: list[Chunk] = []
    for start, end in spans:
        piece = text[start:end]
        if not piece.strip():
            continue
        text_digest = digest_text(piece)
        chunks.append(
            Chunk(
                chunk_id=digest_json([CHUNKER, doc_id, content_digest, start, end, text_digest])[:32],
                doc_id=doc_id,
                content_digest=content_digest,
                access_id=access_id,
                ordinal=len(chunks),
                start=start,
                end=end,
                text=piece,
                text_digest=text_digest,
            )
        )
    return chunks
