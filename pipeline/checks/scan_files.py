"""`corpusgate scan PATH`: judges files as `corpusgate refresh` would judge them in a source that holds them.

Invariants: the gate's own functions list, read tags, extract, scan and mask, in the order of the graph, so the verdict
here is the verdict there. Nothing is stored, and no value is in the result, not even in a name.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipeline.checks.declarations import anyone, as_wide_as
from pipeline.checks.scan import IN_FLIGHT, ScanResult, judge
from pipeline.detectors.strings import StringScanner
from pipeline.detectors.suite import SuiteScanner, Tickets
from pipeline.domain.declarations.declared import Declared
from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Change, ChangeKind, Document, DocumentRef, TaggedDocument
from pipeline.domain.documents.printable_names import printable_name, unscanned_name
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.documents.served import mask_strings, served_strings
from pipeline.domain.documents.sheet import Sheet
from pipeline.domain.errors import UsageError
from pipeline.domain.findings.failures import EXTRACTION
from pipeline.domain.findings.findings import scan_failure
from pipeline.domain.identity.permissions import EVERYONE, Classification
from pipeline.domain.policy.impact import assess
from pipeline.domain.policy.policy_context import change_context, document_context
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.tag_reader import tag_reader
from pipeline.files.walk import reason_of
from pipeline.workspace import Workspace
from transforms.apply_policy import left_in_strings
from transforms.extract_text import extracted_text, with_stated_problems
from transforms.support.containment import failure_of
from transforms.support.listing import ListedSource, UnreadFeed, look, references
from transforms.support.tagging import read_tags, tagged_document


class _FileInFlight(NamedTuple):
    """A document whose name, tags and text are in the detectors."""

    folder: str
    source: Source
    tagged: TaggedDocument
    strings: Tickets
    document: Document
    texts: Tickets


class FileScanner:
    """Judges the documents of files and folders, several in flight, models loaded once."""

    def __init__(
        self, workspace: Workspace, classification: Classification, source: str | None = None, *, masked: bool = False
    ) -> None:
        """Prepare; detectors start with the first document.

        Args:
            workspace: Policy, detectors, key, and who can be named in tags.
            classification: Of a source for everyone, which documents narrow with what they declare.
            source: A registered source that counts in its place; raises `NotFound` if there is none.
            masked: Whether results hold the texts without their values.

        """
        self._workspace, self._settings = workspace, workspace.home.settings
        self._source = None if source is None else workspace.sources.source(source)
        self._classification, self._masked = classification, masked
        self._policy, self._key = workspace.home.policy, workspace.home.fingerprint_key
        self._known = workspace.home.known_principals
        self._reader = tag_reader(self._settings.extraction)
        self._suite = SuiteScanner(self._settings.detectors, workspace.home.folder, self._key)
        self._strings = StringScanner(self._settings.detectors, workspace.home.folder, self._key)
        self.notes: list[str] = []
        """Files and folders that are left out, and why, in sentences."""

    def scan(self, paths: Iterable[Path]) -> Iterator[ScanResult]:
        """One result a document, in the order of the paths and of the names beneath them.

        Raises:
            UsageError: A path is not there, or no source may point there.

        """
        waiting: deque[_FileInFlight] = deque()
        with Extractor(self._settings.extraction) as extractor:
            for path in paths:
                here = self._source_at(path)
                sidecars: dict[str, Declared] = {}
                for ref in self._references(here, path):
                    waiting.append(self._submitted(here, ref, _folder_of(path), sidecars, extractor))
                    if len(waiting) >= IN_FLIGHT:
                        yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())

    def _source_at(self, path: Path) -> Source:
        place = {"uri": str(path.absolute()), "state": SourceState.APPROVED}
        if self._source is not None:
            return self._source.model_copy(update=place | {"state": self._source.state})
        wide = {"name": "scan", "allow": (EVERYONE,), "classification": self._classification}
        return anyone().model_copy(update=place | wide)

    def _references(self, here: Source, path: Path) -> Iterator[DocumentRef]:
        try:
            listed = look(here)
        except OSError as error:
            name = printable_name(str(path))
            raise UsageError(f"{name} cannot be read: {reason_of(error)}.", fix="Name files and folders.") from None
        self.notes += _notes(listed)
        for file in sorted(listed.files, key=lambda file: file.uri):
            try:
                yield from references(here, file, self._settings.extraction)
            except UnreadFeed as error:
                self.notes.append(f"A feed is not read to its end: {error.reason}.")

    def _submitted(
        self, here: Source, ref: DocumentRef, folder: str, sidecars: dict[str, Declared], extractor: Extractor
    ) -> _FileInFlight:
        base = None if self._source else partial(self._wide, here)
        read = read_tags(ref, here, self._known, sidecars, self._reader, base=base)
        tagged = tagged_document(ref, read, "scan", datetime.now(UTC))
        strings = self._strings.submit(Sheet(served_strings(tagged, here)).text)
        extracted = extracted_text(extractor, self._reader, tagged, here.limits.max_bytes)
        tagged = with_stated_problems(tagged, extracted)
        failed = (scan_failure(EXTRACTION, extracted.failure, extracted.media_type),) if extracted.failure else ()
        document = Document(
            change=Change(kind=ChangeKind.NEW, doc_id=ref.doc_id, tagged=tagged),
            extracted=extracted,
            text_digest=digest_text(extracted.text),
            findings=failed,
        )
        return _FileInFlight(folder, here, tagged, strings, document, self._suite.submit(extracted))

    def _wide(self, here: Source, declared: Declared) -> Source:
        """A source for everyone, or for those whom a document names: who reads it narrows, nothing is widened."""
        wide = as_wide_as(here, declared, self._known)
        return wide if wide.allow else wide.model_copy(update={"allow": here.allow})

    def _result(self, waiting: _FileInFlight) -> ScanResult:
        found = self._strings.result(waiting.strings)
        try:
            kept = mask_strings(waiting.tagged, waiting.source, self._key, found, self._strings.scan)
        except Exception as error:  # the document's fault: nothing of its strings is kept; otherwise it is raised again
            failed = [failure_of("mask_strings", error)]
            kept = mask_strings(waiting.tagged, waiting.source, self._key, failed, self._strings.scan)
        change = waiting.document.change.model_copy(update={"tagged": kept})
        document = waiting.document.noting(
            change=change,
            findings=(*kept.findings, *waiting.document.findings, *self._suite.result(waiting.texts)),
            impact=assess(change, None, waiting.document.text, policy=self._policy.impact),
        )
        context = document_context(document, waiting.source.state), change_context(document)
        return judge(
            self._policy,
            waiting.folder + kept.ref.uri,
            document.extracted,
            document.findings,
            context,
            lambda extracted: (*self._suite.scan(extracted), *left_in_strings(document)),
            masked=self._masked,
        )


def _folder_of(path: Path) -> str:
    """The folder of the documents as it was given, or that of a single file."""
    folder = path if path.is_dir() else path.parent
    return "" if folder == Path() else f"{printable_name(str(folder)).rstrip('/')}/"


def _notes(listed: ListedSource) -> list[str]:
    unread = [f"{unscanned_name(one.name)} is not read: {one.reason}." for one in (*listed.partial, *listed.skipped)]
    return unread + [f"{unscanned_name(name)} is a metadata file without its document." for name in listed.orphans]
