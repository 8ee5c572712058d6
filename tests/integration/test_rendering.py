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

from pipeline.extraction.extractor import Extractor
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
