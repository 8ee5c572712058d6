"""The Merkle tree over the audit log: RFC 6962, section 2.1.

Invariants: pure. Leaf and node hashes have different prefixes, so a node can never be presented as a leaf. Equal
leaves give equal roots, whether they are hashed at once or added one by one. Hashes are 32 bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.domain.digests import EMPTY_ROOT

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf with these bytes."""
    return hashlib.sha256(_LEAF + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to add leaves and to know the root.

    Args:
        size: Number of leaves so far.
        hashes: Roots of the perfect trees it is made of, the largest first: one for each bit that is set in `size`.

    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size, self._hashes = size, list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError("a tree of that size is made of another number of perfect trees")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the perfect trees, the largest first."""
        return tuple(self._hashes)

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        carried, size = leaf, self.size
        while size & 1:
            carried, size = _node(self._hashes.pop(), carried), size >> 1
        self._hashes.append(carried)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._hashes:
            return bytes.fromhex(EMPTY_ROOT)
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = _node(left, root)
        return root


class LogTree:
    """A tree whose leaves are all at hand, for proofs. Each takes time in proportion to the logarithm of its size."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            self._levels.append([_node(left, right) for left, right in list(pairwise(below))[::2]])

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` leaves, by default over all."""
        size = self.size if size is None else size
        return self._root(0, size) if size else bytes.fromhex(EMPTY_ROOT)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Proof that the leaf at `index` is in the tree of the first `size` leaves (section 2.1.1)."""
        if not 0 <= index < size <= self.size:
            raise ValueError("no such leaf in a tree of that size")
        start, stop, proof = 0, size, list[bytes]()
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                proof.append(self._root(middle, stop))
                stop = middle
            else:
                proof.append(self._root(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, older: int, size: int) -> list[bytes]:
        """Proof that the tree of the first `older` leaves is the beginning of that of the first `size` (2.1.2)."""
        if not 0 < older <= size <= self.size:
            raise ValueError("no such trees")
        start, stop, proof, known = 0, size, list[bytes](), True
        while older != stop:
            middle = start + _split(stop - start)
            if older <= middle:
                proof.append(self._root(middle, stop))
                stop = middle
            else:
                proof.append(self._root(start, middle))
                start, known = middle, False
        return [*([] if known else [self._root(start, stop)]), *proof[::-1]]

    def _root(self, start: int, stop: int) -> bytes:
        """Root over some leaves, which begin where a perfect tree of their width may begin."""
        width = stop - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _split(width)
        return _node(self._root(start, middle), self._root(middle, stop))


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1
