"""Containment of one text in another: how much of an older text stands in a newer one, however long the rest is.

A sample keeps the five-word passages whose keyed hash is below a bound. The bound falls as the text grows, so a sample
has at most `MOST` passages. Two samples are compared below the lower of their two bounds, where both are complete.

Invariants: pure. Passages are kept as parts of keyed hashes, so a sample shows what two texts share, and without the
key nothing of what they say. Equal texts give equal samples.

Source: scaled MinHash (L. Irber and others, "Lightweight compositional analysis of metagenomes with FracMinHash",
2022), after A. Broder, "On the resemblance and containment of documents", 1997.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.documents.folded import folded

MOST = 256
"""Passages in a sample. Of a text of 10,000 words every 64th is kept."""
SAMPLE_CHARACTERS = 1_368
"""Longest sample as text: one byte for the bound and four for each passage, in base 64."""
PART_OF_OLDER = 0.25
"""Share of an older text from which a newer one holds a large part of it: a third, less the error of a sample."""
PART_OF_NEWER = 0.5
"""Share of a newer text from which it is an excerpt of an older one."""
LEAST_PASSAGES = 20
"""Passages that a part has at least, about two sentences."""
LEAST_SEEN = 5
"""Passages of both samples that a part has at least; fewer are chance."""

_PASSAGE_WORDS = 5
_BITS = 32
_WORD = re.compile(r"[^\W_]{3,}")
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0xD6E8FEB86659FD93], np.uint64
)

Passages = NDArray[np.uint32]
"""Hashes of the passages of a sample, ascending, shape (n,)."""


def passage_sample(text: str, key: bytes) -> str | None:
    """A keyed sample of the text's five-word passages, in base 64; None for a text too short to compare."""
    words = _WORD.findall(folded(text))
    if len(words) < _PASSAGE_WORDS + LEAST_PASSAGES - 1:
        return None
    numbers = {word: _number(word, key) for word in set(words)}
    of_words = np.fromiter((numbers[word] for word in words), np.uint64, len(words))
    windows = np.lib.stride_tricks.sliding_window_view(of_words, _PASSAGE_WORDS)
    passages = np.unique(_mixed((windows * _ODD).sum(axis=1, dtype=np.uint64)))
    if len(passages) < LEAST_PASSAGES:
        return None
    level = 0
    while np.count_nonzero(passages < _bound(level)) > MOST:
        level += 1
    kept = passages[passages < _bound(level)].astype("<u4")
    return base64.b64encode(bytes([level]) + kept.tobytes()).decode("ascii")


@lru_cache(maxsize=4096)
def sample_of(sample: str) -> tuple[int, Passages]:
    """The level of a sample, which halves its bound at each step, and its passages."""
    data = base64.b64decode(sample)
    return data[0], np.frombuffer(data, dtype="<u4", offset=1)


def common_passages(older: str, newer: str) -> Passages:
    """The passages that both samples hold."""
    (_, ones), (_, others) = sample_of(older), sample_of(newer)
    return np.intersect1d(ones, others, assume_unique=True)


def part(older: str, newer: str, common: Passages, ordinary: Collection[int] = ()) -> float:
    """The larger of two shares: of the older text in the newer one, or of the newer one in the older one.

    Args:
        older: The sample of the older text.
        newer: The sample of the newer text.
        common: What they have in common.
        ordinary: Passages of many texts, such as headers and licences, which count for neither.

    Returns:
        0.0 if the newer text holds no large part of the older one.

    """
    (level, ones), (other_level, others) = sample_of(older), sample_of(newer)
    bound = _bound(max(level, other_level))
    left_out = np.fromiter(ordinary, np.uint32, len(ordinary))
    shared = len(np.setdiff1d(common, left_out, assume_unique=True))
    if shared < LEAST_SEEN or shared << max(level, other_level) < LEAST_PASSAGES:
        return 0.0
    of_older, of_newer = (
        shared / max(1, len(np.setdiff1d(each[each < bound], left_out, assume_unique=True))) for each in (ones, others)
    )
    return max(of_older, of_newer) if of_older >= PART_OF_OLDER or of_newer >= PART_OF_NEWER else 0.0


def _number(word: str, key: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), key=key[:64], digest_size=8).digest(), "little")


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The upper 32 bits of the finaliser of SplitMix64 (Steele, Lea and Flood, 2014), so that every bit counts."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = (hashes ^ (hashes >> np.uint64(31))) >> np.uint64(_BITS)
    return mixed


def _bound(level: int) -> int:
    return 1 << (_BITS - level)
