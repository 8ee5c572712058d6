r"""Names of files as they are stored and shown: printable, stable, bounded.

A file system takes any bytes as a name: line feeds, escapes, marks that turn the reading direction, invalid UTF-8.
Ledger, audit log, pages and terminals get the escaped form: a character that cannot be shown becomes `\x0a`, `\u202e`
or `\U000e0041`, a byte that is not UTF-8 becomes `\xff`, and a backslash is doubled, so two names never share a form.

Invariants: pure. Every result is printable and valid UTF-8. `unescaped` gives back exactly the name that was escaped.
"""

import hashlib
import re
import unicodedata

MAX_BYTES = 1_500
"""Of a stored name, in UTF-8: with its source, it fits the index of every database that holds the ledger."""

_KEPT_BYTES = 1_200
"""Of a longer name this much is kept, before a digest of all of it."""

_COULD_BE_A_VALUE = re.compile(r"[^/#]*(?:@|[^/#]{25}|(?:\d[ .-]?){7}|(?=[^/#]*\d)[A-Za-z0-9+=_-]{16})[^/#]*")
"""A component with an address, a long number, a long mix of letters and digits, or simply a long one."""

_WORDS = re.compile(
    r"(?:20\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])(?!\d)|\d{1,4}|[A-Za-z]?\d{1,2}|[^\W\d_]{1,24})"
    r"(?:[-_. ,+&()]+|$)"
)
"""The start of a component that is written in words: a day of this century, a short number or a word."""
_MOST_NUMBERS = 2
"""Short numbers in a component of words: a chapter and a year are fewer than the groups of a telephone number."""
_SHORT_NUMBER = 4
_LONGEST_IN_WORDS = 100

_ESCAPED = re.compile(r"\\(?:\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_BYTE = range(0xDC80, 0xDD00)
"""How Python decodes a byte that is not UTF-8: byte + 0xDC00 (PEP 383)."""

_HARMLESS = frozenset({"Zs"})
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: fillers (Default_Ignorable_Code_Point of Unicode), and an empty cell."""

_JOINERS = frozenset("\u200c\u200d")
"""Spaces of any width, and what joins letters of Persian words and parts of an emoji: escaped, but not suspect."""


def escaped(name: str) -> str:
    """The name with everything that is not printable escaped; of any length."""
    if name.isprintable() and "\\" not in name and _BLANKS.isdisjoint(name):
        return name
    return "".join(character if _is_plain(character) else shown_character(character) for character in name)


def unescaped(name: str) -> str:
    """The name that `escaped` was given."""
    return _ESCAPED.sub(_character, name) if "\\" in name else name


def printable_name(name: str) -> str:
    """The name as it is stored and shown: escaped, and with a digest in place of its end if it is very long."""
    return bounded(escaped(name))


def bounded(shown: str) -> str:
    """A printable name as it is stored: with a digest in place of its end if it is very long."""
    data = shown.encode()
    if len(data) <= MAX_BYTES:
        return shown
    digest = hashlib.sha256(data).hexdigest()
    return f"{data[:_KEPT_BYTES].decode('utf-8', 'ignore')}…{digest[:32]}"


def is_suspect(name: str) -> bool:
    """Whether a name holds what no name needs: controls, direction marks, invisible characters, invalid UTF-8."""
    return not _BLANKS.isdisjoint(name) or any(
        not (character.isprintable() or character in _JOINERS or unicodedata.category(character) in _HARMLESS)
        for character in name
    )


def is_beneath(uri: str, folder: str) -> bool:
    """Whether a stored name is that of something beneath a folder, or of a record of a feed, also a stored name.

    Where the folder's name is cut, so are the names beneath it: what they keep is compared.
    """
    if "…" in folder and len(folder.encode()) > _KEPT_BYTES:
        return uri.startswith(folder.rpartition("…")[0])
    return folder in ("", uri) or uri.startswith((f"{folder}/", f"{folder}#"))


def unscanned_name(shown: str) -> str:
    """A printable name for people that no detector has looked at: parts that could hold a value are masked (law 4)."""
    return _COULD_BE_A_VALUE.sub(_mark_unless_words, shown)


def _mark_unless_words(part: re.Match[str]) -> str:
    if _is_in_words(part[0]):
        return part[0]
    return f"‹{hashlib.sha256(part[0].encode()).hexdigest()[:8]}›"


def _is_in_words(component: str) -> bool:
    """Whether a component is words, a day and at most a few short numbers, which no generated value looks like."""
    at = numbers = 0
    while at < len(component):
        word = _WORDS.match(component, at)
        if word is None:
            return False
        letters = word[0].rstrip("-_. ,+&()")
        if letters.isalpha():
            if not (letters.islower() or letters.isupper() or letters.istitle() or not letters.isascii()):
                return False
        elif len(letters) <= _SHORT_NUMBER:
            numbers += 1
        at = word.end()
    return len(component) <= _LONGEST_IN_WORDS and numbers <= _MOST_NUMBERS


def _is_plain(character: str) -> bool:
    return character.isprintable() and character != "\\" and character not in _BLANKS


def shown_character(character: str) -> str:
    """The escaped form of one character."""
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    # Below 0x80 a code point is its own byte; above, `\x…` stands for a byte that is not UTF-8.
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _character(found: re.Match[str]) -> str:
    if found[0] == "\\\\":
        return "\\"
    code = int(found[0][2:], 16)
    return chr(code + 0xDC00 if found[0][1] == "x" and code >= 0x80 else code)
