"""What a document declares about itself: front matter, a metadata file beside it, or fields of a feed record.

Invariants: YAML is loaded safely and only up to 64 KiB. A declaration that cannot be read is a problem, never an
empty declaration: otherwise breaking the front matter would fall back to the source's wider tags (law 2).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.domain.documents.provenance import METADATA_KEYS

MAX_BYTES = 65_536
MAX_NAME = 500
"""Characters of the name that a record gives its document."""

_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)

_PERMISSION_KEYS = frozenset({"classification", "tenant", "allow", "deny", "until"})

Declared = tuple[dict[str, Any], tuple[str, ...]]
"""The tags, and sentences about what is wrong with them."""


def front_matter(data: bytes) -> Declared:
    """Tags in the YAML block at the very start of a text document; a mere horizontal rule declares nothing."""
    match = _FRONT_MATTER.match(data[:MAX_BYTES])
    if match is None:
        return {}, ()
    return _tags(match[1], "front matter")


def body_start(text: str) -> int:
    """Where the text begins that readers are to find: behind a front matter that says who may read it.

    Whom a document is kept from is nobody's business who reads it. A front matter with other keys only, such as a
    title, is text like any other.
    """
    data = text[:MAX_BYTES].encode("utf-8", "replace")[:MAX_BYTES]
    match = _FRONT_MATTER.match(data)
    if match is None or not _PERMISSION_KEYS & _tags(match[1], "front matter")[0].keys():
        return 0
    return len(data[: match.end()].decode("utf-8", "replace"))


def sidecar(data: bytes) -> Declared:
    """Tags in the metadata file beside a document."""
    if len(data) > MAX_BYTES:
        return {}, ("The metadata file beside it is larger than 64 KiB.",)
    return _tags(data, "metadata file beside it")


def feed_record(line: bytes, *, named: bool = False) -> tuple[str | None, str, Declared]:
    """Name, text and tags of one line of a JSON Lines feed: `{"id", "text", …tags}`.

    The name is None when the record has none, which is a problem unless it is `named` elsewhere; the text is empty
    when it cannot be read, with a problem that says so.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None, "", ({}, ("The feed record is not valid JSON.",))
    if not isinstance(record, dict):
        return None, "", ({}, ("The feed record is not an object.",))
    name, text = record.get("id"), record.get("text")
    problems: list[str] = []
    if record_name(name) is None and not (named and name is None):
        problems.append("The feed record has no usable `id`.")
    if not isinstance(text, str):
        text = ""
        problems.append("The feed record has no `text`.")
    tags = {key: value for key, value in record.items() if key in METADATA_KEYS}
    return record_name(name), text, (tags, tuple(problems))


def record_name(given: Any) -> str | None:
    """The name of a document that a record gives; None for what cannot be one, such as what no database could keep."""
    name = str(given).strip() if isinstance(given, str | int) else ""
    return name if name.isprintable() and 0 < len(name) <= MAX_NAME else None


def combine(*declarations: Declared) -> Declared:
    """All declarations together; two that differ on one tag contradict each other."""
    tags: dict[str, Any] = {}
    problems: list[str] = []
    for declared, complaints in declarations:
        problems.extend(complaints)
        for key, value in declared.items():
            if key in tags and tags[key] != value:
                problems.append(f"Its {key} is declared twice, with different values.")
            tags.setdefault(key, value)
    return tags, tuple(problems)


def _tags(data: bytes, where: str) -> Declared:
    try:
        content = yaml.safe_load(data.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return {}, (f"The {where} is not valid YAML.",)
    if not isinstance(content, Mapping):
        return {}, () if where == "front matter" else (f"The {where} is not a list of `key: value` lines.",)
    return {key: value for key, value in content.items() if key in METADATA_KEYS}, ()
