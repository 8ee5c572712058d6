"""OpenDocument: what a reader sees is in the text once, in order and unchanged; what is hidden is reported."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import WORDS, archive, assert_once_in_order, open_document, open_text

MARK = "q<&hidden words>z"


def style(name: str, family: str, properties: str, parent: str = "") -> str:
    inherits = f' style:parent-style-name="{parent}"' if parent else ""
    return f'<style:style style:name="{name}" style:family="{family}"{inherits}>{properties}</style:style>'


def look(attributes: str) -> str:
    return f"<style:text-properties {attributes}/>"


LIBRE = 'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
STYLES = (
    style("ghost", "text", look('text:display="none"'))
    + style("faint", "text", look(f'{LIBRE} loext:opacity="0%"'))
    + style("raised", "text", look('style:text-position="-900% 100%"'))
    + style("sunken", "text", look('style:text-position="0% 1%"'))
    + style("white", "text", look('fo:color="#fefefe"'))
    + style("heir", "text", "", "white")
    + style("same", "text", look('fo:color="#203040" fo:background-color="#213141"'))
    + style("tiny", "text", look('fo:font-size="1pt"'))
    + style("squeezed", "text", look('fo:letter-spacing="-0.4in"'))
    + style("narrow", "text", look('style:text-scale="1%"'))
    + style("low", "paragraph", '<style:paragraph-properties fo:line-height="0.5pt"/>')
    + style("far", "paragraph", '<style:paragraph-properties fo:margin-left="-20in"/>')
    + style("dark", "table-cell", '<style:table-cell-properties fo:background-color="#203040"/>')
    + style("darker", "text", look('fo:color="#203040"'))
    + style("filled", "graphic", '<style:graphic-properties draw:fill="solid" draw:fill-color="#203040"/>')
    + style("away", "drawing-page", '<style:drawing-page-properties presentation:visibility="hidden"/>')
    + style("off", "table", '<style:table-properties table:display="false"/>')
)


def paragraph(content: str, attributes: str = "") -> str:
    return f"<text:p {attributes}>{content}</text:p>"


def span(text: str, name: str) -> str:
    return f'<text:span text:style-name="{name}">{open_text(text)}</text:span>'


def cell(content: str, attributes: str = "") -> str:
    cells = f"<table:table-cell {attributes}>{paragraph(content)}</table:table-cell>"
    return f"<table:table><table:table-row>{cells}<table:table-cell/></table:table-row></table:table>"


def box(content: str, attributes: str = "") -> str:
    return f"<draw:frame {attributes}><draw:text-box>{paragraph(content)}</draw:text-box></draw:frame>"


SHOWN: dict[str, Callable[[str], str]] = {
    "paragraph": lambda text: paragraph(open_text(text)),
    "heading": lambda text: f'<text:h text:outline-level="2">{open_text(text)}</text:h>',
    "span": lambda text: paragraph("".join(span(character, "none") for character in text)),
    "list": lambda text: f"<text:list><text:list-item>{paragraph(open_text(text))}</text:list-item></text:list>",
    "section": lambda text: f"<text:section>{paragraph(open_text(text))}</text:section>",
    "cell": lambda text: cell(open_text(text)),
    "box": lambda text: paragraph(box(open_text(text))),
    "field": lambda text: paragraph(f"<text:date>{open_text(text)}</text:date>"),
    "white on dark": lambda text: cell(span(text, "white"), 'table:style-name="dark"'),
}
HIDDEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "faint": ("odf-transparent", lambda text: paragraph(span(text, "faint"))),
    "raised": ("odf-off-page", lambda text: paragraph(span(text, "raised"))),
    "small by place": ("odf-tiny-font", lambda text: paragraph(span(text, "sunken"))),
    "tiny box": (
        "odf-tiny-line",
        lambda text: paragraph(box(open_text(text), 'svg:width="0.01in" svg:height="0.01in"')),
    ),
    "hidden field": (
        "odf-hidden-text",
        lambda t: paragraph(f'<text:user-field-get text:display="none">{open_text(t)}</text:user-field-get>'),
    ),
    "display": ("odf-hidden-text", lambda text: paragraph(span(text, "ghost"))),
    "section": (
        "odf-hidden-text",
        lambda t: f'<text:section text:display="none">{paragraph(open_text(t))}</text:section>',
    ),
    "paragraph": (
        "odf-hidden-text",
        lambda text: paragraph(f'<text:hidden-paragraph text:is-hidden="true"/>{open_text(text)}'),
    ),
    "white": ("odf-white-text", lambda text: paragraph(span(text, "white"))),
    "inherited": ("odf-white-text", lambda text: paragraph(span(text, "heir"))),
    "own background": ("odf-same-colour", lambda text: paragraph(span(text, "same"))),
    "cell": ("odf-same-colour", lambda text: cell(span(text, "darker"), 'table:style-name="dark"')),
    "shape": ("odf-same-colour", lambda text: paragraph(box(span(text, "darker"), 'draw:style-name="filled"'))),
    "tiny": ("odf-tiny-font", lambda text: paragraph(span(text, "tiny"))),
    "squeezed": ("odf-squeezed", lambda text: paragraph(span(text, "squeezed"))),
    "narrow": ("odf-squeezed", lambda text: paragraph(span(text, "narrow"))),
    "low line": ("odf-tiny-line", lambda text: paragraph(open_text(text), 'text:style-name="low"')),
    "far margin": ("odf-off-page", lambda text: paragraph(open_text(text), 'text:style-name="far"')),
    "box off the page": ("odf-off-page", lambda text: paragraph(box(open_text(text), 'svg:x="-9in" svg:width="2in"'))),
}


def writing(kind: str, body: str, styles: str = "") -> Writing:
    data = open_document(kind, body, STYLES, styles)
    return read(data, kinds.OPEN_DOCUMENT + kind).writing


@given(pieces=st.lists(st.tuples(st.sampled_from(sorted(SHOWN)), WORDS), min_size=1, max_size=8))
@settings(max_examples=200)
def test_visible_text_is_there_once_in_order_and_unchanged(pieces: list[tuple[str, str]]) -> None:
    numbered = [(how, f"{number}{text}{number}") for number, (how, text) in enumerate(pieces)]
    found = writing("text", "".join(SHOWN[how](text) for how, text in numbered))
    assert found.hidden == []
    assert_once_in_order(found.text, (text for _, text in numbered))


@pytest.mark.parametrize("how", sorted(HIDDEN))
def test_hidden_text_is_reported_and_its_neighbours_are_not(how: str) -> None:
    technique, hide = HIDDEN[how]
    found = writing("text", paragraph("before") + hide(MARK) + paragraph("after"))
    assert [(one.technique, one.text) for one in found.hidden] == [(technique, MARK)]
    assert found.text.startswith("before\n")
    assert found.text.endswith("\nafter")


def test_blanks_between_elements_are_one() -> None:
    found = writing("text", paragraph("\n  a \n b<text:span> c </text:span> d<text:s text:c='2'/>e"))
    assert found.text == "a b c d  e"


def test_parts_next_to_the_body_are_labelled_and_deleted_text_is_reported() -> None:
    deletion = f"<text:deletion>{paragraph('gone')}</text:deletion>"
    body = f"<text:tracked-changes><text:changed-region>{deletion}</text:changed-region></text:tracked-changes>"
    note = f'<text:note text:note-class="{{}}"><text:note-body>{paragraph("{}")}</text:note-body></text:note>'
    remark = f"<office:annotation><meta:date>2026</meta:date>{paragraph('remark')}</office:annotation>"
    body += paragraph("body" + note.format("footnote", "below") + note.format("endnote", "behind") + remark)
    margins = f"<style:header>{paragraph('top')}</style:header><style:footer>{paragraph('bottom')}</style:footer>"
    masters = f"<office:master-styles><style:master-page>{margins}</style:master-page></office:master-styles>"
    found = writing("text", body, masters)
    assert found.text == (
        "Header:\ntop\n\nbody[^1][^i]\n\nFootnotes:\n[^1]: below\n\nEndnotes:\n[^i]: behind\n\nFooter:\nbottom\n\n"
        "Comments:\nremark"
    )
    assert [(one.technique, one.text) for one in found.hidden] == [("odf-deleted", "gone"), ("odf-comment", "remark")]


def test_numbers_of_lists_are_written_and_go_on() -> None:
    level = '<text:list-level-style-number text:level="{}" style:num-format="{}" style:num-suffix="{}"{}/>'
    levels = level.format(1, "1", ".", "") + level.format(2, "a", ")", ' text:display-levels="2"')
    styles = f'<text:list-style style:name="L">{levels}</text:list-style>'

    def listed(*items: str, attributes: str = "") -> str:
        inner = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
        return f'<text:list text:style-name="L" {attributes}>{inner}</text:list>'

    inner = f"<text:list><text:list-item>{paragraph('inner')}</text:list-item></text:list>"
    body = listed(paragraph("one"), paragraph("two") + inner) + paragraph("between")
    body += listed(inner, paragraph("three"), attributes='text:continue-numbering="true"') + listed(paragraph("anew"))
    found = writing("text", body, styles)
    assert found.text.split("\n\n") == [
        "1. one",
        "2. two",
        "  2.a) inner",
        "between",
        "  2.b) inner",
        "3. three",
        "1. anew",
    ]


def test_slides_with_notes_and_hidden_slides() -> None:
    remember = box("remember", 'presentation:class="notes"')
    notes = f"<presentation:notes>{remember}</presentation:notes>"
    title = box("Title", 'presentation:class="title"')
    empty = box("Click to add", 'presentation:class="outline" presentation:placeholder="true"')
    body = f"<draw:page>{box('body')}{title}{empty}{notes}</draw:page>"
    body += f'<draw:page draw:style-name="away"><draw:g>{box("away")}</draw:g></draw:page>'
    found = writing("presentation", body)
    assert found.text == "## Title\n\nbody\n\nSpeaker notes:\nremember\n\naway"
    assert [(one.technique, one.text, one.place) for one in found.hidden] == [("odf-hidden-slide", "away", "slide 2")]


def test_sheets_with_repeated_and_hidden_cells() -> None:
    def row(*cells: str, attributes: str = "") -> str:
        return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"

    def value(text: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}>{paragraph(text)}</table:table-cell>"

    gap = '<table:table-cell table:number-columns-repeated="9"/>'
    endless = row(
        '<table:table-cell table:number-columns-repeated="16384"/>', attributes='table:number-rows-repeated="1000000"'
    )
    rows = (
        row(value("name"), gap, value("key"))
        + row(attributes='table:number-rows-repeated="5"')
        + row(value("twice", 'table:number-columns-repeated="2"'))
    )
    rows += row(value("unseen"), attributes='table:visibility="collapse"') + endless
    other = f'<table:table table:name="Two" table:style-name="off">{row(value("hidden"))}</table:table>'
    found = writing("spreadsheet", f'<table:table table:name="One">{rows}</table:table>{other}')
    assert found.text == (
        "## One\n\n| name |  | key |\n| --- | --- | --- |\n| twice | twice |  |\n| unseen |  |  |\n\n"
        "## Two\n\n| hidden |\n| --- |"
    )
    assert [(one.technique, one.text, one.place) for one in found.hidden] == [
        ("odf-hidden-row", "unseen", "sheet 1, row 8"),
        ("odf-hidden-sheet", "hidden", "sheet 2, row 1"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '<table:table><table:table-row table:number-rows-repeated="9999999"><table:table-cell>'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>",
        '<table:table><table:table-row><table:table-cell table:number-columns-repeated="99999999">'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>",
    ],
)
def test_repetition_is_bounded(body: str) -> None:
    with pytest.raises(Refused) as refused:
        writing("spreadsheet", body)
    assert refused.value.word == "output-size"


def test_elements_nested_too_deep_and_broken_files_are_refused() -> None:
    with pytest.raises(Refused) as deep:
        writing("text", "<text:section>" * 400 + paragraph("x") + "</text:section>" * 400)
    assert deep.value.word == "nesting"
    with pytest.raises(Refused) as broken:
        read(archive({"content.xml": "<x/>"}), kinds.OPEN_DOCUMENT + "text")
    assert broken.value.word == "corrupt"


def test_macros_links_and_dde_are_reported() -> None:
    body = '<text:section><text:section-source xlink:href="https://far.example/x.odt"/></text:section>'
    body += '<text:a xlink:href="https://far.example/">a link</text:a>'
    body += '<text:section><office:dde-source office:dde-application="soffice" office:dde-topic="x"/></text:section>'
    macro = {"Basic/Standard/Module1.xml": "<x/>", "Basic/Standard/script-lb.xml": "<x/>"}
    found = read(open_document("text", body, **macro), kinds.OPEN_DOCUMENT + "text").writing
    assert [(one.technique, one.text) for one in found.hidden] == [
        ("odf-macro", "Basic/Standard/Module1.xml"),
        ("odf-external-link", "https://far.example/x.odt"),
        ("odf-dde", "soffice x"),
    ]


def placed(content: str, at: str, name: str = "", tag: str = "frame") -> str:
    left, top, width, height = at.split()
    place = f'svg:x="{left}cm" svg:y="{top}cm" svg:width="{width}cm" svg:height="{height}cm" draw:style-name="{name}"'
    inner = f"<draw:text-box>{content}</draw:text-box>" if tag == "frame" else content
    return f"<draw:{tag} {place}>{inner}</draw:{tag}>"


_FILLS = {"dark": "203040", "pale": "fefefe", "red": "c00000"}
_GRAPHIC = '<style:graphic-properties draw:fill="solid" draw:fill-color="#{}"{}/>'
_CLEAR = ' draw:opacity="30%"'
SHAPES = "".join(style(f"on-{name}", "graphic", _GRAPHIC.format(colour, "")) for name, colour in _FILLS.items())
SHAPES += style("veil", "graphic", _GRAPHIC.format("203040", _CLEAR))
INK = {"white": "ffffff", "night": "203040"}


@given(
    ink=st.sampled_from(sorted(INK)),
    behind=st.sampled_from(["", *sorted(_FILLS)]),
    over=st.sampled_from(["", "veil", *sorted(_FILLS)]),
    grouped=st.booleans(),
    in_master=st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_shapes_before_and_after_a_text_decide_about_it(
    ink: str, behind: str, over: str, grouped: bool, in_master: bool
) -> None:
    inks = "".join(style(name, "text", look(f'fo:color="#{colour}"')) for name, colour in INK.items())
    below = placed("", "1 7 18 4", f"on-{behind}", "rect") if behind else ""
    text = placed(paragraph(span("MARK", ink)), "3 8 10 2")
    text = f"<draw:g>{text}</draw:g>" if grouped else text
    above = placed("", "2 7 18 4", over if over == "veil" else f"on-{over}", "rect") if over else ""
    master = f'<style:master-page style:name="M">{below if in_master else ""}</style:master-page>'
    page = f'<draw:page draw:master-page-name="M">{"" if in_master else below}{text}{above}</draw:page>'
    data = open_document("presentation", page, inks + SHAPES, f"<office:master-styles>{master}</office:master-styles>")
    found = read(data, "application/vnd.oasis.opendocument.presentation").writing
    ground = _FILLS.get(behind, "ffffff")
    alike = (ink == "white" and ground in ("ffffff", "fefefe")) or (ink == "night" and ground == "203040")
    if over in _FILLS:
        assert [one.technique for one in found.hidden] == ["odf-under-shape"]
    else:
        assert [one.text for one in found.hidden] == (["MARK"] if alike else [])
    assert found.text == "MARK"
