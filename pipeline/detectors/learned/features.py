"""Turns a window into numbers of features: its words in order, how it asks, and how it stands to the document.

Invariants: pure, and the same on every machine: a feature's number is a CRC of its name. Addresses, numbers and code
become one token each, so that no weight can belong to somebody's address.
"""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from zlib import crc32

from pipeline.detectors.learned.windows import LETTER, WORD, Window, content_words
from pipeline.detectors.learned.word_classes import classes, without_accents

VERSION = 3
"""Raise it whenever a window could get other features; weights of another version are refused."""
BITS = 19
"""Features share 2^19 weights."""
_MASK = (1 << BITS) - 1
_MOST_TOKENS = 90
_MARK = r"[?!\"“”:;()\[\]#*$<>{}|/=？！：；«»「」-]"
_TOKEN = re.compile(
    r"(?P<url>(?:https?://|www\.)[^\s)\]>\"']+)|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<code>`[^`\n]{1,80}`|\b[A-Za-z]\w*(?:[_/\\.][A-Za-z]\w*){1,9}\b|\b\w+\(\))"
    rf"|(?P<letter>{LETTER})|(?P<word>{WORD})|(?P<num>\d[\d.,:]*)|(?P<mark>{_MARK})"
)
_PLAIN_TOKEN = re.compile(rf"{LETTER}|{WORD}|\d[\d.,:]*|{_MARK}")
_NOT_PLAIN = re.compile(r"[@`]|://|www\.|[_/\\.]\w|\(\)")
"""Every address and piece of code matches it. Other texts have words, numbers and marks only."""
_STEM = 5
"""Letters by which forms of one word are known, in words that are not all ASCII or are long."""
_NAMED = {"url": "<url>", "mail": "<mail>", "code": "<code>", "num": "<num>"}
_AROUND = frozenset(
    [
        "you",
        "your",
        "yours",
        "please",
        "we",
        "our",
        "i",
        "me",
        "my",
        "user",
        "assistant",
        "answer",
        "question",
        "example",
        "exercise",
        "prompt",
        "prompts",
        "dear",
        "hi",
        "hello",
        "thanks",
        "regards",
        "click",
        "note",
        "how",
        "what",
        "why",
    ]
)
"""Words and marks around a window that say who speaks to whom. Other words would say what the document is about."""
_ADDRESS = 160
"""Code points before and after a window in which they count."""
_SHARES = 4
_LENGTHS = 5
_LONGEST = 9


_MOST_CLASSES = 3
_NEXT, _FAR, _REACH = ">", ">>", 3
"""Signs between two classes, and how many words apart they are near each other."""


def tokens(text: str) -> list[str]:
    """The tokens of a window, in lower case."""
    if not _NOT_PLAIN.search(text):
        plain = _PLAIN_TOKEN.findall(text)[:_MOST_TOKENS]
        return ["<num>" if token[0].isdecimal() else _plain(token) for token in plain]
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        found.append(_NAMED.get(kind) or _plain(match[0]))
        if len(found) == _MOST_TOKENS:
            break
    return found


def _plain(token: str) -> str:
    return token.lower() if token.isascii() else without_accents(token)


def names(window: Window) -> Iterator[str]:
    """The names of the features of a window; some may come twice."""
    said = tokens(window.text)
    framed = ["^", *said, "$"]
    yield from said
    for one, two in pairwise(framed):
        yield f"{one} {two}"
    for one, two, three in zip(framed, framed[1:], framed[2:], strict=False):
        yield f"{one} {two} {three}"
        yield f"{one} _ {three}"
    for token in said:
        if len(token) > _STEM and token[0].isalpha():
            yield f"~{token[:_STEM]}"
    yield from _by_class(said)
    words = [token for token in said if token[0].isalpha()]
    first = words[0] if words else ""
    near = set(content_words(window.before)) | set(content_words(window.after))
    own = set(content_words(window.text))
    shared = f"shared={int(_SHARES * window.shared)}"
    close = f"near={int(_SHARES * len(own & near) / max(1, len(own)))}"
    asks = "asks" if "?" in said else "says"
    place = "first" if not window.before.strip() else "last" if not window.after.strip() else "inside"
    yield from (shared, close, asks, place, f"length={min(_LONGEST, len(said) // _LENGTHS)}")
    yield from (f"{first}/{shared}", f"{asks}/{shared}", f"{asks}/{close}", f"{asks}/{place}", f"{first}/{place}")
    if "your" in said or "you" in said:
        yield from (f"your/{shared}", f"your/{place}")
    if window.text.isupper():
        yield "upper"
    yield f"before={window.before.rstrip()[-1:]}"
    for side, text in (("b", window.before[-_ADDRESS:]), ("a", window.after[:_ADDRESS])):
        for token in sorted(_AROUND.intersection(tokens(text))):
            yield f"{side}:{token}"


def _by_class(said: list[str]) -> Iterator[str]:
    """The classes of the words: each, in pairs and triples of one sentence, and what the window begins with."""
    found = classes(said)
    yield f"%{min(_MOST_CLASSES, _SHARES * len(found) // max(1, len(said)))}"
    if not found:
        return
    kinds = [kind for _, kind in found]
    yield from (f"%{kind}" for kind in kinds)
    for one, two in pairwise(found):
        yield f"%{one[1]}{_NEXT if two[0] - one[0] <= _REACH else _FAR}{two[1]}"
    for first, second, third in zip(kinds, kinds[1:], kinds[2:], strict=False):
        yield f"%{first} {second} {third}"
        yield f"%{first} _ {third}"
    yield from (f"%{first}&{second}" for first, second in combinations(sorted(set(kinds)), 2))
    if found[0][0] == 0:
        yield from (f"%^{kinds[0]}", f"%^{' '.join(kinds[:2])}", f"%^{kinds[0]} {said[1] if len(said) > 1 else ''}")


def numbers(window: Window) -> list[int]:
    """The numbers of the features of a window, each once, sorted."""
    together = "\n".join(names(window)).encode("utf-8", "surrogatepass")  # no name holds a line end
    return sorted({crc32(name) & _MASK for name in together.split(b"\n")})
