"""Hidden text in HTML pages: attributes, inline styles, simple style-sheet rules, comments, templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding
from pipeline.extraction.hidden import styles

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_NO_TEXT = frozenset(("script", "style", "title"))
_HIDDEN_BY_NATURE = {"template": "template", "noscript": "noscript"}
_CLOSES_PARAGRAPH = frozenset(
    ("p", "div", "ul", "ol", "table", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "form", "header")
)
_SIBLINGS = frozenset(("li", "td", "th", "tr", "option", "dt", "dd"))
_MAX_OPEN = 400
"""Elements deeper than this inherit from the last one that was counted."""


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of a page, in order."""
    text = decoding.decode(data)
    if text is not None:
        yield from of_text(text)


def of_text(text: str) -> Iterator[HiddenRun]:
    """The hidden runs of a page that is already characters."""
    sheet = _StyleSheet()
    sheet.feed(text)
    page = _Page(styles.rules("".join(sheet.parts)), sheet.linked)
    page.feed(text)
    page.close()
    page.flush()
    yield from page.runs


@dataclass(frozen=True, slots=True)
class _Element:
    tag: str
    technique: str | None
    background: tuple[int, int, int] | None
    """None when it cannot be known."""


class _StyleSheet(HTMLParser):
    """Collects the style blocks, which may stand after what they style."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.linked = False
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "style"
        self.linked = self.linked or (tag == "link" and "stylesheet" in (dict(attrs).get("rel") or ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  the base class's signature
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.parts.append(data)


class _Page(HTMLParser):
    def __init__(self, rules: dict[str, styles.Declarations], linked_styles: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[HiddenRun] = []
        self._rules = rules
        # With an external style sheet the colour behind text is anybody's guess.
        self._open = [_Element("", None, None if linked_styles else styles.WHITE)]
        self._technique: str | None = None
        self._pending: list[str] = []
        self._line = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        top = self._open[-1].tag
        if (top == "p" and tag in _CLOSES_PARAGRAPH) or (top == tag and tag in _SIBLINGS):
            self._open.pop()
        if tag in _VOID or len(self._open) >= _MAX_OPEN:
            return
        self._open.append(self._element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        if self._open[-1].tag in _NO_TEXT:
            return
        technique = self._open[-1].technique
        if technique != self._technique:
            self.flush()
            self._technique, self._line = technique, self.getpos()[0]
        if technique is not None:
            self._pending.append(data)

    def handle_comment(self, data: str) -> None:
        if not data.startswith("[if") and "endif" not in data[-12:]:
            self.runs.append(_run("comment", data, self.getpos()[0]))

    def flush(self) -> None:
        """End the run that is being collected."""
        if self._technique is not None and self._pending:
            self.runs.append(_run(self._technique, " ".join(" ".join(self._pending).split()), self._line))
        self._pending = []

    def _element(self, tag: str, attributes: dict[str, str]) -> _Element:
        parent = self._open[-1]
        style = self._style(tag, attributes)
        known = styles.colour(style.get("background-color") or style.get("background"))
        painted = "background" in style or "background-image" in style or "background-color" in style
        background = known or styles.colour(attributes.get("bgcolor", "").lower())
        if background is None and not painted:
            background = parent.background
        technique = parent.technique or self._hidden_by(tag, attributes, style, background)
        return _Element(tag, technique, background)

    def _style(self, tag: str, attributes: dict[str, str]) -> styles.Declarations:
        style: styles.Declarations = {}
        names = ["." + name for name in attributes.get("class", "").split()[:20]]
        names += ["#" + attributes["id"]] if attributes.get("id") else []
        for name in ("*", tag, *names, *(tag + name for name in names)):
            style.update(self._rules.get(name, {}))
        return style | styles.declarations(attributes.get("style", ""))

    @staticmethod
    def _hidden_by(
        tag: str, attributes: dict[str, str], style: styles.Declarations, background: tuple[int, int, int] | None
    ) -> str | None:
        if tag in _HIDDEN_BY_NATURE:
            return _HIDDEN_BY_NATURE[tag]
        if "hidden" in attributes and attributes["hidden"] != "until-found":
            return "hidden-attribute"
        if technique := styles.hiding(style):
            return technique
        written = style.get("color") or (attributes.get("color", "").lower() if tag == "font" else None)
        if styles.transparent(written):
            return "transparent"
        foreground = styles.colour(written)
        if foreground is not None and background is not None and styles.alike(foreground, background):
            return "same-colour"
        return "aria-hidden" if attributes.get("aria-hidden", "").lower() == "true" else None


def _run(technique: str, text: str, line: int) -> HiddenRun:
    return HiddenRun(technique=f"html-{technique}", text=text.strip(), place=f"line {line}")
