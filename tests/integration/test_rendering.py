"""Documents as they look, from the real child process, with values covered."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipeline.extraction.extractor import Extractor
from pipeline.extraction.pdf_pages import MOST_PIXELS
from pipeline.extraction.rendering import PROBLEMS, Renderer

CORPUS = Path(__file__).parents[2] / "configs" / "demo" / "rev1"
LETTER = CORPUS / "people" / "application-lens-technician.pdf"
MEMO = CORPUS / "people" / "contractor-notice-memo.docx"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def letter() -> Iterator[tuple[bytes, str]]:
    with Extractor() as extractor:
        data = LETTER.read_bytes()
        yield data, extractor.extract(data, LETTER.name).text


def pixels(png: bytes) -> NDArray[np.uint8]:
    """The picture, from what little of PNG is written here."""
    width, height = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT") + 4
    size = struct.unpack(">I", png[start - 8 : start - 4])[0]
    rows = np.frombuffer(zlib.decompress(png[start : start + size]), np.uint8).reshape(height, 1 + 3 * width)
    return rows[:, 1:].reshape(height, width, 3)


def test_law_04_a_value_is_black_in_the_picture(renderer: Renderer, letter: tuple[bytes, str]) -> None:
    data, text = letter
    value = "leopold.farrant@post.example.org"
    assert value in text
    plain, covered = (
        pixels(renderer.render(data, LETTER.name, text, values).pages[0].png) for values in ({}, {value: 1})
    )
    ys, xs = np.nonzero((plain != covered).any(axis=2))
    assert len(ys) > 1000
    box = covered[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    assert not box.any(), "one black bar, nothing of the value beside it"
    before = plain[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    assert before.any()


def test_law_04_no_page_is_shown_when_a_value_is_not_found_on_them(
    renderer: Renderer, letter: tuple[bytes, str]
) -> None:
    data, text = letter
    for values in ({"not on any page": 1}, {"Leopold Farrant": 40}):
        made = renderer.render(data, LETTER.name, text, values)
        assert (made.pages, made.problem) == ((), PROBLEMS["unlocated"])


def test_law_04_what_was_not_scanned_is_covered_in_html_too(renderer: Renderer) -> None:
    data = MEMO.read_bytes()
    with Extractor() as extractor:
        text = extractor.extract(data, MEMO.name).text
    whole = renderer.render(data, MEMO.name, text, {}).html
    assert whole is not None
    assert "notice period" in whole
    assert "Kittiwake" in whole
    part = renderer.render(data, MEMO.name, text.replace("Kittiwake", ""), {"notice period": 1}).html
    assert part is not None
    assert "Kittiwake" not in part
    assert "notice period" not in part
    assert "\u2588" * 9 in part


def test_html_holds_no_link_script_or_picture(renderer: Renderer) -> None:
    body = (
        "<w:p><w:r><w:t>Plain &lt;script&gt;alert(1)&lt;/script&gt;</w:t></w:r>"
        '<w:hyperlink r:id="r1"><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p>'
    )
    namespaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r0" Type="{kinds}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f"<w:document {namespaces}><w:body>{body}</w:body></w:document>")
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{kinds}/hyperlink" '
            'Target="javascript:alert(1)" TargetMode="External"/></Relationships>',
        )
    made = renderer.render(packed.getvalue(), "a.docx", "Plain script alert link", {})
    assert made.html is not None, made.problem
    assert "javascript" not in made.html
    assert "<script" not in made.html
    assert "<a" not in made.html
    assert "link" in made.html


def test_a_broken_file_and_another_format_are_named_not_shown(renderer: Renderer) -> None:
    assert renderer.render(b"%PDF-1.7\nbroken", "a.pdf", "", {}).problem == PROBLEMS["failed"]
    assert renderer.render(b"Just words.", "a.md", "Just words.", {}).problem == PROBLEMS["unsupported"]


SECRET_NOTE = b"camera of a clerk"


def photograph(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture file with properties: its left half dark, to be turned by a quarter where the kind can say so."""
    picture = Image.new(mode, size, "white")
    picture.paste("black", (0, 0, size[0] // 2, size[1]))
    properties = picture.getexif()
    properties[0x0112], properties[0x010E] = 6, SECRET_NOTE.decode()
    buffer = io.BytesIO()
    picture.save(buffer, kind, exif=properties, dpi=(72, 72))
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg"), ("TIFF", "a.tif"), ("WEBP", "a.webp")])
def test_a_picture_is_shown_as_a_plain_one_upright_and_without_properties(
    renderer: Renderer, kind: str, name: str
) -> None:
    data = photograph((80, 40), kind)
    assert SECRET_NOTE in data
    shown = renderer.render(data, name, "Words that were read", {})
    assert (shown.problem, shown.total, [page.number for page in shown.pages]) == ("", 1, [1])
    png = shown.pages[0].png
    with Image.open(io.BytesIO(png)) as plain:
        assert (plain.format, plain.mode, plain.size, dict(plain.info)) == ("PNG", "RGB", (40, 80), {})
        assert plain.getpixel((20, 5)) < plain.getpixel((20, 75))
    assert SECRET_NOTE not in png


def test_a_large_picture_is_made_smaller(renderer: Renderer) -> None:
    (page,) = renderer.render(photograph((3000, 2000)), "a.png", "Words that were read", {}).pages
    with Image.open(io.BytesIO(page.png)) as plain:
        assert plain.width * plain.height <= MOST_PIXELS
        assert plain.width / plain.height == pytest.approx(2 / 3, rel=0.01)


def test_the_pages_of_a_picture_file_are_shown_from_the_one_that_is_asked_for(renderer: Renderer) -> None:
    pages = [Image.new("L", (40, 40), 20 * number) for number in range(12)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    shown = renderer.render(buffer.getvalue(), "a.tif", "Words that were read", {}, first=11)
    assert (shown.total, [page.number for page in shown.pages]) == (12, [11, 12])
    with Image.open(io.BytesIO(shown.pages[1].png)) as plain:
        assert plain.getpixel((5, 5)) == (220, 220, 220)


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [("The key is 4711 0815", {"4711 0815": 1}, "unlocated"), ("", {}, "unread"), (" \n", {}, "unread")],
)
def test_law_04_a_picture_with_a_value_or_with_unread_words_is_not_shown(
    renderer: Renderer, text: str, values: dict[str, int], problem: str
) -> None:
    shown = renderer.render(photograph((80, 40)), "a.png", text, values)
    assert (shown.problem, shown.pages) == (PROBLEMS[problem], ())


def test_a_broken_picture_is_named_not_shown(renderer: Renderer) -> None:
    assert renderer.render(photograph((80, 40))[:90], "a.png", "Words", {}).problem == PROBLEMS["failed"]
