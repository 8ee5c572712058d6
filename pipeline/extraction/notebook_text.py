"""The text of a notebook, as Jupyter shows it: cells in their order, code with its outputs, the richest form of each.

Invariant: what is in the file and not shown is reported: plain forms of an output that say something else, and words
in metadata.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding
from pipeline.extraction.containers import Refused
from pipeline.extraction.notebooks import as_version_4
from pipeline.extraction.pages import reading as pages

_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_WORD = re.compile(r"[^\W_]{2,}")
_FENCE = re.compile(r"`{3,}")
_MARKUP = re.compile(r"<[a-zA-Z!?]")
_AS_CODE = re.compile(r"(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:\n\1|$)|(`+)(?!`)[^`]*\2")
"""Code in Markdown, whose tags are shown as they are."""
_REPRESENTATION = re.compile(r"\s*<[^<>]*>\s*")
"""What Python writes for an object without a text, such as `<Figure size 640x480 with 1 Axes>`."""
_SHOWN_AS_PAGE = ("text/html", "image/svg+xml")
_SHOWN_AS_TEXT = ("text/markdown", "text/latex", "text/plain", "application/json")
_SAME_SHARE = 0.9
_MESSAGE_WORDS = 6
_DEEPEST = 20


@dataclass(slots=True)
class NotebookText:
    """The text of a notebook and its hidden runs."""

    blocks: list[str] = field(default_factory=list)
    hidden: list[HiddenRun] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All blocks."""
        return "\n\n".join(self.blocks)


def read(data: bytes) -> NotebookText:
    """Read a notebook. Raises `Refused`."""
    text = decoding.decode(as_version_4(data))
    if text is None:
        raise Refused("encoding-doubtful")
    try:
        return _read(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("corrupt") from None


def _read(notebook: dict[str, Any]) -> NotebookText:
    reading = NotebookText()
    metadata = notebook.get("metadata", {})
    language = str(metadata.get("language_info", {}).get("name", "")) if isinstance(metadata, dict) else ""
    pictures = 0
    _report_words(metadata, "metadata", reading)
    for number, cell in enumerate(notebook["cells"], start=1):
        place = f"cell {number}"
        source = _joined(cell.get("source", ""))
        hides_source, hides_outputs = _collapsed(cell.get("metadata", {}))
        if hides_source and source.strip():
            reading.hidden.append(HiddenRun(technique="notebook-hidden-source", text=source, place=place))
        if cell["cell_type"] == "code":
            _add(reading, _fenced(source, language))
            at = len(reading.blocks)
            for output in cell.get("outputs", []):
                pictures += _output(output, place, reading)
            if hides_outputs and reading.blocks[at:]:
                text = "\n\n".join(reading.blocks[at:])
                reading.hidden.append(HiddenRun(technique="notebook-hidden-output", text=text, place=place))
        else:
            _add(reading, source)
            if cell["cell_type"] == "markdown" and _MARKUP.search(source):
                page = pages.read(_AS_CODE.sub(" ", source), is_xml=False, with_title=False)
                reading.hidden += [
                    run.model_copy(update={"place": f"{place}, {run.place}"})
                    for run in page.hidden
                    if not run.text.startswith("<")  # a sign of a formula that begins no tag
                ]
        attached = cell.get("attachments", {})
        pictures += len(attached) if isinstance(attached, dict) else 0
        _report_words(cell.get("metadata", {}), place, reading)
    if pictures:
        reading.hidden.append(HiddenRun(technique="notebook-picture", text="pictures", place=f"parts: {pictures}"))
    return reading


def _collapsed(metadata: Any) -> tuple[bool, bool]:
    """Whether the source and the outputs of a cell are not shown until a reader asks for them."""
    if not isinstance(metadata, dict):
        return False, False
    lab = metadata.get("jupyter")
    own = lab if isinstance(lab, dict) else {}
    listed = metadata.get("tags")
    tags = {str(tag).lower().replace("_", "-") for tag in listed} if isinstance(listed, list) else set()
    whole = bool(tags & {"hide-cell", "remove-cell"})
    source = own.get("source_hidden") is True or metadata.get("hide_input") is True
    source = source or metadata.get("cellView") == "form" or bool(tags & {"hide-input", "remove-input"})
    outputs = own.get("outputs_hidden") is True or metadata.get("collapsed") is True
    return whole or source, whole or outputs or bool(tags & {"hide-output", "remove-output"})


def _output(output: dict[str, Any], place: str, reading: NotebookText) -> int:
    """Add one output; the number of pictures in it."""
    kind = output["output_type"]
    if kind == "stream":
        _add(reading, _plain(output.get("text", "")))
        return 0
    if kind == "error":
        trace = _plain(output.get("traceback", []), "\n")
        summary = _plain(f"{output.get('ename', '')}: {output.get('evalue', '')}").strip(": ")
        _add(reading, trace if str(output.get("evalue", "")) in trace and trace else f"{trace}\n{summary}".strip())
        return 0
    forms = output.get("data", {})
    plain = _plain(forms.get("text/plain", ""))
    for media_type in _SHOWN_AS_PAGE:
        if media_type in forms:
            page = pages.read(_joined(forms[media_type]), is_xml=media_type != "text/html", with_title=False)
            _add(reading, page.text)
            reading.hidden += [run.model_copy(update={"place": f"{place}, {run.place}"}) for run in page.hidden]
            if not _says(page.text, plain):
                reading.hidden.append(HiddenRun(technique="notebook-alternative", text=plain, place=place))
            return 0
    shown = next((media_type for media_type in _SHOWN_AS_TEXT if media_type in forms), None)
    if shown is not None:
        form = forms[shown]
        text = json.dumps(form, ensure_ascii=False, indent=1) if shown == "application/json" else _plain(form)
        _add(reading, text)
        if not _says(text, plain):
            reading.hidden.append(HiddenRun(technique="notebook-alternative", text=plain, place=place))
    return sum(media_type.startswith("image/") for media_type in forms)


def _says(shown: str, plain: str) -> bool:
    """Whether what is shown says what the plain form says."""
    words = _WORD.findall(plain.casefold())
    if not words or _REPRESENTATION.fullmatch(plain):
        return True
    known = set(_WORD.findall(shown.casefold()))
    return sum(word in known for word in words) >= _SAME_SHARE * len(words)


def _report_words(metadata: Any, place: str, reading: NotebookText) -> None:
    for text in _strings(metadata, 0):
        if len(_WORD.findall(text)) >= _MESSAGE_WORDS:
            reading.hidden.append(HiddenRun(technique="notebook-unused-part", text=text, place=f"{place}, metadata"))


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _DEEPEST and isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner, depth + 1)


def _add(reading: NotebookText, text: str) -> None:
    if text.strip():
        reading.blocks.append(text.strip("\n"))


def _fenced(source: str, language: str) -> str:
    if not source.strip():
        return ""
    fence = "`" * max([3, *(len(mark) + 1 for mark in _FENCE.findall(source))])
    word = language if language.isalnum() else ""
    return f"{fence}{word}\n{source.strip(chr(10))}\n{fence}"


def _plain(value: Any, between: str = "") -> str:
    return _TERMINAL.sub("", _joined(value, between))


def _joined(value: Any, between: str = "") -> str:
    return between.join(str(line) for line in value) if isinstance(value, list) else str(value)
