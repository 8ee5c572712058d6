"""Word files: what a reader sees is in the text once, in order and unchanged; what is hidden is reported."""

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.reading import OfficeText
from tests.support.office_files import OFFICE, WORDS, archive, assert_once_in_order, paragraph, run, word

STYLES = (
    "<w:styles>"
    '<w:style w:type="paragraph" w:styleId="Ghost"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Pale"><w:rPr><w:color w:val="FDFDFD"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Paler"><w:basedOn w:val="Base"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Base"><w:rPr><w:color w:themeColor="background1"/></w:rPr></w:style>'
    '<w:style w:type="table" w:styleId="Night"><w:rPr><w:color w:val="102030"/></w:rPr>'
    '<w:tcPr><w:shd w:val="clear" w:fill="112131"/></w:tcPr></w:style>'
    "</w:styles>"
)
MARK = "q<&hidden words>z"
DARK = '<w:shd w:val="clear" w:fill="203040"/>'
DARK_TEXT = '<w:color w:val="203040"/>'
GREY_TEXT = '<w:color w:val="808080"/>'
WHITE_TEXT = '<w:color w:val="FFFFFF"/>'


def cell(content: str, properties: str = "", table: str = "") -> str:
    cells = f"<w:tc>{properties}{paragraph(content)}</w:tc><w:tc>{paragraph(run('next', GREY_TEXT))}</w:tc>"
    return f"<w:tbl><w:tblPr>{table}</w:tblPr><w:tr>{cells}</w:tr></w:tbl>"


def anchored(content: str, frame: str = "", about: str = "", shape: str = "") -> str:
    text = f"<w:txbxContent>{paragraph(content)}</w:txbxContent>"
    box = f"<wps:wsp><wps:spPr>{shape}</wps:spPr><wps:txbx>{text}</wps:txbx></wps:wsp>"
    fallback = f"<w:pict><v:shape><v:textbox>{text}</v:textbox></v:shape></w:pict>"
    about = f'<wp:extent cx="900000" cy="900000"/><wp:docPr id="1" {about}/>'
    drawing = f"<w:drawing><wp:anchor>{frame}{about}{box}</wp:anchor></w:drawing>"
    return paragraph(
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawing}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def deleted(text: str) -> str:
    return f'<w:r><w:delText xml:space="preserve">{escape(text)}</w:delText></w:r>'


def complex_field(content: str) -> str:
    code = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> REF x </w:instrText></w:r>'
    code += '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    return paragraph(code + content + '<w:r><w:fldChar w:fldCharType="end"/></w:r>')


SHOWN: dict[str, Callable[[str], str]] = {
    "paragraph": lambda text: paragraph(run(text)),
    "split": lambda text: paragraph("".join(run(character) for character in text)),
    "inserted": lambda text: paragraph(f'<w:ins w:id="1">{run(text)}</w:ins>'),
    "moved to": lambda text: paragraph(f'<w:moveTo w:id="1">{run(text)}</w:moveTo>'),
    "control": lambda text: f"<w:sdt><w:sdtContent>{paragraph(run(text))}</w:sdtContent></w:sdt>",
    "inline control": lambda text: paragraph(f"<w:sdt><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"),
    "link": lambda text: paragraph(f'<w:hyperlink w:anchor="a">{run(text)}</w:hyperlink>'),
    "smart tag": lambda text: paragraph(f"<w:smartTag>{run(text)}</w:smartTag>"),
    "simple field": lambda text: paragraph(f'<w:fldSimple w:instr="REF x">{run(text)}</w:fldSimple>'),
    "field": lambda text: complex_field(run(text)),
    "cell": lambda text: cell(run(text)),
    "text box": lambda text: anchored(run(text)),
    "white on dark": lambda text: paragraph(run(text, WHITE_TEXT + DARK)),
    "white in dark cell": lambda text: cell(run(text, WHITE_TEXT), f"<w:tcPr>{DARK}</w:tcPr>"),
    "not vanished": lambda text: paragraph(run(text, '<w:vanish w:val="0"/>'), '<w:pStyle w:val="Ghost"/>'),
}
FILL = '<w14:textFill xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml">{}</w14:textFill>'
CLEAR = '<w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="99000"/></w14:srgbClr></w14:solidFill>'
WHITE_FILL = '<w14:solidFill><w14:schemeClr w14:val="bg1"/></w14:solidFill>'
FAR_TABLE = '<w:tbl><w:tblPr><w:tblpPr w:tblpX="-30000"/></w:tblPr><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>'

HIDDEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "not filled": ("docx-transparent", lambda text: paragraph(run(text, FILL.format("<w14:noFill/>")))),
    "filled with nothing": ("docx-transparent", lambda text: paragraph(run(text, FILL.format(CLEAR)))),
    "filled with white": ("docx-white-text", lambda text: paragraph(run(text, FILL.format(WHITE_FILL)))),
    "fitted": ("docx-squeezed", lambda text: paragraph(run(text, '<w:fitText w:val="1"/>'))),
    "floating table": ("docx-off-page", lambda text: FAR_TABLE.format(paragraph(run(text)))),
    "vanish": ("docx-vanish", lambda text: paragraph(run(text, "<w:vanish/>"))),
    "web": ("docx-web-hidden", lambda text: paragraph(run(text, "<w:webHidden/>"))),
    "by style": ("docx-vanish", lambda text: paragraph(run(text), '<w:pStyle w:val="Ghost"/>')),
    "white": ("docx-white-text", lambda text: paragraph(run(text, WHITE_TEXT))),
    "theme": (
        "docx-white-text",
        lambda text: paragraph(run(text, '<w:color w:val="000000" w:themeColor="background1"/>')),
    ),
    "style of runs": ("docx-white-text", lambda text: paragraph(run(text, '<w:rStyle w:val="Pale"/>'))),
    "inherited style": ("docx-white-text", lambda text: paragraph(run(text), '<w:pStyle w:val="Paler"/>')),
    "own shading": (
        "docx-same-colour",
        lambda text: paragraph(run(text, '<w:color w:val="203040"/><w:shd w:val="clear" w:fill="213141"/>')),
    ),
    "highlight": (
        "docx-same-colour",
        lambda text: paragraph(run(text, '<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>')),
    ),
    "cell": (
        "docx-same-colour",
        lambda text: cell(run(text, DARK_TEXT), f"<w:tcPr>{DARK}</w:tcPr>"),
    ),
    "style of tables": ("docx-same-colour", lambda text: cell(run(text), table='<w:tblStyle w:val="Night"/>')),
    "tiny": ("docx-tiny-font", lambda text: paragraph(run(text, '<w:sz w:val="2"/>'))),
    "narrow": ("docx-squeezed", lambda text: paragraph(run(text, '<w:w w:val="1"/>'))),
    "squeezed": ("docx-squeezed", lambda text: paragraph(run(text, '<w:spacing w:val="-200"/>'))),
    "raised": ("docx-off-page", lambda text: paragraph(run(text, '<w:position w:val="3000"/>'))),
    "indented": ("docx-off-page", lambda text: paragraph(run(text), '<w:ind w:left="30000"/>')),
    "frame": ("docx-off-page", lambda text: paragraph(run(text), '<w:framePr w:x="-20000" w:y="1"/>')),
    "low line": ("docx-tiny-line", lambda text: paragraph(run(text), '<w:spacing w:line="10" w:lineRule="exact"/>')),
    "box off page": (
        "docx-off-page",
        lambda text: anchored(
            run(text), '<wp:positionH relativeFrom="page"><wp:posOffset>-5000000</wp:posOffset></wp:positionH>'
        ),
    ),
    "hidden box": ("docx-vanish", lambda text: anchored(run(text), about='hidden="1"')),
    "box of its colour": (
        "docx-same-colour",
        lambda text: anchored(
            run(text, DARK_TEXT), shape='<a:solidFill><a:srgbClr val="203040"/></a:solidFill>'
        ),
    ),
    "deleted": ("docx-deleted", lambda text: paragraph(f'<w:del w:id="1">{deleted(text)}</w:del>')),
    "moved from": ("docx-deleted", lambda text: paragraph(f'<w:moveFrom w:id="1">{run(text)}</w:moveFrom>')),
}  # fmt: skip


def reading(body: str, *entries: tuple[str, str, str, bool], **parts: str) -> OfficeText:
    return read(word(body, *entries, styles=STYLES, **parts), kinds.DOCX)


@given(pieces=st.lists(st.tuples(st.sampled_from(sorted(SHOWN)), WORDS), min_size=1, max_size=8))
@settings(max_examples=200)
def test_visible_text_is_there_once_in_order_and_unchanged(pieces: list[tuple[str, str]]) -> None:
    numbered = [(how, f"{number}{text}{number}") for number, (how, text) in enumerate(pieces)]
    found = reading("".join(SHOWN[how](text) for how, text in numbered)).writing
    assert found.hidden == []
    assert_once_in_order(found.text, (text for _, text in numbered))


@pytest.mark.parametrize("how", sorted(HIDDEN))
def test_hidden_text_is_reported_and_its_neighbours_are_not(how: str) -> None:
    technique, hide = HIDDEN[how]
    found = reading(paragraph(run("before")) + hide(MARK) + paragraph(run("after"))).writing
    assert [(one.technique, one.text) for one in found.hidden] == [(technique, MARK)]
    assert (MARK in found.text) == (technique != "docx-deleted")
    assert found.text.startswith("before\n")
    assert found.text.endswith("\nafter")


def test_parts_next_to_the_body_are_labelled_and_in_order() -> None:
    body = paragraph(
        run("body") + '<w:r><w:footnoteReference w:id="7"/></w:r><w:r><w:endnoteReference w:id="8"/></w:r>'
    )
    body += '<w:sectPr><w:headerReference w:type="default" r:id="h"/><w:headerReference w:type="first" r:id="f"/>'
    body += '<w:footerReference w:type="default" r:id="g"/></w:sectPr>'
    found = reading(
        body,
        ("h", "header", "header1.xml", False),
        ("f", "header", "header2.xml", False),
        ("g", "footer", "footer1.xml", False),
        header1=f"<w:hdr>{paragraph(run('top'))}</w:hdr>",
        header2=f"<w:hdr>{paragraph(run('of no page'))}</w:hdr>",
        footer1=f"<w:ftr>{paragraph(run('bottom'))}</w:ftr>",
        footnotes=f'<w:footnotes><w:footnote w:type="separator" w:id="0">{paragraph(run("-"))}</w:footnote>'
        f'<w:footnote w:id="7">{paragraph(run("below"))}</w:footnote></w:footnotes>',
        endnotes=f'<w:endnotes><w:endnote w:id="8">{paragraph(run("behind"))}</w:endnote></w:endnotes>',
        comments=f'<w:comments><w:comment w:id="1">{paragraph(run("remark"))}</w:comment></w:comments>',
    ).writing
    assert found.text == (
        "Header:\ntop\n\nbody[^1][^i]\n\nFootnotes:\n[^1]: below\n\nEndnotes:\n[^i]: behind\n\nFooter:\nbottom\n\n"
        "Comments:\nremark"
    )
    assert [(one.technique, one.text) for one in found.hidden] == [
        ("docx-comment", "remark"),
        ("docx-unused-part", "of no page"),
    ]


def test_numbers_of_lists_are_written() -> None:
    levels = '<w:lvl w:ilvl="0"><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>'
    levels += '<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl>'
    numbering = f'<w:numbering><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    numbering += '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    depths = (0, 1, 1, 0, 1)
    body = "".join(
        paragraph(run(f"item{at}"), f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="5"/></w:numPr>')
        for at, depth in enumerate(depths)
    )
    text = reading(body, numbering=numbering).writing.text
    assert text.split("\n\n") == ["I. item0", "  a) item1", "  b) item2", "II. item3", "  a) item4"]


def test_a_drawing_that_other_programs_show_otherwise_is_reported() -> None:
    choice = f"<w:txbxContent>{paragraph(run('for all'))}</w:txbxContent>"
    other = f"<w:pict><v:textbox><w:txbxContent>{paragraph(run('for some'))}</w:txbxContent></v:textbox></w:pict>"
    body = paragraph(
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{choice}</w:drawing></mc:Choice>'
        f"<mc:Fallback>{other}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    found = reading(body).writing
    assert found.text == "Text box:\nfor all"
    assert [(one.technique, one.text) for one in found.hidden] == [("docx-fallback", "for some")]


def test_fields_and_links_that_fetch_or_run_are_reported() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> DDEAUTO c:\\cmd.exe "/k" </w:instrText></w:r>'
    )
    field += '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    found = reading(
        paragraph(field + run("body")),
        ("t", "attachedTemplate", "https://far.example/t.dotm", True),
        ("n", "attachedTemplate", "file:///C:/Templates/Normal.dotm", True),
        ("l", "hyperlink", "https://far.example/", True),
        ("o", "oleObject", "\\\\far.example\\share\\x.xlsx", True),
    )
    assert sorted(one.technique for one in found.writing.hidden) == [
        "docx-dde",
        "docx-external-link",
        "docx-remote-template",
    ]


@pytest.mark.parametrize(
    ("body", "word_of_failure"),
    [
        ("<w:sdt><w:sdtContent>" * 400 + paragraph(run("deep")) + "</w:sdtContent></w:sdt>" * 400, "nesting"),
        ("<w:p><w:r>", "corrupt"),
    ],
)
def test_hostile_structure_is_refused(body: str, word_of_failure: str) -> None:
    with pytest.raises(Refused) as refused:
        reading(body)
    assert refused.value.word == word_of_failure


def test_a_document_type_is_refused() -> None:
    body = "<w:body><w:p><w:r><w:t>shown</w:t></w:r></w:p></w:body>"
    namespace = f'xmlns:w="{OFFICE}/wordprocessingml/2006/main"'
    document = f'<!DOCTYPE w [<!ENTITY e "hidden">]><w:document {namespace}>{body}</w:document>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(Refused):
            read(archive({"word/document.xml": document.encode(encoding)}), kinds.DOCX)
    plain = document.partition("]>")[2].encode("utf-16")
    assert read(archive({"word/document.xml": plain}), kinds.DOCX).writing.text == "shown"
