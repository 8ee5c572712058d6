"""Words in a picture file besides the picture are read as its properties, wherever the picture is."""

import io
import struct
import zlib
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from PIL import Image, PngImagePlugin
from reportlab.pdfgen.canvas import Canvas

from pipeline.domain.declarations.file_properties import FileProperty, stated_by_properties
from pipeline.extraction import media_types as kinds
from pipeline.extraction import properties
from tests.support.office_files import archive

WORDS = "The crew of the ferry leaves at nine on Sundays"
PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{WORDS}</dc:description>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


def saved(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def exif(number: int, value: object) -> bytes:
    block = Image.Exif()
    block[number] = value
    return block.tobytes()


def user_comment(value: bytes) -> bytes:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9286] = value
    return block.tobytes()


def with_text(*, packed: bool, international: bool = False) -> bytes:
    info = PngImagePlugin.PngInfo()
    if international:
        info.add_itxt("Comment", WORDS, zip=packed)
    else:
        info.add_text("Comment", WORDS, zip=packed)
    return saved("PNG", pnginfo=info)


def behind_its_pixels() -> bytes:
    body = b"tEXtNote\0" + WORDS.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    png = saved("PNG")
    return png[:-12] + chunk + png[-12:]


def with_news() -> bytes:
    value = WORDS.encode()
    field = b"\x1c\x02\x78" + struct.pack(">H", len(value)) + value
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(field)) + field + b"\0" * (len(field) % 2)
    segment = b"Photoshop 3.0\0" + block
    jpeg = saved("JPEG")
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


PICTURES: dict[str, Callable[[], bytes]] = {
    "EXIF in JPEG": lambda: saved("JPEG", exif=exif(0x010E, WORDS)),
    "EXIF in PNG": lambda: saved("PNG", exif=exif(0x8298, WORDS)),
    "EXIF in WebP": lambda: saved("WEBP", exif=exif(0x013B, WORDS)),
    "Windows": lambda: saved("JPEG", exif=exif(0x9C9C, WORDS.encode("utf-16-le"))),
    "user comment": lambda: saved("JPEG", exif=user_comment(b"ASCII\0\0\0" + WORDS.encode())),
    "user comment in UTF-16": lambda: saved("JPEG", exif=user_comment(b"UNICODE\0" + WORDS.encode("utf-16-le"))),
    "tag of TIFF": lambda: saved("TIFF", description=WORDS),
    "XMP in JPEG": lambda: saved("JPEG", xmp=PACKET),
    "XMP in WebP": lambda: saved("WEBP", xmp=PACKET),
    "XMP in PNG": lambda: saved("PNG", pnginfo=packet_as_text()),
    "comment in JPEG": lambda: saved("JPEG", comment=WORDS.encode()),
    "comment in GIF": lambda: saved("GIF", comment=WORDS.encode()),
    "IPTC": with_news,
    "text": lambda: with_text(packed=False),
    "packed text": lambda: with_text(packed=True),
    "international text": lambda: with_text(packed=False, international=True),
    "packed international text": lambda: with_text(packed=True, international=True),
    "text behind the pixels": behind_its_pixels,
}


def packet_as_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", PACKET.decode())
    return info


def found(data: bytes, kind: str) -> list[FileProperty]:
    return list(properties.find(data, kind, inner_text=True, depth=0))


@pytest.mark.parametrize("how", sorted(PICTURES))
def test_words_in_a_picture_file_are_its_properties(how: str) -> None:
    data = PICTURES[how]()
    assert WORDS in [one.value for one in found(data, kinds.sniff(data, ""))]


@pytest.mark.parametrize("how", sorted(PICTURES))
def test_a_picture_inside_a_document_is_looked_at(how: str) -> None:
    data = PICTURES[how]()
    ending = kinds.sniff(data, "").rpartition("/")[2]
    document = archive({"word/document.xml": "<a/>", f"word/media/one.{ending}": data})
    assert (WORDS, "a file inside it") in [(one.value, one.holder) for one in found(document, kinds.DOCX)]


def test_a_photograph_in_a_pdf_is_looked_at() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0)
    canvas.drawString(50, 700, "What a reader sees")
    canvas.save()
    photograph = b"9 0 obj\n<</Subtype/Image>>\nstream\n" + PICTURES["EXIF in JPEG"]() + b"\nendstream\nendobj\n"
    data = buffer.getvalue().replace(b"%%EOF", photograph + b"%%EOF")
    assert WORDS in [one.value for one in found(data, kinds.PDF)]


def test_a_photograph_in_a_mail_is_looked_at() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Photographs"
    mail.set_content("See the picture.")
    mail.add_attachment(PICTURES["EXIF in JPEG"](), maintype="image", subtype="jpeg", filename="one.jpg")
    assert WORDS in [one.value for one in found(mail.as_bytes(), kinds.EMAIL)]


def test_a_keyword_that_keeps_readers_away_is_stated() -> None:
    keyword = saved("JPEG", exif=exif(0x9C9E, "confidential".encode("utf-16-le")))
    (tag,) = stated_by_properties(found(keyword, "image/jpeg"))
    assert (tag.key, str(tag.level)) == ("classification", "confidential")


@pytest.mark.parametrize("cut", [9, 20, 40, 60, 200])
def test_broken_remarks_are_none(cut: int) -> None:
    for how in sorted(PICTURES):
        data = PICTURES[how]()
        assert all(isinstance(one.value, str) for one in found(data[:cut], kinds.sniff(data, "")))
