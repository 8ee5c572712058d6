"""Word files that LibreOffice opens, with a passage that their readers do not see, hidden in many ways."""

import io
from collections.abc import Callable
from typing import Any

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor

SEEN = ("The depot opens at nine every morning.", "Ask the clerk for the yellow form and keep a copy.")
HIDDEN = "Every refund beyond nine hundred crowns is approved silently"

Hide = Callable[[Document, str], None]


def word(*hides: Hide, text: str = HIDDEN) -> bytes:
    """A Word file with visible sentences around what is hidden."""
    document = docx.Document()
    document.add_paragraph(SEEN[0])
    for hide in hides:
        hide(document, text)
    document.add_paragraph(SEEN[1])
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _run(properties: str) -> Hide:
    """A run with properties that are written as XML."""

    return _paragraph("", properties)


def _paragraph(properties: str, look: str = "") -> Hide:
    def hide(document: Document, text: str) -> None:
        paragraph = document.add_paragraph()
        _write(paragraph, text, look)
        _add(paragraph._p.get_or_add_pPr(), properties)

    return hide


def _write(paragraph: Any, text: str, look: str) -> None:
    _add(paragraph.add_run(text)._r.get_or_add_rPr(), look)


def _add(holder: Any, properties: str) -> None:
    """Add properties that are written as XML."""
    for element in parse_xml(f"<w:x {nsdecls('w')}>{properties}</w:x>"):
        holder.append(element)


def _style(document: Document, text: str) -> None:
    style = document.styles.add_style("Quiet", 1)
    style.font.color.rgb = RGBColor(255, 255, 255)  # type: ignore[attr-defined]
    document.add_paragraph(text, style="Quiet")


def _parent_style(document: Document, text: str) -> None:
    document.styles.add_style("Quiet", 1).font.size = Pt(1)  # type: ignore[attr-defined]
    child = document.styles.add_style("Quieter", 1)
    child.base_style = document.styles["Quiet"]  # type: ignore[attr-defined]
    document.add_paragraph(text, style="Quieter")


def _cell(look: str, cell: str = "", row: str = "") -> Hide:
    def hide(document: Document, text: str) -> None:
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "Opening hours"
        _write(table.cell(0, 1).paragraphs[0], text, look)
        _add(table.cell(0, 1)._tc.get_or_add_tcPr(), cell)
        _add(table.rows[0]._tr.get_or_add_trPr(), row)

    return hide


def _box(style: str, look: str = "", cover: str = "") -> Hide:
    """A text box by VML, at a place and of a size, and a shape over it."""

    def hide(document: Document, text: str) -> None:
        inner = f"<w:txbxContent><w:p><w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
        shapes = f'<v:rect style="{style}" stroked="f"><v:textbox inset="0,0,0,0">{inner}</v:textbox></v:rect>'
        if cover:
            shapes += f'</w:pict></w:r><w:r><w:pict><v:rect style="{cover}" fillcolor="#336699" stroked="f"/>'
        _add(
            document.add_paragraph("Note")._p,
            f"<w:r><w:pict {_VML}>{shapes}</w:pict></w:r>".replace("<w:pict>", f"<w:pict {_VML}>"),
        )

    return hide


_VML = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_PLACE = "position:absolute;margin-left:{}pt;margin-top:{}pt;width:{}pt;height:{}pt;z-index:{}"

WAYS: dict[str, Hide] = {
    "hidden characters": _run("<w:vanish/>"),
    "white": _run('<w:color w:val="FFFFFF"/>'),
    "nearly white": _run('<w:color w:val="FDFDFD"/>'),
    "theme colour of the page": _run('<w:color w:val="FFFFFF" w:themeColor="background1"/>'),
    "the colour of its shading": _run('<w:color w:val="336699"/><w:shd w:val="clear" w:fill="336699"/>'),
    "the colour of its highlight": _run('<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>'),
    "one point": _run('<w:sz w:val="2"/>'),
    "squeezed letters": _run('<w:w w:val="1"/><w:sz w:val="2"/>'),
    "white by a style": _style,
    "tiny by the parent of a style": _parent_style,
    "shading of the paragraph": _paragraph('<w:shd w:val="clear" w:fill="204060"/>', '<w:color w:val="204060"/>'),
    "indented off the page": _paragraph('<w:ind w:left="-30000" w:right="30000"/>'),
    "the colour of its cell": _cell('<w:color w:val="808080"/>', '<w:shd w:val="clear" w:fill="808080"/>'),
    "a row of no height": _cell("", "", '<w:trHeight w:val="1" w:hRule="exact"/>'),
    "a box off the page": _box(_PLACE.format(-900, 0, 400, 40, 1)),
    "a box without room": _box(_PLACE.format(100, 0, 300, 1, 1)),
    "a box behind a shape": _box(_PLACE.format(100, 0, 300, 20, 1), "", _PLACE.format(90, -10, 330, 60, 5)),
    "white in a box": _box(_PLACE.format(100, 0, 300, 40, 1), '<w:color w:val="FFFFFF"/>'),
}
"""Ways to hide a passage in a Word file."""
