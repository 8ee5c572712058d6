"""Resemblance of two texts, without a model: law 1 keeps text without a verdict away from the embedder.

Invariants: pure and deterministic; equal texts give equal values on every machine. A sketch is made of minima of
hashes, so it shows how alike two texts are and nothing of their content.

Source: A. Broder, "On the resemblance and containment of documents", 1997 (MinHash).
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.documents.folded import folded

Sketches = NDArray[np.uint32]
"""One row for each text, `PERMUTATIONS` columns."""

PERMUTATIONS = 64
_SHINGLE_WORDS = 5
_BAND = 8
"""Permutations of a band: two texts that share four fifths agree in one of eight bands with probability 0.77."""
_FEW_SHINGLES = 20
"""Texts shorter than this have too little in them to be anybody's copy."""
_WORD = re.compile(r"[^\W_]{3,}")
_SEED = 1
_HASH_BYTES = 4


def sketch(text: str) -> str | None:
    """MinHash of the text's five-word shingles, in base 64; None for a text too short to compare."""
    words = _WORD.findall(folded(text))
    shingles = {" ".join(words[at : at + _SHINGLE_WORDS]).encode() for at in range(len(words) - _SHINGLE_WORDS + 1)}
    if len(shingles) < _FEW_SHINGLES:
        return None
    return base64.b64encode(_minima(shingles).astype("<u4").tobytes()).decode("ascii")


def unpacked(sketch_: str) -> Sketches:
    """A sketch as one row of numbers."""
    return np.frombuffer(base64.b64decode(sketch_), dtype="<u4")


def resemblances(one: str, others: Sketches) -> NDArray[np.float64]:
    """Estimated share of shingles that a text has in common with each row of `others`, shape (n,); error about 0.06."""
    shares: NDArray[np.float64] = (others == unpacked(one)).mean(axis=1)
    return shares


def alike(sketches: Sketches, share: float = 0.8) -> NDArray[np.bool_]:
    """Which rows resemble another row, shape (n,).

    Rows that agree in one of eight bands are compared with the first of these (locality-sensitive hashing: Leskovec,
    Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), so time grows with the number of rows only.
    """
    found = np.zeros(len(sketches), np.bool_)
    for band in np.split(sketches, PERMUTATIONS // _BAND, axis=1):
        _, first, group = np.unique(band, axis=0, return_index=True, return_inverse=True)
        leaders = first[group.reshape(-1)]
        same = (sketches == sketches[leaders]).mean(axis=1) >= share
        same[first] = False  # a row is no copy of itself
        found |= same
        found[leaders[same]] = True
    return found


def _minima(shingles: Iterable[bytes]) -> NDArray[np.uint32]:
    """The least hash of a set under each permutation, shape (PERMUTATIONS,).

    The first 32 bits of SHA-1 are mixed once more (A. Appleby, MurmurHash3, finalizer), then permuted by `a·h + b`
    modulo 2^32 with an odd `a`: the numbers of datasketch 2, whose import of SciPy cost half a second.
    """
    first = b"".join(hashlib.sha1(shingle, usedforsecurity=False).digest()[:_HASH_BYTES] for shingle in shingles)
    hashes = np.frombuffer(first, "<u4").astype(np.uint32)
    hashes ^= hashes >> np.uint32(16)
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    hashes *= np.uint32(0xC2B2AE35)
    hashes ^= hashes >> np.uint32(16)
    multipliers, offsets = _permutations()
    found: NDArray[np.uint32] = (hashes[:, np.newaxis] * multipliers + offsets).min(axis=0)
    return found


@lru_cache(maxsize=1)
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Odd multipliers and offsets, each of shape (PERMUTATIONS,); NumPy keeps the stream of this generator for ever."""
    chance = np.random.RandomState(_SEED)
    multipliers = chance.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return multipliers, chance.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
