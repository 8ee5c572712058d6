"""The inside of a guarded detector: build it, answer scans. Runs in the child process only."""

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pipeline.domain.documents.documents import ExtractedText, HiddenRun

if TYPE_CHECKING:
    from pipeline.domain.ports import Detector  # imports numpy, which not every detector needs

_ON_USE = (
    ("spacy.cli.info", "info"),
    ("presidio_analyzer.predefined_recognizers.generic.url_recognizer", "UrlRecognizer"),
)
"""Modules that libraries import at once, each with the one name that is taken from it.

SpaCy's commands bring a web client and templates along; presidio's recogniser of addresses compiles every domain four
times. A detector needs the second only if its rules name it, and the first never."""

_ABSENT = ("torch", "transformers", "pydantic.v1")
"""Libraries import these when they are there, for parts that have no use here: 10 s and 500 MB of start-up."""
_UNREACHABLE = {"requests": ("Response", "Session"), "requests_file": ("FileAdapter",)}
"""Clients of the network, which a child does not have, each with the names that are read when a library is imported."""


def create(target: str, settings: dict[str, str]) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler around the detector class `target` (`module:class`). Every setting is a path.

    It answers `{"op": "describe"}` with name, kinds and digest, and `{"op": "scan", …}` with the detections.
    """
    sys.modules.update(dict.fromkeys(_ABSENT))  # type: ignore[arg-type]
    for module, names in _UNREACHABLE.items():
        sys.modules.setdefault(module, _idle(module, names))
    sys.modules.setdefault("spacy.cli", ModuleType("spacy.cli"))
    for module, name in _ON_USE:
        sys.modules.setdefault(module, _stand_in(module, name))
    module, _, name = target.partition(":")
    arguments = {key: Path(value) for key, value in settings.items()}
    detector: Detector = getattr(importlib.import_module(module), name)(**arguments)

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if header["op"] == "describe":
            return {"name": detector.name, "kinds": detector.kinds, "digest": detector.digest}, b""
        document = ExtractedText(
            text=payload.decode("utf-8", "surrogatepass"),
            media_type=header["media_type"],
            extractor=header["extractor"],
            hidden=tuple(HiddenRun(technique=t, text=x, place=p) for t, x, p in header["hidden"]),
        )
        return {"detections": [astuple(detection) for detection in detector.scan(document)]}, b""

    return handle


class _Idle:
    """Stands for a client, an adapter or an answer. It can be set up and closed, and sends nothing."""

    def mount(self, *_: object) -> None:
        """As a session is set up."""

    def close(self) -> None:
        """As a session is closed."""


def _idle(module: str, names: Sequence[str]) -> ModuleType:
    """A module with some names that do nothing."""
    standing = ModuleType(module)
    vars(standing).update(dict.fromkeys(names, _Idle))
    return standing


def _stand_in(module: str, name: str) -> ModuleType:
    """A module with one name in it. A call of it calls the one in the real module."""

    def call(*arguments: Any, **more: Any) -> Any:
        del sys.modules[module]
        return getattr(importlib.import_module(module), name)(*arguments, **more)

    standing = ModuleType(module)
    setattr(standing, name, call)
    return standing
