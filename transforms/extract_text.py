"""Gate: bytes to normalised text, in a resource-limited child process.

Invariants: a document that cannot be extracted leaves with a failure, which the policy can never admit (law 3). The
bytes must be the digested ones: a file that changed in between is a failure too, and so is an unreadable one. Both
are judged again at the next look. Words of a PDF or an office file that look like a declaration, where none can be
read, are a problem (law 2). From here on documents carry text and cross no shuffle.
"""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.declarations.lookalikes import stated_problems
from pipeline.domain.digests import digest_bytes, digest_text
from pipeline.domain.documents.documents import UNREAD, Change, Document, DocumentRef, ExtractedText, TaggedDocument
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.findings.failures import EXTRACTION
from pipeline.domain.findings.findings import scan_failure
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.tag_reader import TagReader, tag_reader
from pipeline.telemetry.progress import PROGRESS
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import not_extracted
from transforms.support.measured import measured
from transforms.support.reading import UNOPENED, open_ref

FEED_EXTRACTOR = "feed-record-1"


class ExtractText(GateTransform):
    """Changes that must pass the gate → documents with text."""

    def expand(self, changes: beam.PCollection) -> beam.PCollection:
        return changes | "extract" >> beam.ParDo(_Extract(self._context))


@measured
class _Extract(GateFn):
    gate = "extract_text"
    failures = Metrics.counter(gate, "scan_failures")

    def setup(self) -> None:
        self._extractor = Extractor(self._context.extraction)

    def teardown(self) -> None:
        self._extractor.close()

    def process(self, change: Change) -> Iterator[Document]:
        tagged = change.tagged
        if tagged is None:
            raise ValueError("a deleted document cannot be extracted")
        limit = self._context.of(change.snapshot).sources[tagged.ref.source].limits.max_bytes
        extracted = extracted_text(self._extractor, tag_reader(self._context.extraction), tagged, limit)
        findings = tagged.findings
        if extracted.failure:
            self.failures.inc()
            findings += (scan_failure(EXTRACTION, extracted.failure, extracted.media_type),)
        PROGRESS.add("documents")
        self._context.note_work()
        PROGRESS.add("bytes", min(tagged.ref.length or 0, limit))
        change = change.model_copy(update={"tagged": with_stated_problems(tagged, extracted)})
        yield Document(change=change, extracted=extracted, text_digest=digest_text(extracted.text), findings=findings)


def with_stated_problems(tagged: TaggedDocument, extracted: ExtractedText) -> TaggedDocument:
    """The document with the problems of its words that only tags should say."""
    problems = stated_problems(extracted.stated, tagged.provenance.access.classification)
    return tagged.model_copy(update={"problems": (*tagged.problems, *problems)}) if problems else tagged


def extracted_text(extractor: Extractor, reader: TagReader, tagged: TaggedDocument, limit: int) -> ExtractedText:
    """The text of a tagged document, or why there is none; `limit` is in bytes. Raises what stops a run."""
    unopened = next((reason for problem, reason in UNOPENED.items() if problem in tagged.problems), None)
    if unopened:
        return _failed(unopened)
    try:
        return _extracted(extractor, reader, tagged.ref, tagged.provenance.content_digest, limit)
    except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
        return not_extracted(error)


def _extracted(
    extractor: Extractor, reader: TagReader, ref: DocumentRef, content_digest: str, limit: int
) -> ExtractedText:
    if (ref.length or 0) > limit:
        return _failed("larger than its source allows")
    try:
        with open_ref(ref) as stream:
            data = stream.read(limit + 1 if ref.offset is None else ref.length or 0)
    except OSError:
        return _failed("not readable", UNREAD)
    if digest_bytes(data) != content_digest:
        return _failed("changed while it was being read", UNREAD)
    if ref.offset is not None:
        text = normalise_text(reader.feed_record(data).text)
        return ExtractedText(text=text, media_type="text/plain", extractor=FEED_EXTRACTOR)
    return extractor.extract(data, ref.uri, None)


def _failed(reason: str, extractor: str = "none") -> ExtractedText:
    return ExtractedText(text="", media_type="application/octet-stream", extractor=extractor, failure=reason)
