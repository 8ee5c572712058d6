"""Byte search for pieces of erased content in files and rows.

A probe is a piece of a text or of a vector, in one encoding. Texts are cut into pieces of 32 characters, end to end, so
that any copy of 63 characters in a row holds a whole piece; shorter lines are one piece.

Invariants: probes live in memory only, and a finding names the probe, never its content. A file is read whole, in
blocks that overlap by the longest probe.
"""

import json
import mmap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PIECE = 32
"""Characters of a text, and bytes of a vector."""
_SHORTEST = 12
_BLOCK = 1 << 22
_SIGNS = 1 << 20
_MIX = np.uint32(2654435761)
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_ESCAPED = str.maketrans(dict.fromkeys('"\\/\b\f\n\r\t', "\n"))
"""JSON writes these otherwise: no piece goes across them."""


def text_pieces(text: str) -> Iterator[str]:
    """Pieces of `text` as they stand in a copy of it, whatever quotes or line ends around them become."""
    found = False
    for line in text.translate(_ESCAPED).splitlines():
        line = line.strip()  # noqa: PLW2901
        if len(line) < _SHORTEST:
            continue
        found = True
        yield line[:PIECE]
        yield from (line[at : at + PIECE] for at in range(PIECE, len(line) - PIECE + 1, PIECE))
    if not found and len(text.strip()) >= 6:
        yield text.strip()


def vector_pieces(vector: NDArray[np.float32]) -> Iterator[bytes]:
    """Pieces from beginning, middle and end of a vector, shape (dimensions,), as 32-bit and as 16-bit floats."""
    for data in (vector.astype("<f4").tobytes(), vector.astype("<f2").tobytes()):
        for at in (0, len(data) // 2 // 4 * 4, max(len(data) - PIECE, 0)):
            yield data[at : at + PIECE]


@dataclass(frozen=True, slots=True)
class Probe:
    """One piece to look for."""

    text: str | None
    """None for a piece of a vector."""


class Probes:
    """Everything to look for, in every encoding, found in one pass."""

    def __init__(self, texts: Iterable[str], vectors: Iterable[bytes]) -> None:
        self._of: dict[bytes, Probe] = {}
        for piece in texts:
            self._of |= {data: Probe(piece) for data in _encoded(piece) if _telling(data)}
        self._of |= {data: Probe(None) for data in vectors if _telling(data)}
        self._by_start: dict[bytes, list[bytes]] = {}
        self._signs = np.zeros(_SIGNS, np.bool_)
        for data in self._of:
            self._by_start.setdefault(data[:4], []).append(data)
            self._signs[_sign(np.frombuffer(data[:4], "<u4"))] = True
        self._longest = max(map(len, self._of), default=0)

    @property
    def texts(self) -> int:
        """How many pieces of text there are to look for."""
        return len({probe.text for probe in self._of.values() if probe.text is not None})

    @property
    def vectors(self) -> int:
        """How many pieces of vectors there are to look for."""
        return sum(probe.text is None for probe in self._of.values())

    def search(self, content: bytes | memoryview) -> Counter[Probe]:
        """How often each probe occurs in `content`."""
        found: Counter[Probe] = Counter()
        if self._of:
            for at in self._candidates(np.frombuffer(content, np.uint8)):
                for data in self._by_start.get(bytes(content[at : at + 4]), ()):
                    if bytes(content[at : at + len(data)]) == data:
                        found[self._of[data]] += 1
        return found

    def search_file(self, path: Path) -> tuple[Counter[Probe], int]:
        """The same for a file, with its size. A file that vanished holds nothing."""
        found: Counter[Probe] = Counter()
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                if size == 0 or not self._of:
                    return found, size
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                    for start in range(0, size, _BLOCK):
                        block = content[start : start + _BLOCK + self._longest - 1]
                        found += self._within(block, min(_BLOCK, size - start))
        except FileNotFoundError:
            return found, 0
        return found, size

    def _within(self, block: bytes, starts: int) -> Counter[Probe]:
        """Occurrences that begin in the first `starts` bytes: the rest belongs to the next block."""
        found: Counter[Probe] = Counter()
        for at in self._candidates(np.frombuffer(block, np.uint8)):
            if at < starts:
                for data in self._by_start.get(block[at : at + 4], ()):
                    if block.startswith(data, at):
                        found[self._of[data]] += 1
        return found

    def _candidates(self, content: NDArray[np.uint8]) -> list[int]:
        """Places whose first four bytes could be a probe's: a table look-up says no to nearly all others."""
        places: list[int] = []
        for offset in range(4):
            words = content[offset : offset + (len(content) - offset) // 4 * 4].view("<u4")
            places.extend((np.flatnonzero(self._signs[_sign(words)]) * 4 + offset).tolist())
        return places


def _sign(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (words * _MIX) >> np.uint32(12)


def _encoded(piece: str) -> Iterator[bytes]:
    for encoding in _ENCODINGS:
        yield piece.encode(encoding, "surrogatepass")
    if (escaped := json.dumps(piece)[1:-1]) != piece:
        yield escaped.encode("ascii")  # as JSON may write what is beyond ASCII


def _telling(data: bytes) -> bool:
    """Whether finding these bytes says anything: a line of dashes occurs everywhere."""
    return len(set(data)) >= 6
