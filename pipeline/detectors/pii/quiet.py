"""Places where matches are usually not identifiers: hashes, paths, lock files, drawings, minified code.

Invariants: nothing here depends on what an author writes about detection (no pragmas); a line is technical by its
shape alone, and a context word next to a match always wins over it.
"""

import re

_HASH = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![0-9A-Za-z])"
    r"|sha(?:1|224|256|384|512)[-:=_]|(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{40,}={0,2}(?![0-9A-Za-z+/])"
)
_DECIMALS = re.compile(r"-?\d*\.\d+[\s,]")
_CODE = re.compile(r"[{}()\[\]<>;=:\"'/\\|&]")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_JOINERS_BEFORE = frozenset("-./\\+%$&~_#@")
_JOINERS_AFTER = frozenset("-/\\+%~_=@")


def technical(line: str) -> bool:
    """Whether `line` reads like machine output: hashes, coordinates, minified code."""
    if _HASH.search(line) or _UUID.search(line):
        return True
    if len(line) > 60 and len(_DECIMALS.findall(line, 0, 4000)) >= 6:
        return True
    if len(line) > 300:
        sample = line[:4000]
        return sample.count(" ") < len(sample) / 20 and len(_CODE.findall(sample)) > len(sample) / 20
    return False


def inside_word(text: str, start: int, end: int) -> bool:
    """Whether letters or digits go on at an end of text[start:end]: it is not that value, but another one."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return any(c == "_" or (c.isascii() and c.isalnum()) for c in (before, after))


def embedded(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is only a piece of a longer token, such as a hash, a path or a version."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if inside_word(text, start, end):
        return True
    if before in _JOINERS_BEFORE and start > 1 and text[start - 2].isalnum():
        return True
    if after in _JOINERS_AFTER and end + 1 < len(text) and (text[end + 1].isalnum() or text[end + 1] in "-/"):
        return True
    return after in ".," and end + 1 < len(text) and text[end + 1].isdigit()
