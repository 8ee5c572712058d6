"""The content of a metadata file next to a document.

Invariant: every key of it is a tag; a key that is not is a problem, and so is a file that declares nothing (law 2).
"""

import re

from pipeline.domain.declarations.blocks import MOST_CHARACTERS, read_json, read_yaml
from pipeline.domain.declarations.declared import METADATA_FILE, Declared, Unreadable, declare
from pipeline.domain.declarations.text_lines import lines_of

_FENCE = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")

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
