"""Hidden text in real files of every format, through the real child process."""

import io
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import docx
import openpyxl
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.extractor import Extractor
from tests.support.scans import without_ocr

SEEN, HIDDEN = "What a reader sees", "What only a model reads"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(without_ocr()) as one:
        yield one


def found(extractor: Extractor, data: bytes, name: str) -> list[tuple[str, str]]:
    extracted = extractor.extract(data, name)
    assert extracted.failure is None
    return [(run.technique, run.text) for run in extracted.hidden]


def pdf(draw: Callable[[Canvas], None]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 800))
    canvas.drawString(50, 750, SEEN)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def picture(mode: str = "RGB") -> ImageReader:
    buffer = io.BytesIO()
    Image.new(mode, (50, 50), (90, 120, 200) if mode == "RGB" else (90, 120, 200, 0)).save(buffer, "PNG")
    buffer.seek(0)
    return ImageReader(buffer)


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(50, 700)
    text.setTextRenderMode(3)
    text.textOut(HIDDEN)
    canvas.drawText(text)


def white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 700, HIDDEN)


def same_as_box(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.2, 0.3, 0.4)
    canvas.rect(40, 680, 400, 60, fill=1, stroke=0)
    canvas.drawString(50, 700, HIDDEN)


def off_page(canvas: Canvas) -> None:
    canvas.drawString(50, 2000, HIDDEN)


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(50, 700, HIDDEN)


def shrunk(canvas: Canvas) -> None:
    canvas.scale(0.05, 0.05)
    canvas.drawString(1000, 14000, HIDDEN)


def see_through(canvas: Canvas) -> None:
    canvas.setFillAlpha(0.0)
    canvas.drawString(50, 700, HIDDEN)


def under_picture(canvas: Canvas) -> None:
    canvas.drawString(50, 700, HIDDEN)
    canvas.drawImage(picture(), 40, 680, 300, 60)


def under_box(canvas: Canvas) -> None:
    canvas.drawString(50, 700, HIDDEN)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(40, 680, 400, 60, fill=1, stroke=0)


def clipped_away(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(40, 100, 300, 60)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(50, 700, HIDDEN)


def clipped_around(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(40, 680, 300, 60)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(50, 700, HIDDEN)


def in_form(canvas: Canvas) -> None:
    canvas.beginForm("stamp")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 700, HIDDEN)
    canvas.endForm()
    canvas.doForm("stamp")


def scan(canvas: Canvas) -> None:
    canvas.drawImage(picture(), 0, 0, 600, 800)
    invisible(canvas)


@pytest.mark.parametrize(
    ("draw", "technique"),
    [
        (invisible, "pdf-render-mode-3"),
        (white, "pdf-white-text"),
        (same_as_box, "pdf-same-colour"),
        (off_page, "pdf-off-page"),
        (tiny, "pdf-tiny-font"),
        (shrunk, "pdf-tiny-font"),
        (see_through, "pdf-transparent"),
        (under_picture, "pdf-under-image"),
        (under_box, "pdf-under-shape"),
        (clipped_away, "pdf-clipped"),
        (in_form, "pdf-white-text"),
    ],
)
def test_pdf(extractor: Extractor, draw: Callable[[Canvas], None], technique: str) -> None:
    assert found(extractor, pdf(draw), "a.pdf") == [(technique, HIDDEN)]


def test_the_text_layer_of_a_scan_is_called_so(extractor: Extractor) -> None:
    names = {technique for technique, _ in found(extractor, pdf(scan), "a.pdf")}
    assert names == {"pdf-ocr-layer"}


def white_on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0, 0, 0.3)
    canvas.rect(40, 680, 400, 60, fill=1, stroke=0)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 700, HIDDEN)


def white_on_picture(canvas: Canvas) -> None:
    canvas.drawImage(picture(), 40, 680, 300, 60)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 700, HIDDEN)


def beneath_glass(canvas: Canvas) -> None:
    canvas.drawString(50, 700, HIDDEN)
    canvas.drawImage(picture("RGBA"), 40, 680, 300, 60, mask="auto")


@pytest.mark.parametrize("draw", [white_on_dark, white_on_picture, beneath_glass, clipped_around])
def test_pdf_that_hides_nothing(extractor: Extractor, draw: Callable[[Canvas], None]) -> None:
    assert found(extractor, pdf(draw), "a.pdf") == []


def test_the_place_in_a_pdf_is_a_page(extractor: Extractor) -> None:
    def second_page(canvas: Canvas) -> None:
        canvas.showPage()
        white(canvas)

    assert [run.place for run in extractor.extract(pdf(second_page), "a.pdf").hidden] == ["page 2"]


def saved(document: "docx.document.Document") -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_docx_runs(extractor: Extractor) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph(SEEN + " ")
    paragraph.add_run("vanished words").font.hidden = True
    paragraph.add_run(" between ")
    paragraph.add_run("white words").font.color.rgb = RGBColor(255, 255, 255)
    paragraph.add_run(" between ")
    paragraph.add_run("tiny words").font.size = Pt(1)
    assert found(extractor, saved(document), "a.docx") == [
        ("docx-vanish", "vanished words"),
        ("docx-white-text", "white words"),
        ("docx-tiny-font", "tiny words"),
    ]


def test_docx_styles_headers_revisions_and_comments(extractor: Extractor) -> None:
    document = docx.Document()
    style = document.styles.add_style("Ghost", WD_STYLE_TYPE.PARAGRAPH)
    style.font.hidden = True
    document.add_paragraph(SEEN)
    document.add_paragraph("by style", style="Ghost")
    document.sections[0].header.paragraphs[0].add_run("in header").font.hidden = True
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    gone = OxmlElement("w:delText")
    gone.text = "deleted words"
    run.append(gone)
    deleted.append(run)
    document.paragraphs[0]._p.append(deleted)
    document.add_comment(document.paragraphs[0].runs[0], text="a remark", author="Ann")
    assert sorted(found(extractor, saved(document), "a.docx")) == [
        ("docx-comment", "a remark"),
        ("docx-deleted", "deleted words"),
        ("docx-vanish", "by style"),
        ("docx-vanish", "in header"),
    ]


def test_docx_that_hides_nothing(extractor: Extractor) -> None:
    document = docx.Document()
    document.add_paragraph(SEEN)
    cell = document.add_table(1, 1, style="Table Grid").cell(0, 0)
    shade = OxmlElement("w:shd")
    shade.set(qn("w:fill"), "1F3864")
    cell._tc.get_or_add_tcPr().append(shade)
    cell.paragraphs[0].add_run("white on blue").font.color.rgb = RGBColor(255, 255, 255)
    shown = document.add_paragraph().add_run("not vanished")
    shown.font.hidden = False
    assert found(extractor, saved(document), "a.docx") == []


def test_xlsx(extractor: Extractor) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([SEEN, "white words", "white on red", "in column"])
    sheet.append(["in row"])
    sheet["B1"].font = Font(color="FFFFFFFF")
    sheet["C1"].font, sheet["C1"].fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FFAA0000")
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet["A1"].comment = Comment("a remark", "Ann")
    other = book.create_sheet("Other")
    other["A1"] = "in sheet"
    other.sheet_state = "veryHidden"
    buffer = io.BytesIO()
    book.save(buffer)
    assert sorted(found(extractor, buffer.getvalue(), "a.xlsx")) == [
        ("xlsx-comment", "a remark"),
        ("xlsx-hidden-column", "in column"),
        ("xlsx-hidden-row", "in row"),
        ("xlsx-hidden-sheet", "in sheet"),
        ("xlsx-white-text", "white words"),
    ]


def test_mail(extractor: Extractor) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "Hello"
    message.set_content(SEEN)
    message.add_alternative(f"<p>{SEEN}</p><p style='font-size:0'>{HIDDEN}</p>", subtype="html")
    extracted = extractor.extract(message.as_bytes(), "a.eml")
    assert extracted.hidden == (HiddenRun(technique="html-tiny-font", text=HIDDEN, place="part 3, line 1"),)


def test_html(extractor: Extractor) -> None:
    page = f"<html><p>{SEEN}</p><p style='opacity:0'>{HIDDEN}</p></html>"
    assert found(extractor, page.encode(), "a.html") == [("html-zero-opacity", HIDDEN)]
