"""The inside of the child process that reads declarations of documents.

Invariant: everything that reads text of a document to find its tags runs here: decoding, YAML, JSON, and the search for
what looks like a declaration. The outside only compares names with names.
"""

from collections.abc import Callable
from typing import Any

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.feeds import feed_name, feed_record, feed_shape
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.metadata_file import metadata_file, restricts
from pipeline.extraction.decoding import decode, text_of

Answer = tuple[dict[str, Any], bytes]


def create() -> Callable[[dict[str, Any], bytes], Answer]:
    """A handler: `{"do", …}` and bytes → what `do` finds in them."""
    actions: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {
        "front matter": _front_matter,
        "metadata file": _metadata_file,
        "restricts": _restricts,
        "record": _record,
        "names": _names,
    }
    return lambda header, payload: actions[header["do"]](header, payload)


def _front_matter(header: dict[str, Any], payload: bytes) -> Answer:
    return _written(front_matter(text_of(payload, header["name"]), header["name"])), b""


def _metadata_file(header: dict[str, Any], payload: bytes) -> Answer:
    return _written(metadata_file(decode(payload), header["name"])), b""


def _restricts(header: dict[str, Any], payload: bytes) -> Answer:
    how = {"is_named": header["is_named"], "for_folder": header["for_folder"]}
    return {"restricts": restricts(decode(payload), header["name"], **how)}, b""


def _record(header: dict[str, Any], payload: bytes) -> Answer:
    record = feed_record(payload, named=header["named"])
    return _written(record.declared) | {"name": record.name}, record.text.encode("utf-8", "surrogatepass")


def _names(header: dict[str, Any], payload: bytes) -> Answer:
    lines, start = [], 0
    for length in header["lengths"]:
        lines.append(payload[start : start + length])
        start += length
    return {"names": [feed_name(line) for line in lines], "shape": feed_shape(lines[0])}, b""


def _written(declared: Declared) -> dict[str, Any]:
    stated = [tag.model_dump(mode="json") for tag in declared.stated]
    return {"tags": declared.entries, "problems": declared.problems, "stated": stated}
