"""The parts of the CycloneDX 1.7 JSON schema that our bills use, with nothing else allowed.

Written from https://cyclonedx.org/docs/1.7/json/; `type` and `scope` have the words of the standard.
"""

from typing import Any

import jsonschema

_TEXT = {"type": "string", "minLength": 1}
_LICENCES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1,
    "items": {
        "oneOf": [
            {
                "type": "object",
                "required": ["expression"],
                "additionalProperties": False,
                "properties": {"expression": _TEXT},
            },
            {
                "type": "object",
                "required": ["license"],
                "additionalProperties": False,
                "properties": {
                    "license": {
                        "type": "object",
                        "required": ["name"],
                        "additionalProperties": False,
                        "properties": {"name": _TEXT},
                    }
                },
            },
        ]
    },
}
_HASHES = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["alg", "content"],
        "additionalProperties": False,
        "properties": {"alg": {"const": "SHA-256"}, "content": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    },
}
_PROPERTIES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "additionalProperties": False,
        "properties": {"name": {"type": "string", "pattern": "^corpusgate:[a-z-]+$"}, "value": {"type": "string"}},
    },
}
_PARTY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["organization"],
    "properties": {
        "organization": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {"name": _TEXT},
        }
    },
}
_DATA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "name", "classification", "governance"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": ["source-code", "configuration", "dataset", "definition", "other"]},
            "name": _TEXT,
            "classification": _TEXT,
            "governance": {
                "type": "object",
                "required": ["owners"],
                "additionalProperties": False,
                "properties": {"owners": {"type": "array", "minItems": 1, "items": _PARTY}},
            },
        },
    },
}
_MODEL_CARD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["modelParameters"],
    "properties": {
        "modelParameters": {
            "type": "object",
            "additionalProperties": False,
            "required": ["task"],
            "properties": {
                "task": _TEXT,
                "modelArchitecture": _TEXT,
                "approach": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"type": {"const": "supervised"}},
                },
                "datasets": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["ref"],
                        "additionalProperties": False,
                        "properties": {"ref": _TEXT},
                    },
                },
            },
        }
    },
}
_COMPONENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "name"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["application", "library", "container", "file", "machine-learning-model", "data"]},
        "bom-ref": _TEXT,
        "name": _TEXT,
        "version": {"type": "string", "maxLength": 1024},
        "scope": {"enum": ["required", "optional", "excluded"]},
        "purl": {"type": "string", "pattern": "^pkg:"},
        "hashes": _HASHES,
        "licenses": _LICENCES,
        "data": _DATA,
        "modelCard": _MODEL_CARD,
        "properties": _PROPERTIES,
        "components": {"type": "array", "items": {"$ref": "#/$defs/component"}},
        "pedigree": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"ancestors": {"type": "array", "items": {"$ref": "#/$defs/component"}}},
        },
        "externalReferences": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "url"],
                "additionalProperties": False,
                "properties": {"type": {"const": "distribution"}, "url": _TEXT, "comment": _TEXT, "hashes": _HASHES},
            },
        },
    },
    "allOf": [
        {"if": {"required": ["modelCard"]}, "then": {"properties": {"type": {"const": "machine-learning-model"}}}},
        {"if": {"required": ["data"]}, "then": {"properties": {"type": {"const": "data"}}}},
    ],
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"component": _COMPONENT},
    "type": "object",
    "required": ["bomFormat", "specVersion", "version", "serialNumber", "metadata", "components"],
    "additionalProperties": False,
    "properties": {
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.7"},
        "version": {"const": 1},
        "serialNumber": {
            "type": "string",
            "pattern": "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        },
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "required": ["timestamp", "component"],
            "properties": {
                "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                "lifecycles": {"enum": [[{"phase": "build"}], [{"phase": "operations"}]]},
                "component": {"$ref": "#/$defs/component"},
                "properties": _PROPERTIES,
            },
        },
        "components": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/component"}},
        "dependencies": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ref", "dependsOn"],
                "additionalProperties": False,
                "properties": {"ref": _TEXT, "dependsOn": {"type": "array", "uniqueItems": True, "items": _TEXT}},
            },
        },
    },
}


def shape_faults(bill: Any) -> list[str]:
    """Where a bill departs from the schema; references that occur twice or lead nowhere too."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    faults = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(bill)]
    if faults:
        return faults
    references = [*_references([bill["metadata"]["component"], *bill["components"]])]
    faults += [f"{one} occurs twice" for one in sorted(set(references)) if references.count(one) > 1]
    pointed = {ref for one in bill.get("dependencies", ()) for ref in (one["ref"], *one["dependsOn"])}
    for component in bill["components"]:
        parameters = component.get("modelCard", {}).get("modelParameters", {})
        pointed |= {one["ref"] for one in parameters.get("datasets", ())}
    return faults + [f"{one} leads nowhere" for one in sorted(pointed - set(references))]


def _references(components: list[Any]) -> list[str]:
    return [ref for one in components for ref in (one["bom-ref"], *_references(one.get("components", [])))]
