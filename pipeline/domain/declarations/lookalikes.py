"""Text that looks like a declaration where none is read: other fences, headers, comments, JSON, markup, settings.

Authors write tags in the forms of other tools. Only YAML between two `---` lines at the very start is read, so any
other form that names a permission key with a fitting value is a problem, not ordinary text (law 2).

Invariants: pure. Looked at is the beginning of a text: its first block, the block behind a title, a whole block of
headers and all of a front matter in another language. A rule across the page (`---`) with prose behind it is ordinary.
"""

import itertools
import re
from collections.abc import Iterable, Iterator

from pipeline.domain.declarations.fields import fields
from pipeline.domain.declarations.keyed_lines import KEYED, declares, keyed, likely, shown, side_by_side, surely
from pipeline.domain.declarations.structured_lookalikes import structured
from pipeline.domain.declarations.tag_keys import meant_key
from pipeline.domain.declarations.tag_values import level_of
from pipeline.domain.declarations.text_lines import TextLine, lines_of, unified
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.identity.permissions import Classification

_MOST_LINES = 60
_MOST_HEADERS = 2_000
_MOST_CHARACTERS = 16_384
_MOST_FENCED = 262_144
_TITLE_LINES = 3
_MOST_WORD = 100
_TEXT_BLOCKS = 3
"""Blocks of an extracted text that are looked at, such as a title, headers, and the first of the body."""
_FENCES = ("+++", ";;;")
ELLIPSIS = "\u2026"
"""What U+0085, a line end of Latin-1, becomes where a file is taken for Windows-1252."""
_OPENS = re.compile(r"\s*---[ \t]*\n")
_WORDY = frozenset({"tenant", "allow", "deny"})
"""Tags that are words of contracts and house rules, too."""
_WORDS = re.compile(r"[^\W_]+")
_MARKING = re.compile(
    r"(?im)^(?!\s{0,3}#)[^\w\n]{0,12}(?P<words>(?:(?:strictly|highly|company|most|strict) )?(?:confidential|restricted)"
    r"|tlp ?: ?(?:red|amber(?:\+strict)?))(?:[ \t]{0,3}[^\w\s][^\w\n]{0,8}(?P<tail>\w[^\n]{0,60}?))?[^\w\n]{0,12}$"
)
"""Not a heading: a page called `Restricted` may well explain the level."""
_ADDRESSED = re.compile(
    r"(?i)\b(?:(?:group|user|service):\w|only\b|do not\b|not (?:for|to)\b|no (?:distribution|copies)\b|need to know\b)"
)
"""Behind a marking: whom a page is for, or what its readers must not do with it."""
_CALENDAR = re.compile(r"\s*BEGIN:V(?:CALENDAR|CARD)\b", re.IGNORECASE)
_CLASS = re.compile(r"(?im)^CLASS(?:;[^:\n]{0,80})?:[ \t]*(?P<level>confidential|private)[ \t]*$")
"""Of an event or a card: https://www.rfc-editor.org/rfc/rfc5545#section-3.8.1.3."""
_MOST_MARKINGS = 100
_MARGINS = frozenset({"header:", "footer:"})
_HEADER = re.compile(r"[!-9;-~]+[ \t]*:|[ \t]+[!-~]")


def looks_declared(text: str, first_line: int = 1, name: str = "") -> str | None:
    """The permission key that a text seems to declare, with its line, for people; None for none.

    Args:
        text: Decoded.
        first_line: Number of its first line.
        name: Of its file; the ending shows that it holds settings.

    """
    reads = keyed if text.lstrip(" \t\r\n\ufeff").startswith(("{", "[")) else likely  # JSON is read as a whole below
    before = ""
    lines = list(_beginning(text))
    in_head = {line.number for block in _blocks(lines) if _is_head(block) for line in block}
    for line in lines:
        parts = line.text[:_MOST_CHARACTERS].split(ELLIPSIS)
        key = next(
            (key for part in parts if (key := reads(part)) and (line.number in in_head or not _is_prose(part))), None
        )
        key = key or side_by_side(f"{before} {shown(line.text)}")
        before = _only_word(line.text)
        if key is not None:
            return f"Line {line.number + first_line - 1} looks like `{key}`"
    place, key = next(structured(text, name), ("", None))
    return None if key is None else f"{place} looks like `{key}`"


def stated(text: str) -> list[StatedTag]:
    """Words at the beginning of a text, out of a format without front matter, that only a tag should say."""
    found = []
    fits_here = declares if _OPENS.match(text) else surely
    before = ""
    for line in _first_blocks(text):
        visible = shown(line.text)
        match = KEYED.match(visible)
        if match and (key := fits_here(match["key"], match["value"])):
            found.append(_stated_tag(line.number, key, level_of(match["value"])))
        elif key := side_by_side(visible) or side_by_side(f"{before} {visible}"):  # cells may stand below each other
            found.append(_stated_tag(line.number, key, level_of(_WORDS.findall(visible)[-1])))
        before = _only_word(visible)
    seen = {tag.place for tag in found}
    return found + [tag for tag in stated_in_fields(text) if tag.place not in seen]


def stated_in_fields(text: str, name: str = "") -> Iterator[StatedTag]:
    """Tags that the fields of a text give, wherever they stand; `name` is that of its file."""
    if text.count(ELLIPSIS) > text.count("\n"):
        text = text.replace(ELLIPSIS, "\n")
    yield from (_stated_tag(field.line, field.key, level_of(field.value)) for field in fields(text, name))
    yield from _markings(text)


def _markings(text: str) -> Iterator[StatedTag]:
    """Lines of their own that say a level which keeps colleagues out, as offices mark pages and calendars events.

    In small letters only the first line, the last one, and the one of a page header or footer is a marking.
    """
    text = unified(text)
    if _CALENDAR.match(text):
        for match in itertools.islice(_CLASS.finditer(text), _MOST_MARKINGS):
            line = text.count("\n", 0, match.start()) + 1
            yield _stated_tag(line, "classification", level_of(match["level"])).model_copy(update={"of_file": True})
    begins, ends = len(text) - len(text.lstrip()), len(text.rstrip())
    for match in itertools.islice(_MARKING.finditer(text), _MOST_MARKINGS):
        before = text[max(0, match.start() - _MOST_WORD) : match.start()].rstrip(" \t")
        behind = text[match.end() : match.end() + _MOST_WORD].lstrip(" \t")
        is_first, is_last = match.start() <= begins, match.end() >= ends
        in_margin = before.rstrip("\n").rpartition("\n")[2].strip().casefold() in _MARGINS
        alone = (is_first or before.endswith("\n\n")) and (is_last or behind.startswith("\n\n"))
        words, tail = match["words"], match["tail"]
        if tail and not (match[0].isupper() or _ADDRESSED.search(tail)):
            continue
        says_more = not tail and (words.isupper() or " " in words or ":" in words)
        if in_margin or (alone and (is_first or is_last or says_more)):
            line = text.count("\n", 0, match.start()) + 1
            yield _stated_tag(line, "classification", level_of(words)).model_copy(update={"of_file": True})


def stated_problems(stated: Iterable[StatedTag], held: Classification) -> tuple[str, ...]:
    """Problems of a document that says in its words or properties something that only a tag should say.

    Args:
        stated: At the beginning of the text, or by the file.
        held: The classification the document has by its tags; to say the same in words is fine.

    """
    return tuple(
        f"{tag.place} looks like `{tag.key}` and is not read there: declare it in a metadata file."
        for tag in stated
        if not (tag.key == "classification" and _says_nothing_new(tag, held))
    )


def _says_nothing_new(tag: StatedTag, held: Classification) -> bool:
    if not tag.of_file:
        return tag.level == held.value
    return held is Classification.RESTRICTED or (tag.level is not None and Classification(tag.level).rank <= held.rank)


def _stated_tag(line: int, key: str, level: str | None) -> StatedTag:
    return StatedTag(place=f"Line {line} of its text", key=key, level=level)


def _is_prose(line: str) -> bool:
    """Whether a line may be ordinary words although it fits a tag: `Tenant: Smith`, `Allowed: bicycles`.

    The key is one word that begins like a sentence, and the value is not a list and names no one in full.
    """
    match = KEYED.match(shown(line))
    if match is None or line[: match.start("key")].strip() or match["value"].lstrip().startswith("["):
        return False
    key = match["key"].strip()
    is_word = key[:1].isupper() and key.isalpha()
    return is_word and meant_key(key) in _WORDY and surely(key, match["value"]) is None


def _blocks(lines: Iterable[TextLine]) -> list[list[TextLine]]:
    """Lines that follow each other."""
    blocks: list[list[TextLine]] = []
    for line in lines:
        if blocks and line.number == blocks[-1][-1].number + 1:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _is_head(block: list[TextLine]) -> bool:
    """Whether the lines of a block give several tags and say nothing else, as the head of a document does."""
    matches = [KEYED.match(shown(line.text)) for line in block]
    keys = {meant_key(match["key"].strip()) if match else None for match in matches}
    return len(keys) > 1 and None not in keys


def _only_word(line: str) -> str:
    """A line of one word, which can be the name of the value below it; nothing for any other."""
    return line[:_MOST_WORD] if len(line[:_MOST_CHARACTERS].split()) == 1 else ""


def _beginning(text: str) -> Iterator[TextLine]:
    """Lines of the first block, and of the second if the first is a title, headers, a fence or a comment."""
    if fenced := _fenced(text):
        yield from fenced
        return
    blocks = lines_in_block = 0
    titled = headers = keyed_lines = True
    for line in lines_of(text, _MOST_FENCED):
        headers = headers and _HEADER.match(line.text) is not None
        beyond = line.number > _MOST_LINES or line.end - len(line.text) > _MOST_CHARACTERS
        if (beyond and not headers) or line.number > _MOST_HEADERS:
            return
        if re.search(r"\w", line.text) is None:
            blank = not line.text.strip()
            if blank and lines_in_block:
                blocks, titled = blocks + 1, titled and (lines_in_block <= _TITLE_LINES or keyed_lines)
                lines_in_block = 0
                if blocks > 1 or not titled:
                    return
            continue
        lines_in_block += 1
        keyed_lines = keyed_lines and KEYED.match(line.text) is not None
        yield line


def _fenced(text: str) -> list[TextLine]:
    """The lines of a front matter in another language, blank ones too; nothing for any other beginning."""
    lines = lines_of(text, _MOST_FENCED)
    opening = next((line.text.strip(" \t\ufeff") for line in lines if line.text.strip(" \t\ufeff")), "")
    if not opening.startswith(_FENCES):
        return []
    inside: list[TextLine] = []
    for line in lines:
        if line.text.strip() == opening[:3]:
            return inside
        inside.append(line)
    return []


def _first_blocks(text: str) -> Iterator[TextLine]:
    blocks, in_block = 0, False
    for line in lines_of(text, _MOST_CHARACTERS):
        wordless = _WORDS.search(line.text) is None
        blocks, in_block = blocks + (wordless and in_block), not wordless
        if blocks >= _TEXT_BLOCKS or line.number > _MOST_LINES:
            return
        if not wordless:
            yield line
