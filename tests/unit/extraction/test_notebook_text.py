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


@pytest.mark.parametrize(
    "metadata",
    [
        {"jupyter": {"source_hidden": True}},
        {"hide_input": True},
        {"cellView": "form"},
        {"tags": ["other", "hide_input"]},
        {"tags": ["remove-cell"]},
    ],
)
def test_a_source_that_is_collapsed_is_named(metadata: dict[str, Any]) -> None:
    (run,) = read({**code("run()"), "metadata": metadata}).hidden
    assert (run.technique, run.text, run.place) == ("notebook-hidden-source", "run()", "cell 1")
    (run,) = read({"cell_type": "markdown", "source": "note", "metadata": metadata}).hidden
    assert (run.technique, run.text) == ("notebook-hidden-source", "note")


@pytest.mark.parametrize(
    "metadata", [{"jupyter": {"outputs_hidden": True}}, {"collapsed": True}, {"tags": ["hide-output"]}]
)
def test_outputs_that_are_collapsed_are_named(metadata: dict[str, Any]) -> None:
    (run,) = read({**code("run()", shown(text_plain="five depots")), "metadata": metadata}).hidden
    assert (run.technique, run.text) == ("notebook-hidden-output", "five depots")
    assert read({**code("run()"), "metadata": metadata}).hidden == []


@pytest.mark.parametrize(
    "metadata", [{}, {"jupyter": {"source_hidden": False}}, {"tags": ["note"]}, {"tags": "hide-input"}, {"jupyter": 1}]
)
def test_a_cell_that_is_open_is_ordinary(metadata: dict[str, Any]) -> None:
    assert read({**code("run()", shown(text_plain="five depots")), "metadata": metadata}).hidden == []


def test_hidden_elements_in_markdown_are_named_and_code_and_formulas_are_not() -> None:
    def techniques(source: str) -> list[tuple[str, str, str]]:
        cells = read({"cell_type": "markdown", "source": source}).hidden
        return [(run.technique, run.text, run.place) for run in cells]

    hidden = "<div style='opacity:0'>under</div>"
    assert techniques(f"seen\n\n{hidden}") == [("html-zero-opacity", "under", "cell 1, line 3")]
    for shown_source in (f"```html\n{hidden}\n```", f"`{hidden}`", "if $a<b$ then c", "<b>seen</b>", "a < b"):
        assert techniques(shown_source) == []


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
