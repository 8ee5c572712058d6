"""Finds what a reviewer cannot see but a model would read.

Invariants: deterministic, linear. Covers invisible Unicode, mark-up that hides inside plain text, and the hidden runs
that extraction met in the raw format. What is hidden is also read with the injection rules: hidden and
instruction-like is critical. Ordinary invisible characters (joiners, soft hyphens, emoji variations, a byte order mark,
right-to-left text) stay quiet.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.detectors.injection import InjectionDetector
from pipeline.domain.digests import digest_json
from pipeline.domain.documents import ExtractedText
from pipeline.domain.findings import Detection, FindingKind, Severity, merge_overlaps

VERSION = 1
"""Raise it whenever the same text could get other findings without an injection rule having changed."""
_INSTRUCTION = 0.4
"""Hidden text with at least this confidence of the injection detector is an attack."""
_PROSE_WORDS = 6
"""So many hidden words are a message, fewer are a label."""

_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{2,6}\U000e007f")
"""Subdivision flags, such as Scotland's: the one ordinary use of tags."""
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\u180e\u034f]{4,}")
_ZERO_WIDTH_IN_LATIN = re.compile("(?<=[A-Za-z])[\u200b-\u200d\u2060-\u2064\ufeff\u180e]+(?=[A-Za-z])")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDE = re.compile("[\u202d\u202e][^\n\u202c]{1,400}")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_MIXED_WORD = re.compile(
    "[A-Za-z][\u0370-\u03ff\u0400-\u052f\u0531-\u0587]|[\u0370-\u03ff\u0400-\u052f\u0531-\u0587][A-Za-z]"
)
_WORD = re.compile(r"\w+")

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_HIDING_TAG = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9]{0,15})(?=\s)([^<>]{0,600}?(?:style\s*=|hidden|aria-hidden)[^<>]{0,600})>", re.IGNORECASE
)
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*[01](?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:[;\"'!]|$)"
    r"|opacity\s*:\s*0?(?:\.0\d*)?\s*(?:[;\"'!]|$)|opacity\s*:\s*0(?:\.0\d*)?\b(?!\.?[1-9])|(?:left|top|right|text-indent|margin-left)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*[01]|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*;[^\"']*overflow\s*:\s*hidden"
    r"|transform\s*:\s*scale\(\s*0\s*\)|color\s*:\s*transparent",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?<![-\w])(background(?:-color)?|color)\s*:\s*([#\w(),.% ]+)", re.IGNORECASE)
_WHITE = frozenset({"white", "#fff", "#ffffff", "rgb(255,255,255)", "#fefefe", "snow", "ivory"})
_HIDDEN_ATTRIBUTE = re.compile(r"(?:^|\s)hidden(?=\s|$|=|/)", re.IGNORECASE)
_ARIA_HIDDEN = re.compile(r"aria-hidden\s*=\s*[\"']?true", re.IGNORECASE)
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MARKUP = re.compile(r"<[^<>]{0,600}>")


class HiddenTextDetector:
    """Unicode and mark-up tricks in the text, and the hidden runs of the raw format."""

    name = "hidden_text"
    kind = FindingKind.HIDDEN_TEXT

    def __init__(self, configs: Path) -> None:
        self._injection = InjectionDetector(configs)

    @property
    def digest(self) -> str:
        """Digest of the version of this code and of the injection rules it reads hidden text with."""
        return digest_json({"detector": self.name, "version": VERSION, "injection": self._injection.digest})

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Everything hidden in `document`."""
        text = document.text
        found = [*self._runs(document), *self._markup(text)]
        if not text.isascii():
            found += self._unicode(text)
        return merge_overlaps(found)

    def _found(
        self, entity: str, start: int, end: int, severity: Severity, reason: str, hidden: str | None = None
    ) -> Detection:
        """A detection; `hidden` is what the reader of the raw text would get to read there."""
        confidence = 0.9 if severity.rank >= Severity.HIGH.rank else 0.5
        if hidden is not None and self._injection.confidence(hidden) >= _INSTRUCTION:
            severity, confidence = Severity.CRITICAL, 0.98
            reason += " It reads like an instruction to a machine."
        rule = "hidden_text." + entity.removeprefix("HIDDEN_").lower().replace("_", "-")
        return Detection(self.kind, rule, entity, start, end, severity, confidence, reason, hidden)

    def _runs(self, document: ExtractedText) -> Iterator[Detection]:
        for run in document.hidden:
            visible = run.text.strip()
            if not visible:
                continue
            place = document.text.find(visible)
            start, end = (place, place + len(visible)) if place >= 0 else (0, 0)
            severity = Severity.HIGH if len(visible) > 3 else Severity.MEDIUM
            where = f" ({run.place})" if run.place else ""
            reason = f"The file hides this text from a reader by {run.technique}{where}."
            yield self._found("HIDDEN_RUN", start, end, severity, reason, run.text)

    def _unicode(self, text: str) -> Iterator[Detection]:
        flags = [flag.span() for flag in _FLAG.finditer(text)]
        for run in _TAGS.finditer(text):
            if any(start < run.end() <= end for start, end in flags):
                continue
            message = "".join(chr(ord(tag) - 0xE0000) for tag in run.group() if 0xE0020 <= ord(tag) < 0xE007F)
            yield self._found(
                "HIDDEN_UNICODE_TAGS", *run.span(), Severity.CRITICAL, "Invisible Unicode tags spell a text.", message
            )
        for run in _SELECTORS.finditer(text):
            message = bytes(_selected(ord(selector)) for selector in run.group()).decode("utf-8", "replace")
            yield self._found(
                "HIDDEN_VARIATION_SELECTORS", *run.span(), Severity.HIGH, "Variation selectors carry data.", message
            )
        yield from self._zero_width(text)
        yield from self._bidi(text)
        yield from self._homoglyphs(text)

    def _zero_width(self, text: str) -> Iterator[Detection]:
        for run in _ZERO_WIDTH.finditer(text):
            yield self._found(
                "HIDDEN_ZERO_WIDTH", *run.span(), Severity.HIGH, "A run of zero-width characters carries data."
            )
        words = {_word_around(text, run.start(), run.end()) for run in _ZERO_WIDTH_IN_LATIN.finditer(text)}
        for start, end in sorted(words):
            broken = len(_ZERO_WIDTH_IN_LATIN.findall(text, start, end))
            severity = Severity.HIGH if broken >= 2 or len(words) >= 3 else Severity.MEDIUM
            yield self._found(
                "HIDDEN_ZERO_WIDTH", start, end, severity, "Zero-width characters break up a word unseen."
            )

    def _bidi(self, text: str) -> Iterator[Detection]:
        if not _BIDI.search(text):
            return
        for run in _OVERRIDE.finditer(text):
            yield self._found(
                "HIDDEN_BIDI", *run.span(), Severity.HIGH, "A direction override shows the text in another order."
            )
        for line in re.finditer(r"[^\n]+", text):
            if _BIDI.search(line.group()) and not _RTL.search(line.group()):
                first = _BIDI.search(text, line.start())
                assert first is not None
                yield self._found(
                    "HIDDEN_BIDI",
                    first.start(),
                    first.end(),
                    Severity.MEDIUM,
                    "Direction controls stand in a line without right-to-left text.",
                )

    def _homoglyphs(self, text: str) -> Iterator[Detection]:
        spans = {_word_around(text, *pair.span()) for pair in _MIXED_WORD.finditer(text)}
        for start, end in sorted(spans):
            severity = Severity.HIGH if len(spans) >= 2 and end - start >= 4 else Severity.MEDIUM
            yield self._found(
                "HIDDEN_HOMOGLYPHS", start, end, severity, "A word mixes look-alike letters of several scripts."
            )

    def _markup(self, text: str) -> Iterator[Detection]:
        if "<" not in text:
            return
        for comment in _COMMENT.finditer(text):
            if self._injection.confidence(comment.group(1)) >= _INSTRUCTION:
                yield self._found(
                    "HIDDEN_COMMENT",
                    *comment.span(),
                    Severity.CRITICAL,
                    "A comment is not shown to a reader.",
                    comment.group(1),
                )
        covered = 0
        for tag in _HIDING_TAG.finditer(text):
            if tag.start() < covered:
                continue
            how = _how_hidden(tag.group(2))
            if how is None or tag.group(1).lower() in _VOID:
                continue
            end = _closing(text, tag.group(1), tag.end())
            covered = end
            words = _MARKUP.sub(" ", text[tag.end() : end]).strip()
            if not words:
                continue
            severity = Severity.HIGH if len(_LETTERS.findall(words)) >= _PROSE_WORDS and how != "aria-hidden" else Severity.LOW
            yield self._found(
                "HIDDEN_MARKUP", tag.start(), end, severity, f"Mark-up hides this text from a reader ({how}).", words
            )


def _selected(point: int) -> int:
    """The byte a variation selector stands for in the usual smuggling scheme."""
    return point - 0xFE00 if point < 0xFE10 else (point - 0xE0100 + 16) % 256


def _word_around(text: str, start: int, end: int) -> tuple[int, int]:
    joiners = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e"
    while start > 0 and end - start < 80 and (text[start - 1].isalnum() or text[start - 1] in joiners):
        start -= 1
    while end < len(text) and end - start < 160 and (text[end].isalnum() or text[end] in joiners):
        end += 1
    return start, end


def _how_hidden(attributes: str) -> str | None:
    if _HIDDEN_STYLE.search(attributes):
        return "style"
    colours = {
        name.lower().split("-")[0]: value.strip().lower().replace(" ", "")
        for name, value in _COLOUR.findall(attributes)
    }
    if "color" in colours and (
        colours["color"] == colours.get("background", "white")
        or (colours["color"] in _WHITE and "background" not in colours)
    ):
        return "text in the colour of its background"
    if _ARIA_HIDDEN.search(attributes):
        return "aria-hidden"
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', attributes)
    return "hidden attribute" if _HIDDEN_ATTRIBUTE.search(bare) else None


def _closing(text: str, name: str, start: int) -> int:
    """Where the element opened before `start` ends; at most 20,000 characters on."""
    depth = 1
    for tag in re.finditer(rf"<(/?){name}\b[^<>]{{0,600}}>", text[start : start + 20_000], re.IGNORECASE):
        depth += -1 if tag.group(1) else 1
        if depth == 0:
            return start + tag.end()
    end = text.find("\n\n", start)
    return end if 0 <= end < start + 20_000 else min(len(text), start + 20_000)
