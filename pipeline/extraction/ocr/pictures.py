"""The only importer of Pillow: files that are pictures → grey pictures of a size that can be read.

Invariants: the size of a picture is known and checked before its pixels are decoded. Pages of a file are decoded one
after the other, when they are asked for.
"""

import io
import warnings
from collections.abc import Iterator
from typing import NamedTuple

from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageDraw,
    ImageFont,
    IptcImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from pipeline.extraction.containers import Refused

MOST_PIXELS = 80_000_000
"""Pixels of a picture that is decoded: more than a page of A3 at 600 dots per inch."""
_READ_PIXELS = 12_000_000
"""Pixels of a picture that is read: a page of A4 at 350 dots per inch."""
_LONGEST_SIDE = 30_000
_DENSE, _COARSE = 300, 150
"""Dots per inch beyond which a picture is reduced, and below which it is enlarged, since its letters are small."""
_SHARP, _SHORT, _MOST_ENLARGED = 2000, 1500, 3.0
"""Pixels of the longer side that a picture keeps or gets, those below which it is enlarged, and how much at most."""
_AVERAGED, _CONTRAST, _INK = 4, 64, 0.0005
"""A page is blank if of its averaged squares fewer than this share differ from the ground by this much."""
_USUAL_DPI, _BELIEVED_DPI = 200, range(70, 2401)
_LEAST_SIDE, _LEAST_PIXELS = 24, 6000
"""Sides and pixels from which a picture may hold text; smaller ones are icons, lines and counters."""
_FORMATS = tuple(
    reader.format
    for reader in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
        BmpImagePlugin.BmpImageFile,
    )
)
"""Formats whose readers are loaded here, before the sandbox closes; no other reader of Pillow ever runs."""
_WHITE, _BLACK = 255, 0
_CANARY_SIZE = 36
_XMP_TAG = 700

# Beyond twice this number Pillow refuses a picture when it is opened.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class GreyPicture(NamedTuple):
    """A picture with one byte for each pixel, row by row from the top."""

    width: int
    height: int
    pixels: bytes
    dpi: int
    """Dots per inch, as far as they are known."""


def may_hold_text(data: bytes) -> bool:
    """Whether a picture can be opened and is large enough to hold text. Its pixels are not decoded."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height = image.size
    except MemoryError:
        raise
    except Exception:
        return False
    return min(width, height) >= _LEAST_SIDE and width * height >= _LEAST_PIXELS


class Remarks(NamedTuple):
    """Words in a picture file besides the picture, as they stand there."""

    numbered: dict[int, object]
    """Values of EXIF, by the numbers of their tags."""
    news: dict[tuple[int, int], object]
    """Values of IPTC, by record and number."""
    packet: bytes
    """XMP; empty if there is none."""
    comments: list[bytes]


def remarks(data: bytes) -> Remarks:
    """The remarks in a picture file; none if it cannot be opened. Its pixels are not decoded."""
    found = Remarks({}, {}, b"", [])
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            exif = image.getexif()
            found.numbered.update(exif)
            found.numbered.update(exif.get_ifd(ExifTags.IFD.Exif))
            found.news.update(IptcImagePlugin.getiptcinfo(image) or {})
            written = [one for kind, one in getattr(image, "applist", ()) if kind == "COM"]
            comment = image.info.get("comment", b"")
            found.comments.extend(written or ([comment] if isinstance(comment, bytes) else []))
            packet = image.info.get("xmp", found.numbered.get(_XMP_TAG, b""))
            return found._replace(packet=packet if isinstance(packet, bytes) else b"")
    except MemoryError:
        raise
    except Exception:  # broken remarks are none, and the message may quote the file
        return found


def exif_of(data: bytes) -> dict[int, object]:
    """Values of EXIF that stand alone, as in a chunk of PNG; none if they are broken."""
    exif = Image.Exif()
    try:
        exif.load(data)
        return dict(exif) | dict(exif.get_ifd(ExifTags.IFD.Exif))
    except MemoryError:
        raise
    except Exception:
        return {}


def pages(data: bytes) -> Iterator[GreyPicture]:
    """The pages of a picture file, or the pictures of an animation. Raises `Refused`."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            number = 0
            while True:
                yield _readable(image)
                if image.format == "MPO":  # a photograph with smaller copies of itself
                    return
                number += 1
                try:
                    image.seek(number)
                except EOFError:
                    return
    except (MemoryError, Refused):
        raise
    except Image.DecompressionBombError:
        raise Refused("picture-size") from None
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None


def as_png(data: bytes, first: int, most: int, most_pixels: int) -> tuple[int, list[bytes]]:
    """The pages of a picture file as plain PNGs without any properties, upright, on white, and their number.

    Args:
        data: The file.
        first: Number of the first page that is wanted, from 1.
        most: Pages at most.
        most_pixels: Pixels of each at most.

    Raises:
        Refused: `corrupt` or `picture-size`.

    """
    found: list[bytes] = []
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            total = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
            for number in range(first - 1, min(total, first - 1 + most)):
                image.seek(number)
                found.append(_plain_png(image, most_pixels))
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None
    return total, found


def _plain_png(image: Image.Image, most_pixels: int) -> bytes:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Refused("picture-size")
    layers = image.convert("RGBA")
    plain = Image.new("RGB", image.size, (_WHITE, _WHITE, _WHITE))
    plain.paste(layers, mask=layers.getchannel(3))
    factor = min(1.0, (most_pixels / (width * height)) ** 0.5)
    if factor < 1.0:
        plain = plain.resize((max(1, int(width * factor)), max(1, int(height * factor))), reducing_gap=2.0)
    buffer = io.BytesIO()
    _upright(image, plain).save(buffer, "PNG")
    return buffer.getvalue()


def turned(picture: GreyPicture, degrees: int) -> GreyPicture:
    """The picture, turned counter-clockwise by quarters."""
    image = Image.frombytes("L", (picture.width, picture.height), picture.pixels).rotate(degrees, expand=True)
    return GreyPicture(image.width, image.height, image.tobytes(), picture.dpi)


def is_blank(picture: GreyPicture) -> bool:
    """Whether a page has nothing on it but its ground."""
    image = Image.frombytes("L", (picture.width, picture.height), picture.pixels)
    counts = image.reduce(_AVERAGED).histogram()
    ground = counts.index(max(counts))
    inked = sum(count for shade, count in enumerate(counts) if abs(shade - ground) > _CONTRAST)
    return inked < _INK * sum(counts)


def drawn(*lines: str) -> bytes:
    """A picture of some lines, as a PNG."""
    font = ImageFont.load_default(_CANARY_SIZE)
    image = Image.new("L", (900, 60 + 80 * len(lines)), _WHITE)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((60, 30 + 80 * number), line, font=font, fill=_BLACK)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _readable(image: Image.Image) -> GreyPicture:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Refused("picture-size")
    dpi = _dpi(image)
    factor = min(1.0, (_READ_PIXELS / (width * height)) ** 0.5, _LONGEST_SIDE / max(width, height))
    if dpi is not None and dpi > _DENSE:
        factor = min(factor, max(_DENSE / dpi, _SHARP / max(width, height)))
    elif (dpi is None or dpi < _COARSE) and max(width, height) < _SHORT:
        factor = min(_MOST_ENLARGED, _SHARP / max(width, height))
    image.load()
    grey = _grey(image)
    if factor != 1.0:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        grey = grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    grey = _upright(image, grey)
    return GreyPicture(grey.width, grey.height, grey.tobytes(), min(1200, round((dpi or _USUAL_DPI) * factor)))


def _dpi(image: Image.Image) -> int | None:
    """The resolution that the file states, if it can be true."""
    try:
        stated = round(float(image.info.get("dpi", (0, 0))[0]))
    except (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError):
        return None
    return stated if stated in _BELIEVED_DPI else None


def _grey(image: Image.Image) -> Image.Image:
    """Shades of grey, on a ground that the letters stand out from where it is transparent."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = image.convert("F")
        low, high = (float(value) for value in values.getextrema())  # type: ignore[arg-type]
        factor = _WHITE / max(high - low, 1.0)
        return values.point(lambda value: value * factor - low * factor).convert("L")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        layers = image.convert("LA")
        shade, cover = layers.getchannel(0), layers.getchannel(1)
        counts = shade.histogram(cover.point(lambda value: _WHITE if value > _WHITE // 2 else 0).convert("1"))
        is_light = sum(counts[128:]) > sum(counts[:128])
        ground = Image.new("L", image.size, _BLACK if is_light else _WHITE)
        ground.paste(shade, mask=cover)
        return ground
    return image.convert("L")


def _upright(image: Image.Image, copy: Image.Image) -> Image.Image:
    """A copy of the picture as viewers show it, which turn it by a mark in its properties."""
    try:
        turn = _TURNS.get(int(image.getexif().get(0x0112, 1)))
    except MemoryError:
        raise
    except Exception:  # broken properties turn nothing
        return copy
    return copy if turn is None else copy.transpose(turn)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Values of the property "orientation" and how a viewer turns the picture; see the standard EXIF 2.3, section 4.6.4."""
