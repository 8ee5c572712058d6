"""JSON Schemas of front matter and metadata files, for editors; made from what the gate goes by.

Invariant: what the schema refuses, the gate refuses too, but for the case of a classification. The schema cannot say
whom a source allows or which principals exist: `corpusgate tags check` does.
"""

from typing import Any

from pipeline.domain.declarations.resolve import MAX_TEXT
from pipeline.domain.declarations.tag_keys import TAG_KEYS
from pipeline.domain.identity.permissions import Classification

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAME = "^(user|group|service):[^ ]+$"
_MOMENT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$"


def tags_schema(*, front_matter: bool) -> dict[str, Any]:
    """The schema of front matter, where other keys may stand, or of a metadata file, where they may not."""
    kind = "front matter" if front_matter else "metadata file"
    return {
        "$schema": _DIALECT,
        "title": f"Corpusgate {kind}",
        "description": "Tags that a document declares. They narrow those of its source and never widen them.",
        "type": "object",
        "properties": {key: _PROPERTIES[key] for key in TAG_KEYS},
        "additionalProperties": front_matter,
        **({} if front_matter else {"minProperties": 1}),
    }


def _principals(description: str) -> dict[str, Any]:
    name = {"type": "string", "pattern": _NAME}
    return {
        "description": description,
        "oneOf": [name, {"type": "array", "items": name, "minItems": 1}],
        "examples": [["group:staff", "user:ada"]],
    }


def _text(description: str) -> dict[str, Any]:
    return {"description": description, "type": ["string", "number", "null"], "maxLength": MAX_TEXT}


def _person(description: str) -> dict[str, Any]:
    return {"description": description, "type": "string", "maxLength": MAX_TEXT, "examples": ["user:ada"]}


_PROPERTIES: dict[str, dict[str, Any]] = {
    "classification": {
        "description": "How sensitive the document is; not lower than its source.",
        "enum": [level.value for level in Classification],
    },
    "tenant": _text("The tenant of its source; any other is a problem."),
    "allow": _principals("Its readers, out of those whom its source allows."),
    "deny": _principals("Principals who may not read it, besides those whom its source denies. Each must exist."),
    "until": {
        "description": "The moment from which no one may read it, with a time zone; not later than that of its source.",
        "type": "string",
        "pattern": _MOMENT,
        "examples": ["2027-01-31T18:00:00Z"],
    },
    "owner": _person("Whose document it is: a principal, or the owner of its source as it is registered."),
    "submitter": _person("The person who handed it in. A submission has its verified submitter, and no other."),
    "licence": _text("SPDX identifier of its licence."),
    "title": _text("Its title."),
}
