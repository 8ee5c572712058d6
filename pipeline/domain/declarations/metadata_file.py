"""The content of a metadata file next to a document, and of a file that may be meant as one.

Invariant: every key of a metadata file is a tag; a key that is not is a problem, and so is a file that declares nothing
(law 2).
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from pipeline.domain.declarations.blocks import MOST_CHARACTERS, read_json, read_yaml
from pipeline.domain.declarations.declared import METADATA_FILE, Declared, Unreadable, declare
from pipeline.domain.declarations.foreign_keys import is_about_readers
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.keyed_lines import KEYED, keyed, shown
from pipeline.domain.declarations.structured_lookalikes import values_of
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS, meant_key
from pipeline.domain.declarations.text_lines import lines_of
from pipeline.domain.declarations.values import in_values, pairs_of

_FENCE = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")

_DATA = frozenset({".yaml", ".yml", ".json", ".toml", ".properties"})
_DESCRIBING = (
    "author authors category contact created date department description document expires file format id keywords "
    "lang language modified name project reviewed schema source status subject summary tags team type updated uri url "
    "version"
)
_DESCRIPTIVE = frozenset(_DESCRIBING.split())
"""Keys that describe a document, next to those that say who may read it."""

_MOST_KEYED = 65_536
_OPENING = re.compile(r"[{,]")

OVERSIZED = f"Its metadata file is larger than {MOST_CHARACTERS:,} characters."


def metadata_file(text: str | None, name: str) -> Declared:
    """What a metadata file declares.

    Args:
        text: Decoded; None for bytes that are not text.
        name: Of the file; `.json` is read as JSON.

    """
    if text is None:
        return Declared(problems=("Its metadata file is not text.",))
    if len(text) > MOST_CHARACTERS:
        return Declared(problems=(OVERSIZED,))
    try:
        is_json = name.casefold().endswith(".json")
        entries = read_json(text) if is_json else read_yaml(*_without_fences(text))
    except Unreadable as error:
        return Declared(problems=(f"Its metadata file cannot be read. {error}",))
    if not entries:
        return Declared(problems=("Its metadata file declares nothing: write at least one tag, or remove it.",))
    return declare(entries, METADATA_FILE, strict=True)


def restricts(text: str | None, name: str, *, is_named: bool, for_folder: bool = False) -> bool:
    """Whether a file that may describe a document says who may read it.

    Args:
        text: Decoded; None for bytes that are not text.
        name: Of the file; its ending gives the language.
        is_named: Whether it is named as a metadata file. Then it restricts unless it can be read exactly and gives no
            permission. Any other file restricts if it names readers in full, or holds little but tags.
        for_folder: Whether it can mean no single document. Then only its own keys count, not those of records inside.

    """
    if is_named:
        declared = metadata_file(text, name)
        return bool(declared.problems) or any(tag.key in PERMISSION_KEYS for tag in declared.entries)
    if text is None or len(text) > MOST_CHARACTERS:
        return False
    suffix = PurePosixPath(name.casefold()).suffix
    source = _without_fences(text)[0]
    content = values_of(source, suffix if suffix in _DATA else ".yaml")
    if pairs := pairs_of(content):
        if for_folder:
            pairs = _own(pairs)
            content = dict(pairs)
        inside = any(True for _ in in_values(content)) or any(_is_keyed_throughout(str(held)) for _, held in pairs)
        return inside or _are_of_tags(str(key) for key, _ in pairs)
    at_start = front_matter(text, name) if suffix in _DATA else Declared()
    return bool(at_start.problems or at_start.stated) or _is_keyed_throughout(source)


def _own(pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Keys and values of a file itself, without those of records in it; a list of single pairs is one mapping."""
    if len(pairs) == 1 and isinstance(pairs[0][1], list):
        parts = [pairs_of(part) for part in pairs[0][1]]
        if parts and all(len(part) == 1 for part in parts):
            pairs = [pair for part in parts for pair in part]
    return [(key, held) for key, held in pairs if not _holds_records(held)]


def _holds_records(value: object) -> bool:
    """Whether a value is a list of mappings of several keys."""
    return isinstance(value, list) and any(len(pairs_of(part)) > 1 for part in value)


def _are_of_tags(keys: Iterable[str]) -> bool:
    """Whether keys say who may read a document and describe it, and nothing else."""
    for_readers = False
    for key in keys:
        permits = meant_key(key) in PERMISSION_KEYS or is_about_readers(key)
        for_readers = for_readers or permits
        if not (permits or meant_key(key) or key.strip("$_@").casefold() in _DESCRIPTIVE):
            return False
    return for_readers


def _is_keyed_throughout(text: str) -> bool:
    """Whether every line has a key and a value, and some of them are those of tags."""
    written = [line.text for line in lines_of(text, _MOST_KEYED) if not line.text.startswith("#")]
    lines = [line for line in map(shown, written) if line.strip(" \t-.{},")]
    keys = [match["key"].strip() for line in lines if (match := KEYED.match(line))]
    if not lines or len(keys) + sum(line.startswith("<<") for line in lines) < len(lines):
        return False
    return _are_of_tags(keys) or any(keyed(part) for line in lines for part in _OPENING.split(line))


def _without_fences(text: str) -> tuple[str, int]:
    """The lines without fences around them, and the number of the first."""
    lines = [line.text for line in lines_of(text, len(text))]
    first = 1
    if lines and _FENCE.fullmatch(lines[0]):
        lines, first = lines[1:], 2
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and _END.fullmatch(lines[-1]):
        lines.pop()
    return "\n".join(lines), first
