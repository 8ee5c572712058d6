"""Write the PDF, DOCX and XLSX files of the demo corpus from the plain texts in configs/demo/texts.

The results are committed, so the demo itself needs none of the libraries used here. Output is deterministic: fixed
dates, fixed order, uncompressed PDF pages. In a text, `# ` starts the title, `## ` a section, `- ` a list item, `|`
a table row; a `%hidden ` paragraph becomes text that a reader does not see (vanish in DOCX, white on white in PDF).

    .venv/bin/python scripts/demo/make_demo_corpus.py [TARGET]      default: configs/demo/rev1
"""

import csv
import io
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

DEMO = Path(__file__).parents[2] / "configs" / "demo"
WHEN = datetime(2026, 9, 1, 8, 0, 0)  # noqa: DTZ001 - office formats store local time without a zone
TRUNCATED = {"engineering/lamp-room-survey.pdf": 900}
"""The broken file: cut off after so many bytes, as by an interrupted upload."""

Block = tuple[str, str | list[list[str]]]


def blocks(text: str) -> Iterator[Block]:
    """Kind and content of each block: title, heading, item, table, hidden or paragraph."""
    for piece in text.strip().split("\n\n"):
        if piece.startswith("# "):
            yield "title", piece[2:]
        elif piece.startswith("## "):
            yield "heading", piece[3:]
        elif piece.startswith("- "):
            for item in piece[2:].split("\n- "):
                yield "item", " ".join(item.split())
        elif piece.startswith("|"):
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in piece.splitlines()]
            yield "table", [rows[0], *rows[2:]]
        elif piece.startswith("%hidden "):
            yield "hidden", piece.removeprefix("%hidden ")
        else:
            yield "paragraph", " ".join(piece.split())


def pdf(text: str) -> bytes:
    """A PDF with real pages, tables and, where the text says so, white letters."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

    styles = getSampleStyleSheet()
    styles.add(ParagraphStyle("White", styles["BodyText"], textColor=colors.white, fontSize=6))
    named = {"title": "Title", "heading": "Heading2", "hidden": "White"}
    story: list[Flowable] = []
    for kind, content in blocks(text):
        if isinstance(content, list):
            cells = [[Paragraph(escape(cell), styles["BodyText"]) for cell in row] for row in content]
            story += [Table(cells, style=[("GRID", (0, 0), (-1, -1), 0.4, colors.grey)]), Spacer(1, 8)]
        elif kind == "item":
            story.append(Paragraph(escape(content), styles["BodyText"], bulletText="-"))
        else:
            story.append(Paragraph(escape(content), styles[named.get(kind, "BodyText")]))
    buffer = io.BytesIO()
    SimpleDocTemplate(
        buffer, pagesize=A4, title=text.split("\n", 1)[0][2:], author="Lanternfold", invariant=1, pageCompression=0
    ).build(story)
    return buffer.getvalue()


def docx(text: str) -> bytes:
    """A Word document; hidden paragraphs carry the vanish attribute."""
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.author, properties.created, properties.modified = "Lanternfold", WHEN, WHEN
    for kind, content in blocks(text):
        if isinstance(content, list):
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = value
        elif kind in ("title", "heading"):
            document.add_heading(content, level=0 if kind == "title" else 2)
        elif kind == "hidden":
            document.add_paragraph().add_run(content).font.hidden = True
        else:
            document.add_paragraph(content, style="List Bullet" if kind == "item" else None)
    buffer = io.BytesIO()
    document.save(buffer)
    return _same_every_time(buffer.getvalue())


def xlsx(text: str) -> bytes:
    """A workbook: `# Name` starts a sheet, the lines after it are CSV; numbers become numbers."""
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.creator, workbook.properties.created = "Lanternfold", WHEN
    for part in text.strip().split("# ")[1:]:
        name, _, lines = part.partition("\n")
        sheet = workbook.create_sheet(name.strip())
        single = "," not in lines.partition("\n")[0]
        for row in [[line] for line in lines.splitlines()] if single else csv.reader(lines.splitlines()):
            sheet.append([_number(cell) for cell in row])
    workbook.properties.modified = WHEN
    buffer = io.BytesIO()
    workbook.save(buffer)
    return _same_every_time(buffer.getvalue())


def _number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def _same_every_time(archive: bytes) -> bytes:
    """The same zip archive with one fixed date on every member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _fixed_dates(data)
            new.writestr(zipfile.ZipInfo(name, WHEN.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _fixed_dates(core: bytes) -> bytes:
    """A workbook is stamped with the moment of saving whatever the properties say."""
    head, mark, tail = core.partition(b"<dcterms:modified")
    if not mark:
        return core
    attributes, _, rest = tail.partition(b">")
    return head + mark + attributes + b">" + WHEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + rest[rest.index(b"<") :]


WRITERS = {".pdf": pdf, ".docx": docx, ".xlsx": xlsx}


def make(target: Path) -> list[str]:
    """Write every document into `target`; the relative paths of what was written."""
    written = []
    for origin in sorted((DEMO / "texts").rglob("*.*")):
        relative = str(origin.relative_to(DEMO / "texts").with_suffix(""))
        data = WRITERS[Path(relative).suffix](origin.read_text(encoding="utf-8"))
        path = target / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[: TRUNCATED.get(relative)])
        written.append(relative)
    return written


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO / "rev1"
    print(f"{len(make(folder))} documents written to {folder}")
