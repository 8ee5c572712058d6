"""The keys of tags, and keys that are too like one of them to be passed over.

A key that is meant as a tag and is not read as one would leave its document to everyone whom the source allows. So a
key in another case, with a letter more or less, in another script, or in another form of the word is a near miss, which
is a problem (law 2). Keys that are words of their own, such as `license` and `submitted`, are not.

Invariants: pure and bounded: a key is compared by at most its first 64 characters.
"""

import re
import unicodedata
from functools import lru_cache

from pipeline.domain.documents.confusables import NEAR, SAME

PERMISSION_KEYS = ("classification", "tenant", "allow", "deny", "until")
"""Keys that say who may read a document."""

TAG_KEYS = (*PERMISSION_KEYS, "owner", "submitter", "licence", "title")

_LONGEST = 64
_DISTANCE = {"classification": 3, "submitter": 2}
"""Edits by which a key may differ and still be meant; 1 for the others, which are short."""
_FORMS = {
    "classified": "classification",
    "classify": "classification",
    "denied": "deny",
    "denies": "deny",
    "denial": "deny",
    "denials": "deny",
    "denylist": "deny",
    "allowed": "allow",
    "allowing": "allow",
    "allowlist": "allow",
    "tenancy": "tenant",
}
_OTHER = (
    "classifieds license submitted submit tile util unit alloy allot allof den dent dens defy titre titel tithe tenet "
    "untie"
)
_OTHER_WORDS = frozenset(_OTHER.split())
"""Words within the distance of a key that mean something else."""
_STEMS = ("classif", "klassifi")
_WHO = (
    "access group groups list only people principal principals read reader readers role roles team teams to user users"
)
_READERS = frozenset(_WHO.split())
"""Words that turn `allow` and `deny` inside a longer key into a list of readers."""
_FIGURES = {"@": "a", "4": "a", "3": "e", "1": "i", "|": "i", "!": "i", "0": "o", "5": "s", "$": "s"}
"""Figures and marks that people write for letters."""
_CAPITALS = {point: latin.lower() for point, latin in SAME.items() if latin.isupper()} | {ord("Ӏ"): "l"}
"""Capitals, whose small letters may look different."""
_RHO = {ord("ρ"): "r"}
"""Sounds like the r of keys, and stands for no p, which no key holds."""
_FOLD = NEAR | str.maketrans(_FIGURES) | _RHO
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4096)
def meant_key(key: str) -> str | None:
    """The tag that a key is, or is too like; None for a key that means something else."""
    key = key[:_LONGEST]
    if key in TAG_KEYS:
        return key
    words = [skeleton(word) for word in _WORDS.findall(_CAMEL.sub(" ", _visible(key)))]
    if (meant := _meant_word("".join(words))) is not None:
        return meant
    if len(words) > 1:
        return _meant_phrase(words)
    return None


def skeleton(text: str) -> str:
    """A word without case, accents, invisible characters and letters of other scripts that look like Latin ones."""
    folded = unicodedata.normalize("NFKD", _visible(text)).translate(_CAPITALS).casefold()
    return "".join(c for c in folded if not unicodedata.combining(c)).translate(_FOLD)


def is_plain(key: str) -> bool:
    """Whether a key may be repeated in a message: a short word of letters, which cannot be a secret."""
    return re.fullmatch(r"[A-Za-z][A-Za-z_-]{0,23}", key) is not None


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Mn"))


def _meant_word(word: str) -> str | None:
    if word in TAG_KEYS:
        return word
    if word in _OTHER_WORDS:
        return None
    if word in _FORMS:
        return _FORMS[word]
    for key in TAG_KEYS:
        if within(word, key, _DISTANCE.get(key, 1)):
            return key
    return TAG_KEYS[0] if word.startswith(_STEMS) and not word.startswith(("classifier", "klassifikator")) else None


def _meant_phrase(words: list[str]) -> str | None:
    """The tag inside a key of several words, such as `security-classification` and `deny_users`."""
    if words[0] == "x":  # of headers: `X-Deny`
        meant = _meant_word("".join(words[1:]))
        if meant in PERMISSION_KEYS:
            return meant
    for word in words:
        meant = _meant_word(word)
        if meant in ("classification", "tenant"):
            return meant
        if meant in ("allow", "deny") and _READERS & set(words):
            return meant
        if meant == "until" and "access" in words:
            return meant
    return None


def within(word: str, key: str, most: int) -> bool:
    """Whether two words differ by at most `most` letters added, left out, changed or swapped (optimal alignment)."""
    if abs(len(word) - len(key)) > most:
        return False
    before: list[int] = []
    row = list(range(len(key) + 1))
    for i, letter in enumerate(word, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(key, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == key[j - 2] and word[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most
