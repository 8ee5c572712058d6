"""Office files written part by part, so that a test knows every character that a reader of them sees."""

import io
import zipfile
from collections.abc import Mapping
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
