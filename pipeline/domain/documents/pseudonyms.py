"""Pseudonyms: replacements for a part of a name that must not be read, such as `~3f9a1b2c4d5e6f70.md`.

Invariant: keyed, so it reveals nothing; the same for the same part, so a document keeps its name.
"""

import itertools
import re
from collections.abc import Callable, Iterator

from pipeline.domain.digests import fingerprint

PART = re.compile(r"[^/#]+")
"""A name is made of parts: folders, a file name, the id of a record."""
PSEUDONYM = re.compile(r"~[0-9a-f]{16}(?:\.[A-Za-z0-9]{1,5})?")
_DIGITS, _MOST_PARTS = 16, 4
_ENDINGS = re.compile(
    r"\.(?:csv|docx?|eml|epub|html?|ipynb|jsonl?|log|md|msg|ndjson|od[pst]|pdf|pptx?|rst|rtf|tex|text|tsv|txt|xlsx?|xml"
    r"|ya?ml|zip)\Z",
    re.I,
)
"""Endings that say what a file is and nothing else; any other goes with the name."""


def pseudonym(key: bytes, part: str) -> str:
    """What stands for a part of a name, such as `~3f9a1b2c4d5e6f70.md`: the same for the same part."""
    ending = _ENDINGS.search(part)
    return f"~{fingerprint(key, f'name part{chr(0)}{part}')[:_DIGITS]}{ending[0] if ending else ''}"


def with_pseudonyms(key: bytes, name: str, is_hidden: Callable[[re.Match[str]], bool]) -> str:
    """The name with pseudonyms for the parts that are hidden; one that stands there already stays."""
    return PART.sub(lambda part: pseudonym(key, part[0]) if is_hidden(part) else part[0], name)


def possible_names(key: bytes, name: str) -> Iterator[str]:
    """The forms in which a document of that name may be kept: with a pseudonym for any of its last parts."""
    parts = list(PART.finditer(name))[-_MOST_PARTS:]
    for hidden in itertools.product((False, True), repeat=len(parts)):
        shown = {part.start() for part, is_hidden in zip(parts, hidden, strict=True) if is_hidden}
        yield with_pseudonyms(key, name, lambda part, shown=shown: part.start() in shown)  # type: ignore[misc]


def imitates(name: str) -> bool:
    """Whether a name as its source has it pretends to hold a pseudonym, and could pass for another document."""
    return any(PSEUDONYM.fullmatch(part) for part in PART.findall(name))


def stands_beneath(key: bytes, folder: str, name: str) -> bool:
    """Whether a name, pseudonyms or not, is that of something beneath a folder or a feed of the source."""
    parts, shown = PART.findall(folder), PART.findall(name)
    return len(parts) <= len(shown) and all(
        kept in (part, pseudonym(key, part)) for part, kept in zip(parts, shown, strict=False)
    )


def answers_to(key: bytes, name: str, wanted: str) -> bool:
    """Whether a name is the one that `wanted`, a name with pseudonyms, stands for."""
    parts, shown = PART.findall(name), PART.findall(wanted)
    return (
        len(parts) == len(shown)
        and PART.sub("", name) == PART.sub("", wanted)
        and all(kept in (part, pseudonym(key, part)) for part, kept in zip(parts, shown, strict=True))
    )
