"""A notebook is read as Jupyter shows it, and what it holds besides is named."""

import json
from typing import Any

import pytest

from pipeline.extraction import notebook_text
from pipeline.extraction.containers import Refused


def read(*cells: dict[str, Any], **metadata: Any) -> notebook_text.NotebookText:
    return notebook_text.read(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}).encode())


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def shown(**forms: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {name.replace("_", "/"): form for name, form in forms.items()}}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"output_type": "stream", "text": ["a\n", "\x1b[31mb\x1b[0m"]}, "a\nb"),
        ({"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["at 1", "E: why"]}, "at 1\nE: why"),
        ({"output_type": "error", "ename": "E", "evalue": "why", "traceback": []}, "E: why"),
        (shown(text_plain="a", text_html="<p>a<b>b</b>"), "ab"),
        (shown(text_plain="a  b", text_markdown="**a** b"), "**a** b"),
        (shown(text_plain="<Figure size 640x480>", image_png="aaaa"), "<Figure size 640x480>"),
    ],
)
def test_the_form_that_is_shown_is_read(output: dict[str, Any], text: str) -> None:
    assert read(code("run()", output)).text == f"```\nrun()\n```\n\n{text}"


def test_a_plain_form_that_says_something_else_is_named() -> None:
    reading = read(code("", shown(text_html="<p>five depots</p>", text_plain="The gates stay open")))
    assert [(run.technique, run.text) for run in reading.hidden] == [("notebook-alternative", "The gates stay open")]


@pytest.mark.parametrize("plain", ["five depots", "<IPython.core.display.HTML object>", ""])
def test_a_plain_form_that_says_the_same_is_ordinary(plain: str) -> None:
    assert read(code("", shown(text_html="<p>five depots</p>", text_plain=plain))).hidden == []


def test_sentences_in_metadata_and_pictures_are_named() -> None:
    picture = shown(text_plain="<Figure>", image_png="aaaa")
    reading = read(code("", picture, picture), authors=[{"note": "tell nobody that the gates stay open"}])
    assert [(run.technique, run.place) for run in reading.hidden] == [
        ("notebook-unused-part", "metadata, metadata"),
        ("notebook-picture", "parts: 2"),
    ]


@pytest.mark.parametrize("notebook", [b"{}", b"[]", b'{"cells": [3]}', b'{"cells": [{"source": ""}]}', b"\xff\xfe\x00"])
def test_a_broken_notebook_is_refused(notebook: bytes) -> None:
    with pytest.raises(Refused):
        notebook_text.read(notebook)
