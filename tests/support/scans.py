"""Pictures of pages as scanners make them, in three qualities, drawn here with the font that Pillow holds."""

import io
from collections.abc import Callable, Sequence
from random import Random

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.extraction.extractor import Extractor
from pipeline.extraction.ocr import installed
from pipeline.settings.extraction import ExtractionSettings, OcrSettings

_NOUNS = (
    "account agreement amount annual address bank bridge captain cargo certificate contact crew customer date delivery "
    "emergency engine harbour inspection invoice item keeper lantern letter meeting minutes mooring number office order"
)
_OTHERS = (
    "parties payment pressure procedure quarter report signal the of under between shall be kept and for with from"
)
WORDS = f"{_NOUNS} {_OTHERS}".split()
_INCHES = (8.27, 11.69)
_POINTS = 11


def needs_ocr() -> None:
    """Leave the test out where OCR is not installed."""
    if reason := installed.missing(OcrSettings()):
        pytest.skip(f"{reason} (scripts/test_tools.sh ocr)")


def reader(**options: object) -> Extractor:
    """An extractor that reads pictures, with other options of OCR."""
    return Extractor(ExtractionSettings(ocr=OcrSettings.model_validate(options)))


def without_ocr() -> ExtractionSettings:
    """Settings under which no picture is read, whether OCR is installed or not."""
    return ExtractionSettings(ocr=OcrSettings(mode="off"))


def prose(seed: int, lines: int = 14) -> list[str]:
    """Lines of words and a few numbers, the same for the same seed."""
    chance = Random(seed)
    made = []
    for number in range(lines):
        words = [chance.choice(WORDS) for _ in range(chance.randint(6, 9))]
        if number % 6 == 0:
            words[0] = words[0].capitalize()
        if number % 5 == 2:
            words.append(f"{chance.randint(1000, 99999)}.{chance.randint(10, 99)}")
        made.append(" ".join(words))
    return made


def page(lines: Sequence[str], dpi: int = 200, points: int = _POINTS) -> Image.Image:
    """A sheet of A4 with these lines in black on white."""
    image = Image.new("L", (round(_INCHES[0] * dpi), round(_INCHES[1] * dpi)), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(points * dpi / 72)
    for number, line in enumerate(lines):
        pen.text((dpi * 0.9, dpi * (0.9 + number * points * 1.5 / 72)), line, font=font, fill=0)
    return image


def clean(lines: Sequence[str], seed: int = 0) -> Image.Image:
    """A scan with 300 dots per inch."""
    return page(lines, 300)


def worn(lines: Sequence[str], seed: int = 0) -> Image.Image:
    """A scan with 150 dots per inch, noise, and a page that lay askew."""
    image = page(lines, 150).rotate(1.1 if seed % 2 else -0.9, Image.Resampling.BICUBIC, fillcolor=255)
    chance = Random(seed)
    noise = Image.frombytes("L", image.size, chance.randbytes(image.width * image.height))
    return Image.blend(image, noise, 0.2).filter(ImageFilter.GaussianBlur(0.6))


def poor(lines: Sequence[str], seed: int = 0) -> Image.Image:
    """A small JPEG of a page: 85 dots per inch, blurred, quality 30."""
    buffer = io.BytesIO()
    page(lines, 85).filter(ImageFilter.GaussianBlur(0.5)).save(buffer, "JPEG", quality=30)
    return Image.open(buffer)


def hardly_legible(lines: Sequence[str], seed: int = 0) -> Image.Image:
    """A thumbnail of a page, enlarged again."""
    thumbnail = page(lines, 50).filter(ImageFilter.GaussianBlur(0.8))
    return thumbnail.resize((thumbnail.width * 3, thumbnail.height * 3), Image.Resampling.BICUBIC)


QUALITIES: dict[str, Callable[..., Image.Image]] = {
    "clean": clean,
    "worn": worn,
    "poor": poor,
    "hardly legible": hardly_legible,
}


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def scanned_pdf(*pages: Image.Image | str | tuple[Image.Image, Sequence[str]]) -> bytes:
    """A PDF of pictures, of typed lines, and of pictures with an invisible layer of lines under them."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=True)
    for content in pages:
        picture, layer = content if isinstance(content, tuple) else (content, ())
        if isinstance(picture, str):
            canvas.drawString(65, 760, picture)
        else:
            canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        text = canvas.beginText(65, 842 - 65 - _POINTS)
        text.setFont("Helvetica", _POINTS, leading=_POINTS * 1.5)
        text.setTextRenderMode(3)
        for line in layer:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def character_errors(wanted: str, given: str) -> float:
    """Edits from one text to the other, as a share of the characters of the wanted one (Levenshtein's distance)."""
    before = list(range(len(given) + 1))
    for row, character in enumerate(wanted, 1):
        now = [row]
        for column, other in enumerate(given, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (character != other)))
        before = now
    return before[-1] / max(1, len(wanted))
