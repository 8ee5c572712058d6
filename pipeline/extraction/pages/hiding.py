"""Hidden text in pages: attributes, style sheets and inline styles, comments, templates, fallback content."""

from collections.abc import Iterator, Mapping

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.pages.page_tree import Comment, WebPage, Words
from pipeline.extraction.pages.styled import Styled

NO_TEXT = frozenset(("script", "style", "title", "rp"))
"""Elements whose characters do not belong to the text of the page, and that every page has."""
LONG_ASIDE = 20
"""Words from which on a text only for screen readers is a message that the others do not get."""


def runs(page: WebPage, styles: Mapping[int, Styled]) -> Iterator[HiddenRun]:
    """The hidden runs of a page, in order."""
    pending: list[str] = []
    line, technique = 1, None
    for item in page.items:
        if isinstance(item, Comment):
            yield _run("comment", item.text, item.line)
            continue
        hidden = _technique(item, styles)
        text = item.text
        if hidden is None and text in (cut := styles[id(item.element)].cut):
            shown, hidden = cut[text]
            text = text[shown:]
        if hidden != technique and pending:
            yield _run(technique or "", " ".join(" ".join(pending).split()), line)
            pending = []
        if hidden is not None:
            line = item.line if not pending else line
            pending.append(text)
        technique = hidden
    if pending:
        yield _run(technique or "", " ".join(" ".join(pending).split()), line)


def _technique(words: Words, styles: Mapping[int, Styled]) -> str | None:
    if words.element.tag in NO_TEXT:
        return None
    styled = styles[id(words.element)]
    if words.element.tag == "input" and styled.look.technique == "interface":
        return None
    if words.is_placeholder:
        return styled.placeholder
    return styled.look.technique or ("display-none" if styled.hides_own_words else None)


def _run(technique: str, text: str, line: int) -> HiddenRun:
    if technique == "screen-reader" and len(text.split()) > LONG_ASIDE:
        technique = "zero-size"
    return HiddenRun(technique=f"html-{technique}", text=text.strip(), place=f"line {line}")
