"""Settings of extraction: bounds on the child process that opens files, and the reading of pictures."""

from typing import Any, Literal

from pydantic import Field, field_validator

from pipeline.domain.frozen import Frozen


class OcrSettings(Frozen):
    """How words in pictures are read (OCR)."""

    mode: Literal["auto", "off"] = "auto"
    """`auto`: read pictures if OCR is installed; `corpusgate doctor` says if it is. `off`: a scan is refused, and parts
    that are pictures are named as not read."""
    languages: tuple[str, ...] = Field(default=("eng",), min_length=1)
    """Languages of the pictures, as Tesseract names them. Each needs its language data; if one is missing, no picture
    is read."""
    data: str = ""
    """Folder of the language data. Empty: where the system's packages put it."""
    dpi: int = Field(default=200, ge=100, le=400)
    """Dots per inch at which pages of a PDF are drawn for reading."""
    pages: int = Field(default=100, ge=1)
    """Pages and pictures read of one document. The rest is named as not read."""
    seconds: int = Field(default=120, ge=1)
    """Processor time for the pictures of one document, in addition to `cpu_seconds`. The rest is named as not read."""
    confidence: int = Field(default=70, ge=0, le=100)
    """Mean confidence of the words of a page, in per cent, below which a reviewer must look at it."""
    inside: bool = True
    """Read pictures inside Office documents and mails, too, if they are large enough to hold text."""

    @field_validator("mode", mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """In YAML the bare word `off` is the value `false`."""
        return "off" if given is False else given


class RenderingSettings(Frozen):
    """How Office files are drawn, to compare the words that can be seen with those that were extracted."""

    office: Literal["off", "installed", "required"] = "off"
    """`off`: the text of an Office file is not compared with how it looks. `installed`: it is, if LibreOffice is
    installed; `corpusgate doctor` says if it is. `required`: a run without LibreOffice stops, and a file that cannot be
    drawn goes to a reviewer."""
    program: str = ""
    """Folder of LibreOffice's libraries. Empty: where packages put it."""
    seconds: int = Field(default=30, ge=1)
    """Processor time for drawing one document, in addition to `cpu_seconds`."""
    memory_mb: int = Field(default=1024, ge=256)
    """Memory limit of the process that draws, in megabytes."""
    max_mb: int = Field(default=64, ge=1)
    """Largest PDF that is made of a document, in megabytes."""
    hidden_characters: int = Field(default=24, ge=1)
    """Letters and digits of a passage that was extracted and cannot be seen, from which it is a finding."""
    missing_share: float = Field(default=0.05, ge=0, le=1)
    """Share of the seen letters and digits that were not extracted, from which the document is reviewed."""

    @field_validator("office", mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """In YAML the bare word `off` is the value `false`."""
        return "off" if given is False else given


class ExtractionSettings(Frozen):
    """Bounds on the extraction child process."""

    memory_mb: int = Field(default=2048, ge=256)
    """Memory limit of the extraction process, in megabytes. A document beyond any limit is quarantined."""
    cpu_seconds: int = Field(default=30, ge=1)
    """Processor time limit for one document."""
    wall_seconds: float = Field(default=45, gt=0)
    """Wall time limit for one document."""
    max_characters: int = Field(default=5_000_000, ge=1000)
    """Largest extracted text, in characters."""
    max_depth: int = Field(default=3, ge=0)
    """How deep attachments may contain attachments."""
    read_archives: bool = True
    """Read the files in archives as part of the document. Off: an archive inside a document is named as not read."""
    ocr: OcrSettings = OcrSettings()
    """Reading of words in pictures (OCR)."""
    rendering: RenderingSettings = RenderingSettings()
    """Comparison of Office files with how they look."""
    require_confinement: bool = False
    """Refuse a child process that the kernel cannot confine. `sandbox.require` says so for every child process."""
