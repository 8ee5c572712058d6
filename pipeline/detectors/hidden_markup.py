"""Mark-up inside plain text that keeps words from a reader's eye.

Invariants: pure, deterministic, linear: the content of a hidden element is read once, and every search is bounded.
Mark-up shown as code is visible and has low severity. Comments are candidates: an ordinary comment (licence, build
marker, note of an author) is a finding only if it reads like an instruction.
"""

import html
import itertools
import re
from collections import Counter
from collections.abc import Iterator

from pipeline.domain.findings.findings import Severity

Element = tuple[str, int, int, Severity, str, str | None]
"""Entity, start, end, severity, reason, and the words that are hidden."""

COMMENT = "HIDDEN_COMMENT"
_REACH = 20_000
"""Code points after an opening tag in which its end is looked for."""
_PROSE_WORDS = 6
"""So many hidden words are a message, fewer are a label."""
_LONG_COMMENT = 60
"""A comment with so many words of prose is worth a note."""

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_COMMENTS = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_REFERENCE_COMMENT = re.compile(
    r"^\[(?://|comment|_|hidden)[^\]\n]{0,40}\]:\s?(?:#|<>)\s?[(\"'](.{1,2000})[)\"']\s*$", re.M | re.I
)
_UNUSED_DEFINITION = re.compile(
    r"^ {0,3}\[(\^?[^\]\n\\]{1,80})\]:[ \t]{0,9}(?:<[^<>\n]{0,300}>|\S{1,300})[ \t]{1,9}(\S[^\n]{0,2000})$",
    re.MULTILINE,
)
"""A link definition with a title, or a footnote; the first word of a footnote is left out."""
_BLOCK = re.compile(r"<(/?)(template|noscript|script)\b[^<>]{0,300}>", re.IGNORECASE)
"""Beginnings and ends of elements that programs do not show."""
_BRACKETED = re.compile(r"\[(\^?[^\[\]\n]{1,80})\]")
_MOST_DEFINITIONS = 2000
_UNRENDERED = (
    re.compile(r"<\?(?!php|=|xml\b)(?P<words>[^<>]{1,2000}?)\?>", re.IGNORECASE),
    re.compile(r"<!(?!doctype|--)(?:\[CDATA\[)?(?P<words>[A-Za-z][^<>]{1,2000}?)(?:\]\])?>", re.IGNORECASE),
    re.compile(
        r"<input\b(?=[^<>]{0,300}\btype\s*=\s*[\"']?hidden)[^<>]{0,300}\bvalue\s*=\s*\"(?P<words>[^\"<>]{1,1000})\"",
        re.IGNORECASE,
    ),
    re.compile(r"\]\([^()\s\"]{0,500}\s\"(?P<words>[^\"\n]{1,1000})\"\)"),
)
"""Mark-up that programs which show Markdown drop or keep for a pointer: scripts, instructions, titles of links."""
_LICENCE = re.compile(
    r"licen[cs]e|copyright|spdx|generated|prettier|eslint|markdownlint|toc|todo|vim:|@", re.IGNORECASE
)
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,15})\s([^<>]{1,1200})>")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "path",
        "svg",
        "use",
        "button",
    ]
)
_MARKUP = re.compile(r"<[^<>]{0,1200}>")
_HIDING = re.compile(r"hidden|style|color|size\s*=", re.IGNORECASE)
_STYLES = (
    ("not displayed", re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)),
    (
        "tiny font",
        re.compile(
            r"font-size\s*:\s*(?:0*[01](?:\.\d+)?|0?\.\d+)(?:px|pt|em|rem|%|vw)?\s*(?:!|;|[\"']|$)", re.IGNORECASE
        ),
    ),
    (
        "transparent",
        re.compile(r"opacity\s*:\s*0?(?:\.0\d*)?\s*(?:!|;|[\"']|$)|(?<![-\w])color\s*:\s*transparent", re.IGNORECASE),
    ),
    (
        "off screen",
        re.compile(
            r"(?:left|top|right|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}|translate[XY]?\(\s*-\d{3,}",
            re.IGNORECASE,
        ),
    ),
    (
        "no size",
        re.compile(
            r"clip\s*:\s*rect\(\s*[01]|clip-path\s*:\s*inset\(\s*(?:50|100)%|(?<![-\w])(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:!|;|[\"']|$)|scale\(\s*0\s*\)",
            re.IGNORECASE,
        ),
    ),
)
_COLOUR = re.compile(
    r"(?<![-\w])(background(?:-color)?|bgcolor|color)\s*[:=]\s*[\"']?\s*(#[0-9a-f]{3,8}|[a-z]+|rgba?\([^)]{0,40}\))",
    re.IGNORECASE,
)
_WHITE = frozenset(("white", "#fff", "#ffffff", "#fefefe", "#fdfdfd", "rgb(255,255,255)", "rgba(255,255,255,1)"))
_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=\s|$|/|=\s*[\"']?(?:hidden|true)?[\"']?(?:\s|$))", re.IGNORECASE)
_ARIA = re.compile(r"aria-hidden\s*=\s*[\"']?true", re.IGNORECASE)
_FONT_SIZE = re.compile(r"(?:^|\s)size\s*=\s*[\"']?0\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_LATEX = re.compile(r"\\textcolor\{white\}\{([^{}]{1,2000})\}|\{\\color\{white\}([^{}]{1,2000})\}")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)


def is_prose(words: str) -> bool:
    """Whether `words` can say something, rather than label something."""
    # Scripts without spaces write a sentence as one or two runs of letters.
    runs = _LETTERS.findall(words)
    return len(runs) >= _PROSE_WORDS or any(len(run) >= 10 and not run.isascii() for run in runs)


def find(text: str) -> Iterator[Element]:
    """Hidden elements and comments of `text`, each kind in order."""
    if "[" in text and "]:" in text:
        for comment in _REFERENCE_COMMENT.finditer(text):
            yield COMMENT, *comment.span(), Severity.LOW, "A link definition serves as a comment.", comment.group(1)
        yield from _unused(text)
    if "\\" in text:
        for white in _LATEX.finditer(text):
            words = white.group(1) or white.group(2)
            severity = Severity.HIGH if is_prose(words) else Severity.MEDIUM
            yield "HIDDEN_MARKUP", *white.span(), severity, "Mark-up writes this text in white.", words
    for form in _UNRENDERED if "<" in text else _UNRENDERED[-1:] if "](" in text else ():
        for element in form.finditer(text):
            words = html.unescape(_MARKUP.sub(" ", element["words"])).strip()
            if is_prose(words):
                yield (
                    COMMENT,
                    *element.span(),
                    Severity.LOW,
                    "Mark-up that is not shown to a reader holds words.",
                    words,
                )
    if "<" not in text:
        return
    for start, end, words in _blocks(text):
        yield COMMENT, start, end, Severity.LOW, "An element that is not shown to a reader holds words.", words
    for comment in _COMMENTS.finditer(text):
        words = comment.group(1)
        long = len(_LETTERS.findall(words)) >= _LONG_COMMENT and not _LICENCE.search(words)
        severity = Severity.MEDIUM if long else Severity.LOW
        yield COMMENT, *comment.span(), severity, "A comment is not shown to a reader.", words
    yield from _elements(text)


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and words of each script, template or form for browsers without scripts."""
    opened: re.Match[str] | None = None
    for tag in _BLOCK.finditer(text):
        if opened is None:
            opened = None if tag.group(1) else tag
        elif tag.group(1) and tag.group(2).lower() == opened.group(2).lower():
            words = html.unescape(_MARKUP.sub(" ", text[opened.end() : tag.start()][:_REACH])).strip()
            if is_prose(words):
                yield opened.start(), tag.end(), words
            opened = None


def _unused(text: str) -> Iterator[Element]:
    """Definitions of links and footnotes that no place in the text refers to."""
    definitions = list(itertools.islice(_UNUSED_DEFINITION.finditer(text), _MOST_DEFINITIONS))
    if not definitions:
        return
    names = Counter(name.casefold() for name in _BRACKETED.findall(text))
    for one in definitions:
        if names[one.group(1).casefold()] < 2 and is_prose(one.group(2)):
            reason = "A definition that the text does not use is not shown to a reader."
            yield COMMENT, *one.span(), Severity.LOW, reason, one.group(2)


def _elements(text: str) -> Iterator[Element]:
    fences = [fence.start() for fence in _FENCE.finditer(text)]
    covered = passed = 0
    for tag in _TAG.finditer(text):
        if tag.start() < covered or not _HIDING.search(tag.group(2)) or tag.group(1).lower() in _VOID:
            continue
        how = hiding(tag.group(1).lower(), tag.group(2))
        if how is None:
            continue
        covered = _closing(text, tag.group(1), tag.end())
        words = html.unescape(_MARKUP.sub(" ", text[tag.end() : covered])).strip()
        if not words:
            continue
        while passed < len(fences) and fences[passed] < tag.start():
            passed += 1
        shown = passed % 2 == 1 or text[tag.start() - 1 : tag.start()] == "`"
        severity = Severity.HIGH if is_prose(words) else Severity.MEDIUM
        if shown or how == "aria-hidden":
            severity = Severity.LOW
        yield "HIDDEN_MARKUP", tag.start(), covered, severity, f"Mark-up keeps this text from a reader: {how}.", words


def hiding(tag: str, attributes: str) -> str | None:
    """How a tag with these attributes hides what it holds; None when it does not."""
    for how, style in _STYLES:
        if style.search(attributes):
            return how
    colours = {name.lower(): value.lower().replace(" ", "") for name, value in _COLOUR.findall(attributes)}
    background = colours.get("background") or colours.get("background-color") or colours.get("bgcolor") or "white"
    if "color" in colours and (colours["color"] == background or {colours["color"], background} <= _WHITE):
        return "colour of the background"
    if tag == "font" and _FONT_SIZE.search(attributes):
        return "tiny font"
    if _ARIA.search(attributes):
        return "aria-hidden"
    return "hidden attribute" if _ATTRIBUTE.search(_QUOTED.sub('""', attributes)) else None


def _closing(text: str, name: str, start: int) -> int:
    """Where the element opened before `start` ends, or the end of its block when it is never closed."""
    limit = min(len(text), start + _REACH)
    depth = 1
    for tag in re.compile(rf"<(/?){name}\b[^<>]{{0,1200}}>", re.IGNORECASE).finditer(text, start, limit):
        depth += -1 if tag.group(1) else 1
        if depth == 0:
            return tag.end()
    block = text.find("\n\n", start, limit)
    return block if block >= 0 else limit
