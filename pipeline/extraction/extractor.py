"""Extraction as the gate sees it: bytes in, `ExtractedText` out, whatever the bytes are.

Invariant: no text of a child process is passed on before that very process has read the canaries that vouch for its
kind (law 3).
"""

import secrets
from collections.abc import Collection
from importlib.metadata import version
from random import Random
from typing import Self

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.extraction import canaries, decoding
from pipeline.extraction import media_types as kinds
from pipeline.extraction.ocr import installed
from pipeline.extraction.ocr.installed import OcrEngine
from pipeline.extraction.seen import installed as drawing
from pipeline.extraction.seen.comparison import LookComparison
from pipeline.extraction.seen.converting import KINDS, Converter
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.settings.extraction import ExtractionSettings

FAILURES = frozenset(
    {
        "encrypted",  # cannot be read without a password
        "corrupt",  # not what its first bytes say, or not parseable
        "encoding-doubtful",  # its bytes are characters of no encoding, or of one of several
        "unsupported",  # no text format: an archive, a film, a program
        "no-ocr",  # all its words are in pictures, and OCR is off or not installed
        "picture-size",  # a picture with more pixels than are decoded
        "no content",  # a file of a document format without any bytes
        "empty",  # a document format without any text
        "nesting",  # documents inside documents, too deep
        "styles",  # a page with more styles than are read, or too deep ones
        "output-size",  # more text than allowed
        "timeout",
        "memory",
        "crashed",
        "protocol",  # the child answered nonsense
    }
)
"""Every word `ExtractedText.failure` can be."""

REVISION = 28
"""Raised whenever the same bytes could give another text: part of every document's provenance."""

MAX_HIDDEN_BYTES = 16 << 20
"""Room for hidden runs beside the text; their number and length are bounded in `hidden`."""

_PROVE_EVERY = 5000
"""Documents between two proofs; every new child process is proved too."""

_WALL_PER_CPU = 3
"""Seconds that a second of processor time may take while other work runs on the machine."""

_WORKER = "pipeline.extraction.worker:create"


class Extractor:
    """Extracts text in one child process, which it starts when the first document needs it.

    Documents with pictures that hold words go to a second child, which has OCR loaded and more time.

    Args:
        settings: Limits.
        ocr: The engine that reads pictures, for the second child; None: found where it is installed.
        converter: Draws Office files, for the second child; None: made if LibreOffice is installed and wanted.

    """

    def __init__(
        self,
        settings: ExtractionSettings | None = None,
        *,
        ocr: OcrEngine | None = None,
        converter: Converter | None = None,
    ) -> None:
        self._settings = settings or ExtractionSettings()
        self._ocr = ocr
        self._engine = installed.find(self._settings.ocr) if ocr is None else None
        """The engine that the second child will have."""
        self._second: Extractor | None = None
        program = drawing.find(self._settings.rendering)
        self.name = library_versions() + (f", {ocr.name}" if ocr else "") + (f", {program.name}" if program else "")
        bounds = self._settings.model_dump(include={"max_characters", "max_depth", "read_archives"})
        bounds["inside"] = self._settings.ocr.inside
        if ocr is not None:
            options = self._settings.ocr.model_dump(mode="json")
            bounds["ocr"] = {"folder": ocr.folder, "languages": ocr.languages, "settings": options}
        self._child = ChildProcess(_WORKER, child_limits(self._settings, ocr), bounds)
        self._converter = converter or (Converter(program, self._settings) if program else None)
        self._comparison = LookComparison(self._child, self._converter, self._settings) if self._converter else None
        self._proved: dict[str, int] = {}
        """Name of a canary to the child that last answered it."""
        self._since_proof = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def peak_memory_bytes(self) -> int:
        """Most resident memory a child was seen to have."""
        others = (other.peak_memory_bytes for other in (self._second, self._converter) if other is not None)
        return max(self._child.peak_memory_bytes, *others, 0)

    def close(self) -> None:
        """End the child processes."""
        self._child.close()
        for other in (self._second, self._converter):
            if other is not None:
                other.close()

    def extract(self, data: bytes, uri: str, media_type: str | None = None) -> ExtractedText:
        """The normalised text of `data`, whatever it is.

        Raises `ChildFailure` when the child process cannot be started, `CanaryMissed` when it cannot be trusted.
        """
        kind = kinds.sniff(data, uri, media_type)
        if kinds.is_hollow(data, uri, kind):
            return self._answer("", kind, "no content")
        if kind in kinds.PICTURES and self._ocr is None:
            return self._with_pictures(data, uri, media_type) or self._answer("", kind, "no-ocr")
        if kind not in kinds.PARSED | kinds.PLAIN | kinds.PICTURES:
            return self._answer("", kind, "unsupported")
        if kind in kinds.PLAIN and decoding.is_ascii(data):
            if len(data) > self._settings.max_characters:
                return self._answer("", kind, "output-size")
            return self._answer(normalise_text(data.decode("ascii")), kind)
        extracted, nested, has_pictures, own = self._extract_in_child(data, kind)
        if has_pictures and (read := self._with_pictures(data, uri, media_type)) is not None:
            return read
        child = self._child.restarts
        self._since_proof += 1
        if self._since_proof >= _PROVE_EVERY:
            self._proved.clear()
            self._since_proof = 0
        vouching = canaries.EVERY if nested else canaries.vouching(extracted.media_type)
        if self._ocr is not None:
            vouching |= {canaries.PICTURE}
        if kind not in kinds.CONTAINERS:  # only for these the child knows better than the first bytes
            vouching |= canaries.vouching(kind)
        if any(self._proved.get(name) != child for name in vouching):
            self.prove(vouching)
            if extracted.failure is None and any(self._proved[name] != child for name in vouching):
                return self._answer("", kind, "crashed")  # the child died before it could be put to the proof
        if self._comparison is not None and extracted.failure is None and extracted.media_type in KINDS:
            differences = self._comparison.of(data, extracted, own)
            return extracted.model_copy(update={"hidden": (*differences, *extracted.hidden)})
        return extracted

    def _with_pictures(self, data: bytes, uri: str, media_type: str | None) -> ExtractedText | None:
        """The text with the words of its pictures, from the second child; None where there is no OCR."""
        if self._engine is None:
            return None
        if self._second is None:
            self._second = Extractor(self._settings, ocr=self._engine, converter=self._converter)
        return self._second.extract(data, uri, media_type)

    def prove(self, names: Collection[str] = canaries.EVERY) -> None:
        """Raise `CanaryMissed` unless the child reads fresh canaries of the given names and reports what they hide."""
        for name in sorted(names):
            # A second try, with another file: the child may have died of what a document did to it, and its successor
            # be sound, and OCR may misread a word.
            if not any(self._answers(name) for _ in range(2)):
                raise CanaryMissed(
                    f"Extraction did not see all of {name}, so no text it gave can be trusted.",
                    done="The run was stopped.",
                    fix="Run `corpusgate doctor`; the installed parsers may be broken or of another version.",
                )
            self._proved[name] = self._child.restarts

    def prove_drawing(self) -> None:
        """Raise `CanaryMissed` unless a fresh Office file is drawn and compared as it should be, if any is."""
        if self._comparison is not None:
            self._comparison.prove()

    def _answers(self, name: str) -> bool:
        canary = canaries.file(name, Random(secrets.randbits(64)))  # noqa: S311
        return canary.answered_by(self._extract_in_child(canary.data, kinds.sniff(canary.data, name))[0])

    def _extract_in_child(self, data: bytes, kind: str) -> tuple[ExtractedText, bool, bool, int]:
        """The answer, whether it is of several documents and has pictures to read, and the length of its own text."""
        try:
            header, payload = self._child.call({"media_type": kind}, data)
            failure = header["failure"]
            text = payload.decode("utf-8")
            hidden = tuple(HiddenRun(technique=t, text=x, place=p) for t, x, p in header.get("hidden", ()))
            if failure is not None and failure not in FAILURES:
                raise ValueError
            stated = tuple(StatedTag(**tag) for tag in header.get("stated", ()))
            nested, has_pictures = bool(header.get("nested")), bool(header.get("pictures"))
            answer = self._answer(text, str(header["media_type"]), failure, hidden, stated)
            return answer, nested, has_pictures, int(header.get("own", 0))
        except ChildFailure as death:
            if death.reason == "startup":
                raise
            return self._answer("", kind, death.reason if death.reason in FAILURES else "crashed"), False, False, 0
        except (KeyError, ValueError, TypeError):
            return self._answer("", kind, "protocol"), False, False, 0

    def _answer(
        self,
        text: str,
        kind: str,
        failure: str | None = None,
        hidden: tuple[HiddenRun, ...] = (),
        stated: tuple[StatedTag, ...] = (),
    ) -> ExtractedText:
        return ExtractedText(
            text=text, media_type=kind, extractor=self.name, hidden=hidden, stated=stated, failure=failure
        )


def library_versions() -> str:
    """Versions of this code and of its parsers, for the record of a document."""
    return f"corpusgate {REVISION}, kreuzberg {version('kreuzberg')}, pypdfium2 {version('pypdfium2')}"


def extraction_digest(settings: ExtractionSettings, detectors: str) -> str:
    """Changes whenever the same bytes could give another text or other findings; no parser is loaded for it.

    Args:
        settings: Settings of extraction.
        detectors: Digest of the detectors that scan the text.

    """
    engine = installed.find(settings.ocr)
    ocr = settings.ocr.model_dump(mode="json", exclude={"data"}) | {"engine": engine.name} if engine else None
    program = drawing.find(settings.rendering)
    drawn = (
        settings.rendering.model_dump(mode="json", exclude={"program"}) | {"name": program.name} if program else None
    )
    return digest_json({"libraries": library_versions(), "ocr": ocr, "drawn": drawn, "detectors": detectors})


def child_limits(settings: ExtractionSettings, ocr: OcrEngine | None) -> ChildLimits:
    """Limits of the child that reads documents, with more time where it reads pictures too."""
    more = settings.ocr.seconds if ocr else 0
    return ChildLimits(
        memory_bytes=settings.memory_mb << 20,
        cpu_seconds=settings.cpu_seconds + more,
        wall_seconds=settings.wall_seconds + _WALL_PER_CPU * more,
        output_bytes=settings.max_characters * 4 + MAX_HIDDEN_BYTES,
        file_bytes=0,
        reads=(ocr.folder,) if ocr else (),
        require_confinement=settings.require_confinement,
    )
