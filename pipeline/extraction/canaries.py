"""Small files of several kinds with a visible and a hidden word, made fresh each time.

A worker that reads the visible word and reports the hidden one can be trusted with that kind (law 3); `vouching` says
which canaries count for a kind. The files are written here in a few lines each, because a writing library would have
no other use.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from pipeline.domain.documents.documents import ExtractedText
from pipeline.extraction import media_types as kinds

_OFFICE = "http://schemas.openxmlformats.org"
_TYPES = f'<Types xmlns="{_OFFICE}/package/2006/content-types">{{}}</Types>'
_RELATIONS = f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{{}}</Relationships>'
_TYPE_PREFIX = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class FileCanary:
    """A file, a word its text must hold, and a word a hidden run must hold; none if the kind hides nothing."""

    name: str
    data: bytes = field(repr=False)
    seen: str
    hidden: str

    def answered_by(self, extracted: ExtractedText) -> bool:
        """Whether a working extractor made this of it."""
        return (
            extracted.failure is None
            and self.seen in extracted.text
            and (not self.hidden or any(self.hidden in run.text for run in extracted.hidden))
        )


def files(chance: Random) -> Iterator[FileCanary]:
    """One file of every kind that has a canary, pictures left out."""
    return (file(name, chance) for name in (*_MAKERS, _TEXT))


def file(name: str, chance: Random) -> FileCanary:
    """The canary of that name, with new words."""
    if name == PICTURE:
        from pipeline.extraction.ocr.pictures import drawn  # loads a library that only pictures need

        seen = word(chance)
        return FileCanary(name, drawn(word(chance), seen), seen, "")
    if name == _TEXT:
        seen = f"{word(chance)}\u00e4{word(chance)}\u20ac"
        return FileCanary(name, seen.encode(), seen, "")
    seen, hidden = word(chance), word(chance)
    return FileCanary(name, _MAKERS[name](seen, hidden), seen, hidden)


def vouching(kind: str) -> frozenset[str]:
    """Names of the canaries that must be answered before a text of that kind is believed.

    A kind without a canary of its own, or in which documents of other kinds may lie, needs all of them.
    """
    if kind in kinds.PICTURES:
        return frozenset({PICTURE})
    if kind in kinds.PLAIN:
        return frozenset({_TEXT})
    return frozenset({_OWN[kind]}) if kind in _OWN else EVERY


def word(chance: Random) -> str:
    """A word of twelve letters that means nothing."""
    return "".join(chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(6))


def _html(seen: str, hidden: str) -> bytes:
    return f'<html><body><p>{seen}</p><p style="display:none">{hidden}</p></body></html>'.encode()


def _mail(seen: str, hidden: str) -> bytes:
    head = "From: canary@example.org\r\nTo: canary@example.org\r\nSubject: canary\r\nMIME-Version: 1.0\r\n"
    return head.encode() + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + _html(seen, hidden)


def _pdf(seen: str, hidden: str) -> bytes:
    drawing = f"BT /F1 12 Tf 50 700 Td ({seen}) Tj 0 -40 Td 3 Tr ({hidden}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawing)}>>stream\n{drawing}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n"
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("ascii")


def _docx(seen: str, hidden: str) -> bytes:
    runs = f"<w:r><w:t>{seen}</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>{hidden}</w:t></w:r>"
    namespace = f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main"'
    document = f"<w:document {namespace}><w:body><w:p>{runs}</w:p></w:body></w:document>"
    return _package("word/document.xml", "wordprocessingml.document.main", {"word/document.xml": document})


def _xlsx(seen: str, hidden: str) -> bytes:
    namespace = f'xmlns="{_OFFICE}/spreadsheetml/2006/main" xmlns:r="{_OFFICE}/officeDocument/2006/relationships"'
    rows = "".join(
        f'<row r="{at}"{more}><c r="A{at}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for at, text, more in ((1, seen, ""), (2, hidden, ' hidden="1"'))
    )
    kind = f"{_OFFICE}/officeDocument/2006/relationships/worksheet"
    members = {
        "xl/workbook.xml": f'<workbook {namespace}><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            f'<Relationship Id="r1" Type="{kind}" Target="worksheets/sheet1.xml"/>'
        ),
        "xl/worksheets/sheet1.xml": f"<worksheet {namespace}><sheetData>{rows}</sheetData></worksheet>",
    }
    return _package("xl/workbook.xml", "spreadsheetml.sheet.main", members)


def _package(main: str, kind: str, members: Mapping[str, str]) -> bytes:
    types = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    types += '<Default Extension="xml" ContentType="application/xml"/>'
    types += f'<Override PartName="/{main}" ContentType="{_TYPE_PREFIX}{kind}+xml"/>'
    target = f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="{main}"'
    contents = {
        "[Content_Types].xml": _TYPES.format(types),
        "_rels/.rels": _RELATIONS.format(f'<Relationship Id="r1" {target}/>'),
        **members,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{content}')
    return buffer.getvalue()


_MAKERS: dict[str, Callable[[str, str], bytes]] = {
    "canary.html": _html,
    "canary.eml": _mail,
    "canary.pdf": _pdf,
    "canary.docx": _docx,
    "canary.xlsx": _xlsx,
}
_TEXT = "canary.txt"
PICTURE = "canary.png"
"""The canary of every document that is read with OCR."""
_OWN = {
    kinds.HTML: "canary.html",
    kinds.PDF: "canary.pdf",
    kinds.DOCX: "canary.docx",
    kinds.XLSX: "canary.xlsx",
}
EVERY = frozenset({*_MAKERS, _TEXT})
"""Names of all canaries but that of pictures."""
