"""Models of the lock as components of a bill of materials."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.domain.bills import Component, data_component, licences, named, sha256
from pipeline.models.lock import LockedModel, ModelLock

TASKS = {
    "safetensors": "feature-extraction",
    "spacy-msgpack": "token-classification",
    "linear-int16": "text-classification",
}
"""Format of a locked model to the task of the models that have it."""
_PACKAGE = Path(__file__).parents[1]
_TRAINED = "lineage.json"
"""File of a model that was trained here, with its data and figures."""


def model_components(lock: ModelLock, package: Path = _PACKAGE) -> Iterator[Component]:
    """Every model with each of its files, the models derived from it, and the data of those that were trained here.

    `package` is the folder of this package whose lineages are read.
    """
    for name in sorted(lock.models):
        model = lock.model(name)
        lineage = _lineage(package / model.folder / _TRAINED) if model.package == "corpusgate" else None
        yield _model(name, model, trained=lineage is not None)
        if lineage is not None:
            yield data_component(
                f"training-{name}",
                classifications=["public"],
                owner="The Corpusgate authors",
                content=lineage["data_digest"],
                generator=lineage["generator_digest"],
                parts=str(len(lineage["data"])),
            )


def _model(name: str, model: LockedModel, *, trained: bool) -> Component:
    parameters: Component = {"task": TASKS[model.format], "modelArchitecture": model.format}
    if trained:
        parameters["approach"] = {"type": "supervised"}
        parameters["datasets"] = [{"ref": f"data:training-{name}"}]
    files = [
        {"type": "file", "bom-ref": f"model:{name}:{file.path}", "name": file.path, "hashes": [sha256(file.sha256)]}
        for file in model.files
    ]
    derived = [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{name}:{recipe}",
            "name": f"{name} by {recipe}",
            "hashes": [sha256(digest)],
            "pedigree": {"ancestors": [{"type": "machine-learning-model", "name": name}]},
            "modelCard": {"modelParameters": {"task": TASKS[model.format], "modelArchitecture": "onnx"}},
        }
        for recipe, digest in sorted(model.derived.items())
    ]
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{name}",
        "name": name,
        "version": model.version or "0",
        "licenses": licences(model.licence),
        "modelCard": {"modelParameters": parameters},
        "components": [*files, *derived],
        "properties": named(origin=model.origin, package=model.package or "", digest=model.digest),
    }


@lru_cache
def _lineage(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))
