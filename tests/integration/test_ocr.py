"""Scans and other pictures through the real child process with OCR."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from docx.shared import Cm
from PIL import Image, ImageDraw

from pipeline.checks import doctor
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import CanaryMissed
from pipeline.extraction import canaries
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.ocr import installed, pictures
from pipeline.settings.extraction import ExtractionSettings, OcrSettings
from pipeline.workspace import Workspace
from tests.support.scans import (
    character_errors,
    clean,
    hardly_legible,
    page,
    poor,
    prose,
    reader,
    saved,
    scanned_pdf,
    without_ocr,
    worn,
)

SCAN = "Words that only the picture has"


@pytest.fixture(scope="module", autouse=True)
def _engine() -> None:
    if reason := installed.missing(OcrSettings()):
        pytest.skip(f"{reason} (scripts/test_tools.sh ocr)")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as one:
        yield one


def notes(extracted: ExtractedText) -> list[tuple[str, str]]:
    return [(run.technique, run.place.partition(", mean")[0]) for run in extracted.hidden]


def plain(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip())


@pytest.mark.parametrize(("scan", "most"), [(clean, 0.01), (worn, 0.02), (poor, 0.05)])
def test_a_scan_is_read_as_a_picture_and_as_a_page(
    extractor: Extractor, scan: Callable[..., Image.Image], most: float
) -> None:
    lines = prose(7)
    image = scan(lines, 7)
    as_file = extractor.extract(saved(image), "a.png")
    as_page = extractor.extract(scanned_pdf(image), "a.pdf")
    for extracted in (as_file, as_page):
        assert extracted.failure is None
        assert character_errors("\n".join(lines), plain(extracted.text)) <= most
        assert "tesserocr" in extracted.extractor
    assert notes(as_file) == [("picture-ocr", "page 1")]
    assert notes(as_page) == [("pdf-ocr", "page 1")]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF"])
def test_every_kind_of_picture_is_read(extractor: Extractor, kind: str) -> None:
    assert extractor.extract(saved(page([SCAN], 150), kind), "a.bin").text == SCAN


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_pixels_is_read(extractor: Extractor, mode: str) -> None:
    image = page([SCAN], 150)
    made = (
        image.convert("I").point(lambda value: value * 257).convert("I;16") if mode == "I;16" else image.convert(mode)
    )
    assert extractor.extract(saved(made, "TIFF"), "a.tiff").text == SCAN


@pytest.mark.parametrize("ground", ["black", "white"])
def test_letters_on_a_transparent_ground_are_read(extractor: Extractor, ground: str) -> None:
    letters = page([SCAN], 150).point(lambda value: 255 - value)
    shade = 255 if ground == "black" else 0
    image = Image.merge("LA", (Image.new("L", letters.size, shade), letters))
    assert extractor.extract(saved(image), "a.png").text == SCAN


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_head_is_read(extractor: Extractor, degrees: int) -> None:
    lines = prose(3)
    extracted = extractor.extract(saved(page(lines, 150).rotate(degrees, expand=True)), "a.png")
    assert character_errors("\n".join(lines), plain(extracted.text)) <= 0.03


def test_every_page_of_a_tiff_is_read(extractor: Extractor) -> None:
    first, *others = (page([f"This is page {word} of the letter"], 150) for word in ("one", "two", "three"))
    extracted = extractor.extract(saved(first, "TIFF", save_all=True, append_images=others), "a.tiff")
    assert extracted.text == "\n\n".join(f"This is page {word} of the letter" for word in ("one", "two", "three"))
    assert notes(extracted) == [("picture-ocr", "pages 1-3")]


def test_cells_of_a_table_stay_in_their_row(extractor: Extractor) -> None:
    image = page([], 200)
    pen = ImageDraw.Draw(image)
    rows = [("Account", "keeper"), ("Password", "lantern"), ("Number", "4711"), ("Harbour", "north")]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            pen.text((200 + 700 * column, 300 + 90 * number), cell, fill=0, font_size=36)
    text = extractor.extract(saved(image), "a.png").text
    assert [line.split() for line in text.splitlines()] == [list(row) for row in rows]


def test_only_the_scanned_pages_of_a_document_are_read_as_pictures(extractor: Extractor) -> None:
    extracted = extractor.extract(scanned_pdf("A typed page", page([SCAN]), "Another typed page"), "a.pdf")
    assert extracted.text == f"A typed page\n\n{SCAN}\n\nAnother typed page"
    assert notes(extracted) == [("pdf-ocr", "page 2")]


def test_a_document_without_pictures_needs_no_ocr(extractor: Extractor) -> None:
    assert "tesserocr" not in extractor.extract(scanned_pdf("A typed page"), "a.pdf").extractor


def test_words_that_a_page_draws_over_its_scan_stand_there_once(extractor: Extractor) -> None:
    stamp = "Received by the office"
    extracted = extractor.extract(scanned_pdf((page(["", "", "", "", SCAN]), [stamp])), "a.pdf")
    assert extracted.text.count(stamp) == 1
    assert SCAN in extracted.text


def test_a_layer_that_says_what_its_picture_shows_is_ordinary(extractor: Extractor) -> None:
    lines = prose(5)
    for scan in (clean, worn, poor):
        extracted = extractor.extract(scanned_pdf((scan(lines, 5), lines)), "a.pdf")
        assert plain(extracted.text) == "\n".join(lines)
        assert {technique for technique, _ in notes(extracted)} == {"pdf-ocr", "pdf-ocr-layer"}


def test_a_layer_that_says_something_else_than_its_picture_is_reported(extractor: Extractor) -> None:
    lines = prose(5)
    added = "transfer everything to the captain before winter"
    for layer in ([*lines, added], [*lines[:12], added, *lines[13:]], prose(6)):
        extracted = extractor.extract(scanned_pdf((clean(lines), layer)), "a.pdf")
        differing = [run.text for run in extracted.hidden if run.technique == "pdf-differing-layer"]
        assert len(differing) == 1, layer
        if added in layer:
            assert set(added.split()) - {"to", "the"} <= set(differing[0].split())


def test_words_of_a_picture_that_its_layer_leaves_out_are_in_the_text(extractor: Extractor) -> None:
    lines = prose(5)
    extracted = extractor.extract(scanned_pdf((clean(lines), lines[:10])), "a.pdf")
    for line in lines:
        assert extracted.text.count(line) == 1


def test_a_page_that_can_hardly_be_read_is_doubtful(extractor: Extractor) -> None:
    image = hardly_legible(prose(4))
    for data, name in ((saved(image), "a.png"), (scanned_pdf("A typed page", image), "a.pdf")):
        assert any(technique.endswith("-doubtful-ocr") for technique, _ in notes(extractor.extract(data, name)))


def test_a_page_that_shows_something_without_words_is_named_and_a_blank_one_is_not(extractor: Extractor) -> None:
    shapes = page([])
    pen = ImageDraw.Draw(shapes)
    pen.ellipse((200, 200, 900, 900), fill=90)
    pen.ellipse((500, 700, 1100, 1500), fill=160)
    extracted = extractor.extract(scanned_pdf("A typed page", page([]), shapes), "a.pdf")
    assert extracted.text == "A typed page"
    assert notes(extracted) == [("pdf-unread-page", "page 3")]


def test_pages_beyond_the_limit_are_named() -> None:
    with reader(pages=2) as few:
        scans = [page([f"This is page {word}"], 150) for word in ("one", "two", "three", "four")]
        extracted = few.extract(scanned_pdf(*scans), "a.pdf")
        assert extracted.text == "This is page one\n\nThis is page two"
        assert ("pdf-unread-page", "pages 3-4") in notes(extracted)
        extracted = few.extract(saved(scans[0], "TIFF", save_all=True, append_images=scans[1:]), "a.tiff")
        assert ("picture-unread-page", "page 3 and all that follow") in notes(extracted)


def test_without_ocr_a_scan_is_refused_and_pages_are_named() -> None:
    with Extractor(without_ocr()) as one:
        assert one.extract(saved(page([SCAN])), "a.png").failure == "no-ocr"
        assert one.extract(scanned_pdf(page([SCAN])), "a.pdf").failure == "no-ocr"
        extracted = one.extract(scanned_pdf("A typed page", page([SCAN])), "a.pdf")
        assert (extracted.text, notes(extracted)) == ("A typed page", [("pdf-unread-page", "page 2")])


def test_a_language_without_data_switches_ocr_off_and_names_its_package() -> None:
    settings = OcrSettings(languages=("eng", "tlh"))
    assert installed.find(settings) is None
    assert "tesseract-ocr-tlh" in installed.missing(settings)
    with Extractor(ExtractionSettings(ocr=settings)) as one:
        assert one.extract(saved(page([SCAN])), "a.png").failure == "no-ocr"


@pytest.mark.parametrize(("word", "fine"), [("lighthouse", True), ("\u2003", False)], ids=["letters", "a space"])
def test_the_doctor_has_a_child_read_a_drawn_word_and_says_if_it_was_read(
    word: str, fine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    monkeypatch.setattr(canaries, "word", lambda _: word)
    check = next(check for check in doctor.examine(workspace) if check.name == "ocr")
    workspace.close()
    assert check.fine is fine
    assert ("words in pictures are read" if fine else "did not read a word") in check.says


def test_pictures_attached_to_mail_are_read_under_a_label(extractor: Extractor) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "A scan"
    message.set_content("Dear Bob, see the scan.")
    message.add_attachment(saved(page([SCAN], 150)), maintype="image", subtype="png", filename="scan.png")
    message.add_attachment(saved(Image.new("L", (20, 20))), maintype="image", subtype="png", filename="dot.png")
    extracted = extractor.extract(bytes(message), "a.eml")
    assert extracted.text.endswith(f"Picture:\n{SCAN}")
    unread = [run.text for run in extracted.hidden if run.technique == "mail-picture"]
    assert unread == ["dot.png"]


def test_pictures_inside_word_files_are_read_by_setting(extractor: Extractor) -> None:
    document = docx.Document()
    document.add_paragraph("A typed line")
    document.add_picture(io.BytesIO(saved(page([SCAN], 150))), width=Cm(12))
    buffer = io.BytesIO()
    document.save(buffer)
    assert extractor.extract(buffer.getvalue(), "a.docx").text == f"A typed line\n\nPicture:\n{SCAN}"
    with reader(inside=False) as other:
        extracted = other.extract(buffer.getvalue(), "a.docx")
        assert (extracted.text, "tesserocr" in extracted.extractor) == ("A typed line", False)


def test_the_same_picture_gives_the_same_text_whatever_was_read_before() -> None:
    data = saved(worn(prose(9), 9), "JPEG", quality=40)
    with Extractor() as one, Extractor() as other:
        first = one.extract(data, "a.jpg")
        for seed in (1, 2):
            other.extract(saved(poor(prose(seed))), "other.png")
        assert first == one.extract(data, "a.jpg") == other.extract(data, "a.jpg")


def test_law_03_a_reader_of_pictures_that_went_blind_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = canaries.file

    def another(name: str, chance: random.Random) -> canaries.FileCanary:
        real = shown(name, chance)
        return canaries.FileCanary(name, real.data, "unseen", "") if name == canaries.PICTURE else real

    monkeypatch.setattr(canaries, "file", another)
    with Extractor() as one:
        assert one.extract(scanned_pdf("A typed page"), "a.pdf").text == "A typed page"
        with pytest.raises(CanaryMissed):
            one.extract(saved(page([SCAN])), "a.png")


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def _frames(count: int, kind: str) -> bytes:
    first = Image.new("L", (40, 40), 255)
    others = [Image.new("L", (40, 40), number % 250) for number in range(count - 1)]
    return saved(first, kind, save_all=True, append_images=others)


HOSTILE: dict[str, tuple[Callable[[], bytes], set[str | None]]] = {
    "a bomb of pixels": (lambda: _png_that_claims(60_000, 60_000), {"picture-size"}),
    "a bomb just under the limit": (lambda: saved(Image.new("1", (8900, 8900), 1)), {"empty"}),
    "a size that is a lie": (lambda: _png_that_claims(4000, 4000), {"corrupt"}),
    "a truncated file": (lambda: saved(clean(prose(1)))[:20_000], {"corrupt"}),
    "a truncated photograph": (lambda: saved(clean(prose(1)), "JPEG")[:9_000], {"corrupt"}),
    "one pixel wide": (lambda: saved(Image.new("L", (1, 100_000), 255)), {"empty"}),
    "one pixel high": (lambda: saved(Image.new("L", (100_000, 1), 255)), {"empty"}),
    "only a signature": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), {"corrupt"}),
    "2,500 pages of a TIFF": (lambda: _frames(2_500, "TIFF"), {"empty", "timeout"}),
    "an animation of 3,000 pictures": (lambda: _frames(3_000, "GIF"), {"empty", "timeout"}),
    "noise": (
        lambda: saved(Image.frombytes("L", (1500, 1500), random.Random(2).randbytes(1500 * 1500))),
        {None, "empty"},
    ),
}


def test_law_15_a_picture_with_marks_and_no_word_is_empty_and_the_child_goes_on(extractor: Extractor) -> None:
    assert extractor.extract(pictures.drawn("xxx"), "a.png").failure == "empty"
    assert extractor.extract(saved(page([SCAN], 150)), "after.png").text == SCAN


@pytest.mark.parametrize("name", HOSTILE)
def test_law_15_a_hostile_picture_ends_in_its_own_failure(name: str, extractor: Extractor) -> None:
    make, failures = HOSTILE[name]
    extracted = extractor.extract(make(), "a.bin")
    assert extracted.failure in failures
    if extracted.failure is None:  # nothing that was read with so much doubt is admitted unseen
        assert any(technique.endswith(("-doubtful-ocr", "-unread-page")) for technique, _ in notes(extracted))
    assert extractor.extract(saved(page([SCAN], 150)), "after.png").text == SCAN


def test_a_picture_in_an_archive_of_office_parts_is_read_once_however_often_it_is_there(extractor: Extractor) -> None:
    document = docx.Document()
    document.add_paragraph("A typed line")
    buffer = io.BytesIO()
    document.save(buffer)
    picture = saved(page([SCAN], 150))
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(3):
            archive.writestr(f"word/media/image{number}.png", picture)
    assert extractor.extract(buffer.getvalue(), "a.docx").text.count(SCAN) == 1
