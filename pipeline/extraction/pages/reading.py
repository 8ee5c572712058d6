"""A page as a browser shows it: its text, and the runs that a reader does not see."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.pages import addresses, hiding, presentation
from pipeline.extraction.pages.page_tree import StyleSheet, WebPage, parsed
from pipeline.extraction.pages.styled import styles
from pipeline.extraction.pages.writer import Writer

_DEEPEST_FRAME = 3
_LONGEST_TITLE = 30
"""Words of a title that a browser shows at most."""


@dataclass(slots=True)
class PageText:
    """The text of a page and its hidden runs."""

    text: str
    hidden: list[HiddenRun] = field(default_factory=list)
    seen: str = ""
    """The text without what is hidden."""


def read(
    text: str,
    *,
    is_xml: bool | None = None,
    linked: Callable[[str], str | None] = lambda _: None,
    with_addresses: bool = True,
    with_title: bool = True,
    depth: int = 0,
) -> PageText:
    """Read the mark-up of a page.

    Args:
        text: The mark-up.
        is_xml: Whether it is XML; None leaves it to its first line.
        linked: Gives the style sheet at an address, if it is at hand.
        with_addresses: Whether addresses of links are written.
        with_title: Whether the title is written.
        depth: Frames around this page.

    Raises:
        Refused: It takes too long.

    """
    page = parsed(text, is_xml=text.lstrip("\ufeff \t\r\n").startswith("<?xml") if is_xml is None else is_xml)

    def fetched(address: str) -> str | None:
        sheet = addresses.held(address, "css")
        return linked(address) if sheet is None else sheet

    sheets = [fetched(address) for address in page.links]
    page.sheets[:0] = [StyleSheet(sheet) for sheet in (*_of_body(page), *sheets) if sheet is not None]
    styled = styles(page, fetched, has_unknown_sheet=None in sheets)
    inner: list[PageText] = []

    def framed(address: str, source: str | None, technique: str | None) -> str:
        mark_up = source if source is not None else addresses.held(address, "html")
        if mark_up is None or depth >= _DEEPEST_FRAME:
            return ""
        inner.append(read(mark_up, is_xml=False, with_addresses=with_addresses, with_title=False, depth=depth + 1))
        if technique:
            inner[-1].hidden.insert(0, HiddenRun(technique=f"html-{technique}", text=inner[-1].text, place="all of it"))
            inner[-1].seen = ""
        return inner[-1].text

    title = _title(page)
    body = Writer(styled, framed, with_addresses=with_addresses).written(page.root)
    shown = Writer(styled, lambda *_: "", with_addresses=False, only_seen=True).written(page.root)
    hidden = list(hiding.runs(page, styled))
    for frame in inner:
        hidden += [run.model_copy(update={"place": f"frame, {run.place}"}) for run in frame.hidden]
    if title and len(title.split()) > _LONGEST_TITLE:
        hidden.append(HiddenRun(technique="html-title", text=title, place="title"))
    if title and with_title and title not in body:
        body = f"Title: {title}\n\n{body}"
    return PageText(body, hidden, "\n\n".join([shown, *(frame.seen for frame in inner)]))


def _of_body(page: WebPage) -> list[str]:
    """The style sheet that the attribute of the body for the colour of links stands for."""
    body = page.root.find(".//body")
    if body is None or not body.get("link"):
        return []
    return [f":where(a[href]) {{{presentation.declarations('font', {'color': body.get('link', '')})}}}"]


def _title(page: WebPage) -> str:
    drawn = {id(title) for drawing in page.root.iter("svg") for title in drawing.iter("title")}
    title = next((one for one in page.root.iter("title") if id(one) not in drawn), None)
    return "" if title is None else " ".join((title.text or "").split())
