"""Front matter: YAML between two `---` lines at the very start of a decoded text.

Invariants: pure, over decoded text, bounded. There is no size at which tags are cut off: what is too large to be read
is a problem. Whatever looks like a declaration and is not exactly this is a problem too; a mere rule across the page is
not.
"""

import itertools
import re
from typing import NamedTuple

from pipeline.domain.declarations.blocks import MOST_CHARACTERS, NotAMapping, read_yaml
from pipeline.domain.declarations.declared import FRONT_MATTER, Declared, Unreadable, declare
from pipeline.domain.declarations.keyed_lines import keyed, names_a_tag, shown
from pipeline.domain.declarations.lookalikes import ELLIPSIS, looks_declared, stated_in_fields
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS
from pipeline.domain.declarations.text_lines import TextLine, lines_of

HOW = "Write `key: value` lines between two lines `---`, the first of them at the very start."

_OPENS = re.compile(r"---[ \t]*")
_LATIN_1_FENCE = re.compile(f"---[ \\t]*{ELLIPSIS}")
_LATIN_1_LINES = "Its lines end in the byte 0x85, which is an ellipsis in its encoding: end them with a line feed."
_CLOSES = re.compile(r"(?:---|\.\.\.)[ \t]*")
_KEY_LINE = re.compile(r"[\"']?[^\W_][\w .-]{0,40}[\"']?[ \t]*:(?:[ \t]|$)|\{|[\"'?]")


class _Block(NamedTuple):
    lines: tuple[TextLine, ...]
    """Between the fences."""
    end: int
    """Offset behind the second fence."""


def front_matter(text: str, name: str = "") -> Declared:
    """What a text declares at its start, and what its fields state; `name` is that of its file, if it has one."""
    declared = _at_start(text, name)
    if declared.problems:
        return declared
    known = declared.tags
    in_text = (tag for tag in stated_in_fields(text, name) if tag.key not in known)
    return declared._replace(stated=(*declared.stated, *in_text))


def _at_start(text: str, name: str) -> Declared:
    if _LATIN_1_FENCE.match(text):
        meant = _at_start(text.replace(ELLIPSIS, "\n"), name)
        return Declared(problems=(_LATIN_1_LINES,)) if meant.entries or meant.problems else Declared()
    block = _block(text)
    if block is None:
        return _unfenced(text, None, name)
    source = "\n".join(line.text for line in block.lines)
    try:
        entries = read_yaml(source, first_line=2)
    except Unreadable as error:
        return _unread(text, block, error, name)
    declared = declare(entries, FRONT_MATTER)
    known = {tag.key for tag in declared.entries}
    for line in block.lines:  # inside a text of several lines, or in any other way that YAML reads as something else
        key = None if line.text.lstrip().startswith("#") else keyed(line.text)
        if key is not None and key not in known and not declared.problems:
            problem = f"Line {line.number} of the front matter looks like `{key}` and is read as something else. {HOW}"
            declared = declared._replace(problems=(problem,))
    if not known & set(PERMISSION_KEYS) and not declared.problems:
        declared = declared._replace(problems=_unfenced(text, block, name).problems)
    return declared


def body_start(text: str) -> int:
    """Where the text begins that readers are to find: behind a front matter that says who may read it.

    A reader of the document has no right to know whom it is kept from. A front matter with other keys only, such as a
    title, is text like any other.
    """
    block = _block(text)
    if block is None:
        return 0
    try:
        entries = read_yaml("\n".join(line.text for line in block.lines))
    except Unreadable:
        return 0
    return block.end if any(entry.key in PERMISSION_KEYS for entry in entries) else 0


def _block(text: str) -> _Block | None:
    """The lines between the first two fences; None without a first fence, or without a second one in reach."""
    lines = lines_of(text, MOST_CHARACTERS)
    first = next(lines, None)
    if first is None or not _OPENS.fullmatch(first.text):
        return None
    between: list[TextLine] = []
    for line in lines:
        if _CLOSES.fullmatch(line.text):
            return _Block(tuple(between), line.end)
        between.append(line)
    return None


def _unread(text: str, block: _Block, error: Unreadable, name: str) -> Declared:
    """A block between two rules that is not front matter, and must not look as if it were."""
    meant = next((line.number for line in block.lines if keyed(line.text) is not None), None)
    first = next((line.text for line in block.lines if line.text.strip() and not line.text.startswith("#")), "")
    if not isinstance(error, NotAMapping) and (meant is not None or _KEY_LINE.match(shown(first))):
        return Declared(problems=(f"Its front matter cannot be read. {error}",))
    if meant is not None:
        return Declared(problems=(f"Its front matter cannot be read: see line {meant}. {HOW}",))
    return _unfenced(text, block, name)


def _unfenced(text: str, behind: _Block | None, name: str) -> Declared:
    """A text that begins with no front matter that can be read, and must not look as if it did."""
    found = looks_declared(text[behind.end :] if behind else text, len(behind.lines) + 3 if behind else 1, name)
    if found is None and behind is None and _OPENS.fullmatch(next(lines_of(text, 0), TextLine(1, "", 0)).text):
        run = itertools.takewhile(lambda line: line.text.strip(), itertools.islice(lines_of(text, 8_192), 1, 40))
        if names_a_tag(line.text for line in run):
            found = "Its front matter is not closed, or is too large"
    return Declared() if found is None else Declared(problems=(f"{found} and is not read. {HOW}",))
