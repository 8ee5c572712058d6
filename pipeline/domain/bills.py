"""Bills of materials as CycloneDX 1.7: their frame, and components for models and data.

Invariants: pure; the same input gives the same bytes, so a bill has the time of the thing that it describes, and a
serial number that is derived from its content. Format: https://cyclonedx.org/docs/1.7/json/.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline import __version__
from pipeline.domain.digests import canonical_json, digest_bytes

Component = dict[str, Any]
_NAMESPACE = uuid.UUID("6f1d1e62-6f0e-5a51-9c5e-0d1f0f7f2c11")
"""For serial numbers that are derived from the content."""
_EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+(?: (?:OR|AND|WITH) [A-Za-z0-9.+-]+)*")


def bill(
    made: datetime,
    components: Sequence[Component],
    *,
    lifecycle: str,
    depends: Mapping[str, set[str]] | None = None,
    **properties: str,
) -> Component:
    """A whole bill about this version of Corpusgate.

    Args:
        made: Moment of the thing that the bill describes.
        components: In any order; each has a `bom-ref` of its own.
        lifecycle: Phase in the words of the standard, such as `build` or `operations`.
        depends: Reference to the references that it needs.
        properties: Further facts about the whole.

    """
    content: Component = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "timestamp": made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": lifecycle}],
            "component": own_component(),
            "properties": named(**properties),
        },
        "components": sorted(components, key=lambda one: str(one["bom-ref"])),
    }
    if depends:
        content["dependencies"] = [
            {"ref": reference, "dependsOn": sorted(needs)} for reference, needs in sorted(depends.items())
        ]
    serial = uuid.uuid5(_NAMESPACE, digest_bytes(canonical_json(content)))
    return {**content, "serialNumber": f"urn:uuid:{serial}"}


def written(content: Component) -> bytes:
    """The bytes of the file: sorted keys, two spaces, a line end."""
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def own_component() -> Component:
    """Corpusgate itself."""
    purl = f"pkg:pypi/corpusgate@{__version__}"
    return {
        "type": "application",
        "bom-ref": purl,
        "name": "corpusgate",
        "version": __version__,
        "purl": purl,
        "licenses": [{"expression": "Apache-2.0"}],
    }


def data_component(
    name: str,
    *,
    classifications: Sequence[str],
    owner: str,
    content: str,
    licence: str | None = None,
    **properties: str,
) -> Component:
    """A set of data, with one entry for each classification that occurs in it; `content` is its SHA-256."""
    component: Component = {
        "type": "data",
        "bom-ref": f"data:{name}",
        "name": name,
        "hashes": [sha256(content)],
        "data": [
            {
                "type": "dataset",
                "name": name,
                "classification": classification,
                "governance": {"owners": [{"organization": {"name": owner}}]},
            }
            for classification in classifications
        ],
        "properties": named(**properties),
    }
    if licence:
        component["licenses"] = licences(licence)
    return component


def licences(text: str) -> list[Component]:
    """A licence: as an SPDX expression if it has the form of one, else by its name."""
    return [{"expression": text}] if _EXPRESSION.fullmatch(text) else [{"license": {"name": text}}]


def sha256(content: str) -> dict[str, str]:
    """A hash entry."""
    return {"alg": "SHA-256", "content": content}


def named(**values: str) -> list[dict[str, str]]:
    """Properties under our own prefix, in order; empty ones are left out."""
    return [
        {"name": f"corpusgate:{name.replace('_', '-')}", "value": value}
        for name, value in sorted(values.items())
        if value
    ]
