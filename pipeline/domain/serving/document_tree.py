"""The tree of served documents: pages by the hash of the document id, and the root over them.

A page is a range of keys, the first 64 bits of SHA-256 of a document id. It holds at most `PAGE_DOCUMENTS` documents,
and the range twice as wide that contains it holds more.

Invariants: pages and root follow from the set of documents alone, in whatever order they came and went (law 7). Leaves,
nodes inside a page and nodes over pages are hashed with different prefixes, so none can be presented as another.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, Self

from pipeline.domain.digests import EMPTY_ROOT, merkle_root

PAGE_DOCUMENTS = 256
"""Part of the format: another value gives other roots."""
KEY_BITS = 64
_NODE = b"\x02"
"""RFC 6962 uses 0 for leaves and 1 for nodes, which a page's own root is made of."""


class Leaf(Protocol):
    """A document as the root sees it."""

    @property
    def doc_id(self) -> str: ...

    @property
    def leaf(self) -> str: ...


class KeyRange(NamedTuple):
    """The keys that begin with the first `bits` bits of `first`, whose other bits are 0."""

    first: int
    bits: int

    @property
    def end(self) -> int:
        """The first key behind the range."""
        return self.first + (1 << (KEY_BITS - self.bits))

    @property
    def above(self) -> "KeyRange":
        """The range twice as wide that contains this one."""
        return KeyRange.of(self.first, self.bits - 1)

    @property
    def halves(self) -> tuple["KeyRange", "KeyRange"]:
        """The two ranges half as wide."""
        half = 1 << (KEY_BITS - self.bits - 1)
        return KeyRange(self.first, self.bits + 1), KeyRange(self.first + half, self.bits + 1)

    @classmethod
    def of(cls, key: int, bits: int) -> Self:
        """The range of that width that holds `key`."""
        spare = KEY_BITS - bits
        return cls(key >> spare << spare, bits)


ALL_KEYS = KeyRange(0, 0)


def key_of(doc_id: str) -> int:
    """The key of a document."""
    return int.from_bytes(hashlib.sha256(doc_id.encode("utf-8", "surrogatepass")).digest()[: KEY_BITS // 8], "big")


def pages_of(keys: Sequence[int], within: KeyRange = ALL_KEYS) -> Iterator[tuple[KeyRange, slice]]:
    """The pages of documents with these keys, which are sorted and in `within`; pages without documents are left out.

    `within` is a page, or wider than one.
    """
    waiting = [(within, 0, len(keys))]
    while waiting:
        span, start, stop = waiting.pop()
        if stop - start <= PAGE_DOCUMENTS or span.bits == KEY_BITS:
            if stop > start:
                yield span, slice(start, stop)
            continue
        low, high = span.halves
        middle = bisect_left(keys, high.first, start, stop)
        waiting += [(high, middle, stop), (low, start, middle)]


def page_root(documents: Iterable[Leaf]) -> str:
    """Root of one page: the Merkle root of its documents by document id."""
    return merkle_root([document.leaf for document in sorted(documents, key=lambda d: d.doc_id)])


def root_of_pages(pages: Sequence[tuple[KeyRange, str]]) -> str:
    """Root over pages with their roots, in the order of their keys."""

    def root(span: KeyRange, start: int, stop: int) -> str:
        if start == stop:
            return EMPTY_ROOT
        if pages[start][0] == span:
            return pages[start][1]
        low, high = span.halves
        middle = bisect_left(pages, high.first, start, stop, key=lambda page: page[0].first)
        both = bytes.fromhex(root(low, start, middle)) + bytes.fromhex(root(high, middle, stop))
        return hashlib.sha256(_NODE + both).hexdigest()

    return root(ALL_KEYS, 0, len(pages))


def document_root(documents: Iterable[Leaf]) -> str:
    """Root over these documents."""
    keyed = sorted(((key_of(document.doc_id), document) for document in documents), key=lambda one: one[0])
    pages = pages_of([key for key, _ in keyed])
    return root_of_pages([(span, page_root(one for _, one in keyed[place])) for span, place in pages])
