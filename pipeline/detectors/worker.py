"""The inside of a guarded detector: build it, answer scans. Runs in the child process only."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.ports import Detector


def create(target: str, settings: dict[str, str]) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler around the detector class `target` (`module:class`). Every setting is a path.

    It answers `{"op": "describe"}` with name, kind and digest, and `{"op": "scan", …}` with the detections.
    """
    # Libraries import these two when they are there, for recognisers nobody uses here: 10 s and 500 MB of start-up.
    sys.modules.update(dict.fromkeys(("torch", "transformers")))  # type: ignore[arg-type]
    _leave_out_the_command_line_of_spacy()
    module, _, name = target.partition(":")
    arguments = {key: Path(value) for key, value in settings.items()}
    detector: Detector = getattr(importlib.import_module(module), name)(**arguments)

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if header["op"] == "describe":
            return {"name": detector.name, "kind": detector.kind, "digest": detector.digest}, b""
        document = ExtractedText(
            text=payload.decode("utf-8", "surrogatepass"),
            media_type=header["media_type"],
            extractor=header["extractor"],
            hidden=tuple(HiddenRun(technique=t, text=x, place=p) for t, x, p in header["hidden"]),
        )
        return {"detections": [astuple(detection) for detection in detector.scan(document)]}, b""

    return handle


def _leave_out_the_command_line_of_spacy() -> None:
    """SpaCy imports its commands, and with them a web client and templates: a fifth of the start of its detector."""
    commands = ModuleType("spacy.cli.info")
    commands.info = None  # type: ignore[attr-defined]
    sys.modules.setdefault("spacy.cli", ModuleType("spacy.cli"))
    sys.modules.setdefault(commands.__name__, commands)
