"""Hidden text in HTML pages: attributes, style sheets and inline styles, comments, templates, fallback content."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding
from pipeline.extraction.hidden.cascade import Budget, Cascade, CountedElement
from pipeline.extraction.hidden.looks import TextLook
from pipeline.extraction.hidden.page_tree import Comment, WebPage, Words, parsed

_BY_NATURE = {
    "template": "template",
    "noscript": "noscript",
    "noframes": "noscript",
    "noembed": "noscript",
    "datalist": "datalist",
    "object": "fallback",
    "canvas": "fallback",
    "video": "fallback",
    "audio": "fallback",
    "iframe": "fallback",
    "rp": "fallback",
    "metadata": "fallback",
    "desc": "fallback",
}
"""Elements whose text a browser with scripts does not show."""
_NO_TEXT = frozenset(("script", "style", "title"))
_LONG_FOR_READERS_ALOUD = 20
"""Words from which on a text only for screen readers is a message that the others do not get."""


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of a page, in order. Raises `Refused` if its style sheets take too long."""
    text = decoding.decode(data)
    if text is not None:
        yield from of_text(text)


def of_text(text: str) -> Iterator[HiddenRun]:
    """The hidden runs of a page that is already characters."""
    page = parsed(text)
    looks = _looks(page)
    pending: list[str] = []
    line, technique = 1, None
    for item in page.items:
        if isinstance(item, Comment):
            yield _run("comment", item.text, item.line)
            continue
        hidden = _technique(item, looks)
        if hidden != technique and pending:
            yield _run(technique or "", " ".join(" ".join(pending).split()), line)
            pending = []
        if hidden is not None:
            line = item.line if not pending else line
            pending.append(item.text)
        technique = hidden
    if pending:
        yield _run(technique or "", " ".join(" ".join(pending).split()), line)


def _technique(words: Words, looks: dict[int, TextLook]) -> str | None:
    if words.element.tag in _NO_TEXT and "}" not in words.element.tag:
        return None
    return looks[id(words.element)].technique


def _looks(page: WebPage) -> dict[int, TextLook]:
    """The look of each element, by its identity."""
    budget = Budget()
    cascade = Cascade(page.sheets, budget)
    # With an external style sheet the colour behind text is anyone's guess.
    top = TextLook(background=None) if page.linked_styles else TextLook()
    looks: dict[int, TextLook] = {}
    for element in CountedElement.top(page.root, budget).iter_subtree():
        outer = looks[id(element.parent.etree_element)] if element.parent is not None else top
        looks[id(element.etree_element)] = _look(element, outer, cascade)
    return looks


def _look(element: CountedElement, outer: TextLook, cascade: Cascade) -> TextLook:
    node = element.etree_element
    attributes = node.attrib
    declared, _ = cascade.declarations(element, _presentation(node.tag, attributes) + attributes.get("style", ""))
    look = outer.inside(declared)
    if look.boxed:
        return look
    by_nature = _BY_NATURE.get(node.tag)
    shown = "display" in declared
    if by_nature or (node.tag == "dialog" and "open" not in attributes and not shown):
        return replace(look, boxed=by_nature or "dialog")
    if "hidden" in attributes and attributes["hidden"] != "until-found" and not shown:
        return replace(look, boxed="hidden-attribute")
    if attributes.get("aria-hidden", "").lower() == "true" and look.quiet is None:
        return replace(look, quiet="aria-hidden")
    return look


def _presentation(tag: str, attributes: dict[str, str]) -> str:
    """Attributes that style, as declarations that any other one precedes."""
    styles = ""
    if "bgcolor" in attributes:
        styles += f"background-color:{_value(attributes['bgcolor'])};"
    if tag in ("font", "body", "basefont") and ("color" in attributes or "text" in attributes):
        styles += f"color:{_value(attributes.get('color') or attributes.get('text', ''))};"
    if tag in ("text", "tspan", "textpath", "svg", "g"):
        if "fill" in attributes:
            styles += f"-webkit-text-fill-color:{_value(attributes['fill'])};"
        for name in ("opacity", "font-size", "visibility", "display"):
            if name in attributes:
                unit = "px" if name == "font-size" and attributes[name].replace(".", "").isdigit() else ""
                styles += f"{name}:{_value(attributes[name])}{unit};"
    return styles


def _value(attribute: str) -> str:
    return attribute.replace(";", "").replace("{", "").replace("}", "").strip()


def _run(technique: str, text: str, line: int) -> HiddenRun:
    if technique == "screen-reader" and len(text.split()) > _LONG_FOR_READERS_ALOUD:
        technique = "zero-size"
    return HiddenRun(technique=f"html-{technique}", text=text.strip(), place=f"line {line}")
