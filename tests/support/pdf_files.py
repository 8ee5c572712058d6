"""PDFs that say what a test wants, drawn with reportlab."""

import io
from collections.abc import Callable, Mapping, Sequence

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

Draw = Callable[[Canvas], None]
WIDTH, HEIGHT = 600, 800


def pdf_of(*pages: Draw) -> bytes:
    """A PDF with one page for each function."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=True)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def lines_at(left: float, top: float, texts: list[str], *, leading: float = 14, spacing: float = 0) -> Draw:
    """Lines of text below each other, in Helvetica of 11 points."""

    def draw(canvas: Canvas) -> None:
        for number, text in enumerate(texts):
            canvas.setFont("Helvetica", 11)
            canvas.drawString(left, top - number * leading, text, charSpace=spacing)

    return draw


def together(*parts: Draw) -> Draw:
    """Several drawings on one page, in that order."""

    def draw(canvas: Canvas) -> None:
        for part in parts:
            part(canvas)

    return draw


def picture(canvas: Canvas) -> None:
    """A picture that fills the page."""
    buffer = io.BytesIO()
    Image.new("RGB", (60, 80), (90, 120, 200)).save(buffer, "PNG")
    buffer.seek(0)
    canvas.drawImage(ImageReader(buffer), 0, 0, WIDTH, HEIGHT)


def with_files(data: bytes, files: Mapping[str, bytes]) -> bytes:
    """A PDF with files inside it."""
    with pypdfium2.PdfDocument(data) as document:
        for name, content in files.items():
            document.new_attachment(name).set_data(content)
        buffer = io.BytesIO()
        document.save(buffer)
    return buffer.getvalue()


def with_catalogue(entries: str, text: str = "What a reader sees") -> bytes:
    """A PDF of one line with more entries in its catalogue, written by hand."""
    return written(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET", catalogue=entries)


def written(drawing: str, resources: str = "", catalogue: str = "", page: str = "", more: Sequence[str] = ()) -> bytes:
    """A PDF of one page, written by hand.

    Args:
        drawing: Operators of the page; `/F1` is Helvetica.
        resources: More entries of the page's resources.
        catalogue: More entries of the catalogue.
        page: More entries of the page.
        more: Objects with the numbers 6, 7 and so on.

    """
    objects = (
        f"<</Type/Catalog/Pages 2 0 R{catalogue}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        f"/Resources<</Font<</F1 5 0 R>>{resources}>>{page}>>",
        stream(drawing),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        *more,
    )
    body, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer<</Size {count}/Root 1 0 R>>\n"
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("ascii")


def stream(content: str, entries: str = "") -> str:
    """An object with a stream, as it stands in a PDF written by hand."""
    return f"<<{entries}/Length {len(content)}>>stream\n{content}\nendstream"
