"""Properties that a shape of a slide inherits from the placeholders of its layout and master: ECMA-376 19.3.1.36."""

from dataclasses import dataclass

from pipeline.extraction.office.parts import DRAWING, SLIDE, Element

_TITLES = frozenset({"title", "ctrTitle"})
_FIXED = frozenset({"dt", "ftr", "sldNum", "hdr"})
_BODY = "body"


@dataclass(frozen=True, slots=True)
class SlideStyles:
    """Where the shapes of one slide find properties that they do not have themselves."""

    layout: Element | None = None
    master: Element | None = None
    defaults: Element | None = None
    """`p:defaultTextStyle` of the presentation, for shapes that are not placeholders."""

    def parents(self, shape: Element) -> list[Element]:
        """The placeholders of the layout and of the master that a shape stands for, nearest first."""
        own = _placeholder(shape)
        if own is None:
            return []
        kind, found = own.get("type", "obj"), []
        for root, by_number in ((self.layout, True), (self.master, False)):
            holders = [(one, ph) for one in _shapes(root) if (ph := _placeholder(one)) is not None]
            match = next((one for one, ph in holders if by_number and ph.get("idx", "0") == own.get("idx", "0")), None)
            if match is None:
                match = next((one for one, ph in holders if _is_alike(ph.get("type", "obj"), kind)), None)
            if match is not None:
                found.append(match)
                kind = _kind_of(match, kind)
        return found

    def text(self, shape: Element, parents: list[Element], level: int) -> list[Element]:
        """The default properties of runs of a level (from 1), nearest first, without those of the shape itself."""
        name = f"{DRAWING}lvl{level}pPr/{DRAWING}defRPr"
        lists = [one.find(f"{SLIDE}txBody/{DRAWING}lstStyle") for one in parents]
        own = _placeholder(shape)
        if own is None:
            lists.append(self.defaults)
        elif self.master is not None:
            kind = next((_kind_of(one, "") for one in reversed(parents)), own.get("type", "obj"))
            style = "titleStyle" if kind in _TITLES else "otherStyle" if kind in _FIXED else "bodyStyle"
            lists.append(self.master.find(f"{SLIDE}txStyles/{SLIDE}{style}"))
        return [found for one in lists if one is not None and (found := one.find(name)) is not None]


def _is_alike(kind: str, other: str) -> bool:
    if kind in _TITLES:
        return other in _TITLES
    if kind in _FIXED or other in _FIXED:
        return kind == other
    return kind == _BODY and other not in _TITLES


def _kind_of(shape: Element, usual: str) -> str:
    holder = _placeholder(shape)
    return holder.get("type", "obj") if holder is not None else usual


def _placeholder(shape: Element) -> Element | None:
    return next((found for one in shape if (found := one.find(f"{SLIDE}nvPr/{SLIDE}ph")) is not None), None)


def _shapes(root: Element | None) -> list[Element]:
    tree = root.find(f"{SLIDE}cSld/{SLIDE}spTree") if root is not None else None
    return [one for one in tree if one.tag in (SLIDE + "sp", SLIDE + "pic")] if tree is not None else []
