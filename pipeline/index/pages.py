"""The served documents of a generation as pages: found by id, and updated by what changed.

Invariants: a page is verified against its digest when it is read. An update reads and makes the pages of the changed
documents only, and gives the pages that all documents together would give (law 7). Pages never change.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Protocol, Self

import pyarrow as pa

from pipeline.domain.digests import digest_bytes
from pipeline.domain.serving.document_tree import (
    ALL_KEYS,
    KEY_BITS,
    PAGE_DOCUMENTS,
    KeyRange,
    key_of,
    page_root,
    pages_of,
    root_of_pages,
)
from pipeline.index.placements import SCHEMA, Placement, placed_in, to_bytes

Usage = Mapping[str, int]
"""How many rows of each segment documents use, or how many documents have each access rule."""


class PlacementPage(NamedTuple):
    """A page and where it is stored."""

    span: KeyRange
    documents: int
    chunks: int
    root: str
    """Root of its documents, without their places."""
    sha256: str
    """Of its bytes."""
    size: int
    file: str = ""
    """Name of the file that holds it; empty for a page that is not written yet."""
    offset: int = 0


class PageSource(Protocol):
    """Files that hold pages."""

    def read(self, page: PlacementPage) -> bytes | memoryview:
        """The bytes of a page, verified. Raises `IntegrityError`."""

    def refuse(self, page: PlacementPage, difference: str) -> Exception:
        """The error for a page whose bytes are right and whose content is not."""


class PlacementPages:
    """Pages in the order of their keys, with what their documents use."""

    def __init__(
        self,
        pages: Sequence[PlacementPage],
        segments: Usage,
        access: Usage,
        source: PageSource | None = None,
        fresh: Mapping[str, bytes] | None = None,
    ) -> None:
        self.pages, self.segments, self.access, self.source = pages, segments, access, source
        self._fresh = fresh or {}
        self.starts = [page.span.first for page in pages]

    @classmethod
    def of(cls, placements: Iterable[Placement]) -> Self:
        """The pages that placements give."""
        return cls((), {}, {}).updated({placement.doc_id: placement for placement in placements})

    @cached_property
    def root(self) -> str:
        """The document root."""
        return root_of_pages([(page.span, page.root) for page in self.pages])

    @property
    def documents(self) -> int:
        """Number of documents."""
        return sum(page.documents for page in self.pages)

    @property
    def chunks(self) -> int:
        """Number of rows of all documents."""
        return sum(page.chunks for page in self.pages)

    def content(self, page: PlacementPage) -> bytes | memoryview:
        """The bytes of a page, verified where they come from a file."""
        if not page.file or self.source is None:
            return self._fresh[page.sha256]
        return self.source.read(page)

    def table(self) -> pa.Table:
        """All placements, in the order of their pages; one batch a page."""
        return pa.Table.from_batches([self._batch(page) for page in self.pages], SCHEMA)

    def placed(self, doc_ids: Iterable[str]) -> dict[str, Placement]:
        """The placements of documents, without documents that are not served."""
        wanted: dict[int, set[str]] = {}
        for doc_id in doc_ids:
            if (index := self.page_at(key_of(doc_id))) is not None:
                wanted.setdefault(index, set()).add(doc_id)
        return {
            placement.doc_id: placement
            for index, some in wanted.items()
            for placement in self.placements(self.pages[index])
            if placement.doc_id in some
        }

    def updated(self, changes: Mapping[str, Placement | None]) -> Self:
        """These pages with other placements of some documents; None for a document that leaves."""
        changed = _Changes(self, changes)
        made, fresh, kept = list[PlacementPage](), dict[str, bytes](), list[PlacementPage]()
        done = 0
        for span in changed.regions():
            first, last = (bisect_left(self.starts, end) for end in (span.first, span.end))
            kept += self.pages[done:first]
            done = last
            before = {page.sha256: page for page in self.pages[first:last]}
            for page, content in _made(span, changed.within(span, first, last)):
                if (same := before.get(page.sha256)) is not None and same.span == page.span:
                    kept.append(same)
                    continue
                made.append(page)
                fresh[page.sha256] = content
        kept += self.pages[done:]
        pages = sorted((*kept, *made), key=lambda page: page.span.first)
        unwritten = {page.sha256: self._fresh[page.sha256] for page in kept if not page.file}
        segments = _counted(self.segments, changed.before, changed.after, lambda p: (p.segment, p.chunks))
        access = _counted(self.access, changed.before, changed.after, lambda p: (p.document.access_id, 1))
        return type(self)(pages, segments, access, self.source, unwritten | fresh)

    def page_at(self, key: int) -> int | None:
        """The index of the page whose range holds a key."""
        index = bisect_right(self.starts, key) - 1
        return index if index >= 0 and key < self.pages[index].span.end else None

    def _batch(self, page: PlacementPage) -> pa.RecordBatch:
        try:
            with pa.ipc.open_stream(pa.py_buffer(self.content(page))) as stream:
                (batch,) = stream
        except (pa.ArrowInvalid, OSError, ValueError):
            raise self._refused(page, "does not hold a page of placements") from None
        if not batch.schema.equals(SCHEMA) or len(batch) != page.documents:
            raise self._refused(page, "holds a page with other columns or another number of documents")
        return batch

    def placements(self, page: PlacementPage) -> list[Placement]:
        """The placements of a page. Raises `IntegrityError`."""
        placements = list(placed_in(pa.Table.from_batches([self._batch(page)])))
        for placement in placements:
            if placement.document.access_id not in self.access:
                raise self._refused(page, "places a document under an access id that has no rule")
            if placement.segment and placement.segment not in self.segments:
                raise self._refused(page, "places a document in a segment the manifest does not list")
        return placements

    def _refused(self, page: PlacementPage, difference: str) -> Exception:
        if self.source is None:
            raise ValueError(difference)
        return self.source.refuse(page, difference)


class _Changes:
    """Changed documents among the pages they change."""

    def __init__(self, pages: PlacementPages, changes: Mapping[str, Placement | None]) -> None:
        self._pages, self._changes = pages, changes
        keyed = sorted((key_of(doc_id), doc_id) for doc_id in changes)
        self._keys, self._doc_ids = [key for key, _ in keyed], [doc_id for _, doc_id in keyed]
        indexes = {index for key in self._keys if (index := pages.page_at(key)) is not None}
        self._read = {index: pages.placements(pages.pages[index]) for index in sorted(indexes)}
        known = {p.doc_id: p for held in self._read.values() for p in held if p.doc_id in changes}
        self.before = known.values()
        self.after = [placement for placement in changes.values() if placement is not None]
        more = [(changes[doc_id] is not None) - (doc_id in known) for doc_id in self._doc_ids]
        self._more = list(accumulate(more, initial=0))
        self._held = list(accumulate((page.documents for page in pages.pages), initial=0))

    def regions(self) -> Iterator[KeyRange]:
        """The ranges whose pages are made again, in order: each is a page of the result, or wider than its pages."""
        span: KeyRange | None = None
        for key in self._keys:
            if span is not None and key < span.end:
                continue
            span, at = ALL_KEYS, self._pages.page_at(key)
            page = None if at is None else self._pages.pages[at].span
            while span != page and self._count(span) > PAGE_DOCUMENTS and span.bits < KEY_BITS:
                low, high = span.halves
                span = low if key < high.first else high
            yield span

    def within(self, span: KeyRange, first: int, last: int) -> list[Placement]:
        """The placements of a range after the change; its pages are those from `first` to `last`."""
        pages = self._pages
        held = [
            placement
            for index in range(first, last)
            for placement in self._read.get(index) or pages.placements(pages.pages[index])
            if placement.doc_id not in self._changes
        ]
        changed = self._doc_ids[slice(*self._place(self._keys, span))]
        return held + [placement for doc_id in changed if (placement := self._changes[doc_id]) is not None]

    def _count(self, span: KeyRange) -> int:
        """Number of documents of a range after the change; the range holds whole pages."""
        low, high = self._place(self._pages.starts, span)
        first, last = self._place(self._keys, span)
        return self._held[high] - self._held[low] + self._more[last] - self._more[first]

    @staticmethod
    def _place(keys: Sequence[int], span: KeyRange) -> tuple[int, int]:
        return bisect_left(keys, span.first), bisect_left(keys, span.end)


def _made(span: KeyRange, placements: Iterable[Placement]) -> Iterator[tuple[PlacementPage, bytes]]:
    """The pages of a range with their bytes."""
    keyed = sorted(((key_of(placement.doc_id), placement) for placement in placements), key=lambda one: one[0])
    for page, place in pages_of([key for key, _ in keyed], span):
        held = sorted((placement for _, placement in keyed[place]), key=lambda placement: placement.doc_id)
        content = to_bytes(held)
        yield (
            PlacementPage(
                span=page,
                documents=len(held),
                chunks=sum(placement.chunks for placement in held),
                root=page_root(placement.document for placement in held),
                sha256=digest_bytes(content),
                size=len(content),
            ),
            content,
        )


def _counted(
    usage: Usage,
    before: Iterable[Placement],
    after: Iterable[Placement],
    used: Callable[[Placement], tuple[str, int]],
) -> Usage:
    counts = Counter(usage)
    for name, count in map(used, after):
        counts[name] += count
    for name, count in map(used, before):
        counts[name] -= count
    del counts[""]
    return {name: count for name, count in sorted(counts.items()) if count}
