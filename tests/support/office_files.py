"""Office files written part by part, so that a test knows every character that a reader of them sees."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from hypothesis import strategies as st

OFFICE = "http://schemas.openxmlformats.org"
RELATIONS = f"{OFFICE}/officeDocument/2006/relationships"
_WORD = (
    f'xmlns:w="{OFFICE}/wordprocessingml/2006/main" xmlns:r="{RELATIONS}" '
    f'xmlns:wp="{OFFICE}/drawingml/2006/wordprocessingDrawing" xmlns:a="{OFFICE}/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    f'xmlns:m="{OFFICE}/officeDocument/2006/math"'
)

WORDS = st.text(st.sampled_from("ab&<>\"' \t\u00a0\u2011\u2013é|*_#[]()\u05d0\u0628\u6f22\U0001f600"), max_size=12).map(
    lambda inner: f"q{inner}z"
)
"""Visible text with all that parsers lose: marks of XML and Markdown, white space, hyphens, other scripts."""


def assert_once_in_order(text: str, words: Iterable[str]) -> None:
    """Fail unless each of the words is in the text once, one after the other."""
    at = 0
    for word in words:
        assert text.count(word) == 1
        at = text.index(word, at) + len(word)


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def relations(*entries: tuple[str, str, str, bool]) -> str:
    """A part of relations: id, last word of the type, target, and whether it is outside the file."""
    outside = ' TargetMode="External"'
    written = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"{outside if external else ""}/>'
        for name, kind, target, external in entries
    )
    return f'<Relationships xmlns="{OFFICE}/package/2006/relationships">{written}</Relationships>'


def word(body: str, *entries: tuple[str, str, str, bool], **parts: str) -> bytes:
    """A Word file.

    Args:
        body: What stands in `w:body`.
        entries: Relations of the document.
        parts: Content of further parts by name, such as `styles` or `header1`, without their root's namespaces.

    """
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml", False)),
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(*entries),
    }
    for name, content in parts.items():
        root, _, rest = content.partition(">")
        members[f"word/{name}.xml"] = f"{root} {_WORD}>{rest}"
    return archive(members)


def run(text: str, properties: str = "") -> str:
    """A run of Word; tabs, line ends and every other non-breaking hyphen are elements."""
    pieces = []
    for at, piece in enumerate(text.split("\u2011")):
        pieces.append("<w:noBreakHyphen/>" if at else "")
        for number, between in enumerate(piece.split("\t")):
            pieces.append("<w:tab/>" if number else "")
            pieces.append(f'<w:t xml:space="preserve">{escape(between)}</w:t>' if between else "")
    return f"<w:r><w:rPr>{properties}</w:rPr>{''.join(pieces)}</w:r>"


def paragraph(content: str, properties: str = "") -> str:
    """A paragraph of Word around runs."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


_SLIDE = (
    f'xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:r="{RELATIONS}" xmlns:p="{OFFICE}/presentationml/2006/main" '
    f'xmlns:c="{OFFICE}/drawingml/2006/chart"'
)
_SHEET = f'xmlns="{OFFICE}/spreadsheetml/2006/main" xmlns:r="{RELATIONS}"'
SLIDE_SIZE = (9_000_000, 6_000_000)
"""Width and height of slides, in EMU."""


def slides(*shapes: str, notes: str = "", hidden: tuple[int, ...] = (), background: str = "") -> bytes:
    """A presentation.

    Args:
        shapes: The shapes of each slide.
        notes: Shapes of the notes of the first slide.
        hidden: Numbers of hidden slides, from 1.
        background: `p:bg` of every slide.

    """
    width, height = SLIDE_SIZE
    numbers = range(1, len(shapes) + 1)
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="s{at}"/>' for at in numbers)
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml", False)),
        "ppt/presentation.xml": f"<p:presentation {_SLIDE}><p:sldIdLst>{listed}</p:sldIdLst>"
        f'<p:sldSz cx="{width}" cy="{height}"/></p:presentation>',
        # The files are numbered against the order of the slides.
        "ppt/_rels/presentation.xml.rels": relations(
            *((f"s{at}", "slide", f"slides/slide{len(shapes) + 1 - at}.xml", False) for at in numbers)
        ),
    }
    for at, content in zip(numbers, shapes, strict=True):
        shown = ' show="0"' if at in hidden else ""
        tree = f"<p:cSld>{background}<p:spTree>{content}</p:spTree></p:cSld>"
        members[f"ppt/slides/slide{len(shapes) + 1 - at}.xml"] = f"<p:sld {_SLIDE}{shown}>{tree}</p:sld>"
    if notes:
        first = f"ppt/slides/_rels/slide{len(shapes)}.xml.rels"
        members[first] = relations(("n", "notesSlide", "../notesSlides/notesSlide1.xml", False))
        tree = f"<p:cSld><p:spTree>{notes}</p:spTree></p:cSld>"
        members["ppt/notesSlides/notesSlide1.xml"] = f"<p:notes {_SLIDE}>{tree}</p:notes>"
    return archive(members)


def shape(text: str, look: str = "", frame: str = "", fill: str = "", kind: str = "") -> str:
    """A shape of a slide with one paragraph of text; `look` stands in its run, `kind` makes it a placeholder."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    runs = "<a:br/>".join(
        f"<a:r><a:rPr>{look}</a:rPr><a:t>{escape(line)}</a:t></a:r>" if line else "" for line in text.split("\n")
    )
    about = f'<p:nvSpPr><p:cNvPr id="2" name="x"/><p:nvPr>{holder}</p:nvPr></p:nvSpPr>'
    return f"<p:sp>{about}<p:spPr>{frame}{fill}</p:spPr><p:txBody><a:p>{runs}</a:p></p:txBody></p:sp>"


def frame(left: int, top: int, width: int, height: int) -> str:
    """The place of a shape, in EMU."""
    return f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'


def book(*sheets: tuple[str, str, str], styles: str = "", strings: tuple[str, ...] = ()) -> bytes:
    """A workbook.

    Args:
        sheets: Name, state and content of each sheet.
        styles: Content of its styles.
        strings: Its shared strings, in XML.

    """
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" state="{state}" r:id="s{at}"/>'
        for at, (name, state, _) in enumerate(sheets, start=1)
    )
    numbers = range(1, len(sheets) + 1)
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml", False)),
        "xl/workbook.xml": f"<workbook {_SHEET}><sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            *((f"s{at}", "worksheet", f"worksheets/sheet{at}.xml", False) for at in numbers)
        ),
        "xl/styles.xml": f"<styleSheet {_SHEET}>{styles}</styleSheet>",
        "xl/sharedStrings.xml": f"<sst {_SHEET}>{''.join(f'<si>{one}</si>' for one in strings)}</sst>",
    }
    for at, (_, _, content) in zip(numbers, sheets, strict=True):
        members[f"xl/worksheets/sheet{at}.xml"] = f"<worksheet {_SHEET}>{content}</worksheet>"
    return archive(members)


_OPEN = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style")),
        *(("presentation", "presentation"), ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"), ("meta", "meta")),
        ("script", "script"),
    )
)


def open_document(kind: str, body: str, automatic: str = "", styles: str = "", **parts: str) -> bytes:
    """An OpenDocument file.

    Args:
        kind: `text`, `spreadsheet` or `presentation`.
        body: Its content.
        automatic: Its automatic styles.
        styles: Content of its part of styles.
        parts: Content of further parts by name.

    """
    link = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    content = f"<office:automatic-styles>{automatic}</office:automatic-styles>"
    content += f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    return archive(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {_OPEN} {link}>{content}</office:document-content>",
            "styles.xml": f"<office:document-styles {_OPEN}>{styles}</office:document-styles>",
            **parts,
        }
    )


def open_text(text: str) -> str:
    """Characters of OpenDocument, where white space is written as elements."""
    pieces = []
    for character in text:
        element = {" ": "<text:s/>", "\t": "<text:tab/>", "\n": "<text:line-break/>"}.get(character)
        pieces.append(element or escape(character))
    return "".join(pieces)
