"""Extraction as the gate sees it: bytes in, `ExtractedText` out, whatever the bytes are.

Invariant: no text of a child process is passed on before that very process has read the canaries that vouch for its
kind (law 3).
"""

import secrets
from collections.abc import Collection
from importlib.metadata import version
from random import Random
from typing import Self

from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.extraction import canaries, decoding
from pipeline.extraction import media_types as kinds
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.settings.application import ExtractionSettings

FAILURES = frozenset(
    {
        "encrypted",  # cannot be read without a password
        "corrupt",  # not what its first bytes say, or not parseable
        "encoding-doubtful",  # its bytes are characters of no encoding, or of one of several
        "unsupported",  # no text format: an archive, an image, a program
        "no content",  # a file of a document format without any bytes
        "empty",  # a document format without any text, such as a scan
        "nesting",  # documents inside documents, too deep
        "output-size",  # more text than allowed
        "timeout",
        "memory",
        "crashed",
        "protocol",  # the child answered nonsense
    }
)
"""Every word `ExtractedText.failure` can be."""

REVISION = 15
"""Raised whenever the same bytes could give another text: part of every document's provenance."""

MAX_HIDDEN_BYTES = 16 << 20
"""Room for hidden runs beside the text; their number and length are bounded in `hidden`."""

_PROVE_EVERY = 5000
"""Documents between two proofs; every new child process is proved too."""

_WORKER = "pipeline.extraction.worker:create"


class Extractor:
    """Extracts text in one child process, which it starts when the first document needs it."""

    def __init__(self, settings: ExtractionSettings | None = None) -> None:
        self._settings = settings or ExtractionSettings()
        self.name = f"corpusgate {REVISION}, kreuzberg {version('kreuzberg')}, pypdfium2 {version('pypdfium2')}"
        bounds = self._settings.model_dump(include={"max_characters", "max_depth", "read_archives"})
        self._child = ChildProcess(_WORKER, _child_limits(self._settings), bounds)
        self._proved: dict[str, int] = {}
        """Name of a canary to the child that last answered it."""
        self._since_proof = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def peak_memory_bytes(self) -> int:
        """Most resident memory the child was seen to have."""
        return self._child.peak_memory_bytes

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def extract(self, data: bytes, uri: str, media_type: str | None = None) -> ExtractedText:
        """The normalised text of `data`, whatever it is.

        Raises `ChildFailure` when the child process cannot be started, `CanaryMissed` when it cannot be trusted.
        """
        kind = kinds.sniff(data, uri, media_type)
        if kinds.is_hollow(data, uri, kind):
            return self._answer("", kind, "no content")
        if kind not in kinds.PARSED | kinds.PLAIN:
            return self._answer("", kind, "unsupported")
        if kind in kinds.PLAIN and decoding.is_ascii(data):
            if len(data) > self._settings.max_characters:
                return self._answer("", kind, "output-size")
            return self._answer(normalise_text(data.decode("ascii")), kind)
        extracted, nested = self._extract_in_child(data, kind)
        child = self._child.restarts
        self._since_proof += 1
        if self._since_proof >= _PROVE_EVERY:
            self._proved.clear()
            self._since_proof = 0
        vouching = canaries.EVERY if nested else canaries.vouching(extracted.media_type)
        if kind not in kinds.CONTAINERS:  # only for these the child knows better than the first bytes
            vouching |= canaries.vouching(kind)
        if any(self._proved.get(name) != child for name in vouching):
            self.prove(vouching)
            if extracted.failure is None and any(self._proved[name] != child for name in vouching):
                return self._answer("", kind, "crashed")  # the child died before it could be put to the proof
        return extracted

    def prove(self, names: Collection[str] = canaries.EVERY) -> None:
        """Raise `CanaryMissed` unless the child reads fresh canaries of the given names and reports what they hide."""
        chance = Random(secrets.randbits(64))  # noqa: S311
        for canary in canaries.files(chance):
            if canary.name not in names:
                continue
            kind = kinds.sniff(canary.data, canary.name)
            # A second try: the child may have died of what a document did to it, and its successor be sound.
            if not any(canary.answered_by(self._extract_in_child(canary.data, kind)[0]) for _ in range(2)):
                raise CanaryMissed(
                    f"Extraction did not see all of {canary.name}, so no text it gave can be trusted.",
                    done="The run was stopped.",
                    fix="Run `corpusgate doctor`; the installed parsers may be broken or of another version.",
                )
            self._proved[canary.name] = self._child.restarts

    def _extract_in_child(self, data: bytes, kind: str) -> tuple[ExtractedText, bool]:
        """The answer of the child, and whether it names several documents in the file."""
        try:
            header, payload = self._child.call({"media_type": kind}, data)
            failure = header["failure"]
            text = payload.decode("utf-8")
            hidden = tuple(HiddenRun(technique=t, text=x, place=p) for t, x, p in header.get("hidden", ()))
            if failure is not None and failure not in FAILURES:
                raise ValueError
            stated = tuple(StatedTag(**tag) for tag in header.get("stated", ()))
            nested = bool(header.get("nested"))
            return self._answer(text, str(header["media_type"]), failure, hidden, stated), nested
        except ChildFailure as death:
            if death.reason == "startup":
                raise
            return self._answer("", kind, death.reason if death.reason in FAILURES else "crashed"), False
        except (KeyError, ValueError, TypeError):
            return self._answer("", kind, "protocol"), False

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


def _child_limits(settings: ExtractionSettings) -> ChildLimits:
    return ChildLimits(
        memory_bytes=settings.memory_mb << 20,
        cpu_seconds=settings.cpu_seconds,
        wall_seconds=settings.wall_seconds,
        output_bytes=settings.max_characters * 4 + MAX_HIDDEN_BYTES,
        file_bytes=0,
        require_confinement=settings.require_confinement,
    )
