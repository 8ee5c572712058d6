"""Notebooks of version 3, in the form of version 4, which is the one that the parser reads.

The names of both forms are those of https://nbformat.readthedocs.io/en/latest/format_description.html. Invariant: every
cell and every text of an output stays, in its order. Anything else is left as it is, for the parser to judge.
"""

import json
from collections.abc import Iterator
from typing import Any

_OUTPUTS = {"pyout": "execute_result", "pyerr": "error"}
"""Kinds of outputs under another name in version 4."""
_TEXTS = {"text": "text/plain", "html": "text/html", "latex": "text/latex", "javascript": "application/javascript"}
"""Texts of an output: their name in version 3, and their media type, which is their name in version 4."""


def as_version_4(data: bytes) -> bytes:
    """The notebook in the form of version 4; the same bytes if it is not one of version 3."""
    try:
        notebook = json.loads(data)
        if not isinstance(notebook["worksheets"], list) or "cells" in notebook:
            return data
        cells = [_cell(cell) for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return data
    metadata = notebook.get("metadata", {})
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    kind, source = cell["cell_type"], cell.get("input", cell.get("source", ""))
    made = {"cell_type": kind, "metadata": cell.get("metadata", {}), "source": source}
    if kind == "code":
        return {**made, "execution_count": None, "outputs": list(_outputs(cell.get("outputs", [])))}
    if kind == "heading":
        words = "".join(source) if isinstance(source, list) else source
        made["source"] = "#" * int(cell.get("level", 1)) + " " + " ".join(words.split())
    return made | {"cell_type": kind if kind in ("markdown", "raw") else "markdown"}


def _outputs(outputs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for output in outputs:
        kind = _OUTPUTS.get(output["output_type"], output["output_type"])
        if kind == "stream":
            yield {"output_type": kind, "name": output.get("stream", "stdout"), "text": output.get("text", "")}
        elif kind == "error":
            names = ("ename", "evalue", "traceback")
            yield {"output_type": kind, **{name: output.get(name, "") for name in names}}
        else:
            shown = {media_type: output[name] for name, media_type in _TEXTS.items() if name in output}
            yield {"output_type": kind, "data": shown, "metadata": {}, "execution_count": None}
