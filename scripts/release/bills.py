"""Bills of materials as CycloneDX 1.7: software from the locks, models and data from the lock of the models.

Invariants: the same repository gives the same bytes. Nothing installed is looked at: licences come from
configs/dependencies.yaml. Format: https://cyclonedx.org/docs/1.7/json/.
"""

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipeline import __version__
from pipeline.domain.digests import canonical_json, digest_bytes, digest_json
from pipeline.models.lock import LockedModel, ModelLock
from scripts.release.dependencies import Dependencies
from scripts.release.locked import LockedPackage, runtime_names

_NAMESPACE = uuid.UUID("6f1d1e62-6f0e-5a51-9c5e-0d1f0f7f2c11")
"""For serial numbers that are derived from the content."""
TASKS = {
    "safetensors": "feature-extraction",
    "spacy-msgpack": "token-classification",
    "linear-int16": "text-classification",
}
"""Format of a locked model to the task of the models that have it."""
VENDORED = {"htmx.min.js": "0BSD"}
"""Scripts of others that the pages carry, and their licences."""
_BASE = re.compile(r"^FROM (?P<name>[a-z0-9./-]+):(?P<tag>[\w.-]+)@sha256:(?P<digest>[0-9a-f]{64})", re.MULTILINE)
_JAR = re.compile(r"^(?P<digest>[0-9a-f]{64})  (?P<name>\S+\.jar)$", re.MULTILINE)
Component = dict[str, Any]


class Release(NamedTuple):
    """The release that a bill belongs to."""

    made: datetime
    """The time of the commit."""
    commit: str


def software_bill(root: Path, release: Release, packages: Sequence[LockedPackage], known: Dependencies) -> Component:
    """Packages of the lock, vendored scripts, base images and jars, with hashes, licences and who needs whom."""
    needed = runtime_names(packages)
    references = {name: [one.purl for one in packages if one.name == name] for name in {one.name for one in packages}}
    children: dict[str, set[str]] = {one.purl: set() for one in packages}
    roots = set()
    for one in packages:
        for parent in one.needed_by:
            for reference in references.get(parent, ()):
                children[reference].add(one.purl)
            if parent not in references and one.name in needed:
                roots.add(one.purl)
    components = [
        *(_package(one, known, "required" if one.name in needed else "excluded") for one in packages),
        *_vendored(root),
        *_images(root),
        *_jars(root),
    ]
    return _bill(release, components, {_own()["bom-ref"]: roots, **children})


def model_bill(root: Path, release: Release) -> Component:
    """The models of the lock, their derived and training data, and the corpora that come with the repository."""
    lock = ModelLock.load(root / "configs" / "models.lock.yaml")
    components = [_model(root, name, lock.model(name), lock.digest(name)) for name in sorted(lock.models)]
    components += [*_training_data(root), *_demo_corpora(root)]
    return _bill(release, components, {})


def written(bill: Component) -> bytes:
    """The bytes of the file: sorted keys, two spaces, a line end."""
    return (json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def data_component(
    name: str, *, classification: str, owner: str, content: str, licence: str | None = None, **properties: str
) -> Component:
    """A corpus or another set of data; `content` is the SHA-256 of its list of files."""
    reference = f"data:{name}"
    component: Component = {
        "type": "data",
        "bom-ref": reference,
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": content}],
        "data": [
            {
                "type": "dataset",
                "name": name,
                "classification": classification,
                "governance": {"owners": [{"organization": {"name": owner}}]},
            }
        ],
        "properties": _properties(**properties),
    }
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def content_digest(place: Path) -> str:
    """SHA-256 of a file; of a folder that of the canonical JSON of path and SHA-256 of each of its files, in order."""
    if place.is_file():
        return digest_bytes(place.read_bytes())
    folder = place
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return digest_json([[path.relative_to(folder).as_posix(), digest_bytes(path.read_bytes())] for path in files])


def _bill(release: Release, components: Sequence[Component], depends: dict[str, set[str]]) -> Component:
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": {
            "timestamp": release.made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": _own(),
            "properties": _properties(commit=release.commit),
        },
        "components": sorted(components, key=lambda one: str(one["bom-ref"])),
    }
    if depends:
        content["dependencies"] = [
            {"ref": reference, "dependsOn": sorted(needs)} for reference, needs in sorted(depends.items())
        ]
    serial = uuid.uuid5(_NAMESPACE, digest_bytes(canonical_json(content)))
    return {**content, "serialNumber": f"urn:uuid:{serial}"}


def _own() -> Component:
    purl = f"pkg:pypi/corpusgate@{__version__}"
    return {
        "type": "application",
        "bom-ref": purl,
        "name": "corpusgate",
        "version": __version__,
        "purl": purl,
        "licenses": [{"expression": "Apache-2.0"}],
    }


def _package(one: LockedPackage, known: Dependencies, scope: str) -> Component:
    """A package. Its hashes stand at a reference to its files: any one of them is what gets installed."""
    component: Component = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "scope": scope,
        "externalReferences": [
            {
                "type": "distribution",
                "url": one.purl,
                "comment": "Wheels and source archives of this version; one of them is installed.",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
            }
        ],
    }
    licence = known.licence(one.name)
    if licence and licence != "LicenseRef-unknown":
        component["licenses"] = [{"expression": licence}]
    entry = known.packages.get(one.name)
    more = {} if entry is None else {"why": entry.why, "touches": ", ".join(touch.value for touch in entry.touches)}
    if one.marker:
        more["marker"] = one.marker
    if more:
        component["properties"] = _properties(**more)
    return component


def _vendored(root: Path) -> Iterator[Component]:
    """Scripts of others that the pages carry."""
    for name, licence in VENDORED.items():
        digest = digest_bytes((root / "pipeline" / "web" / "static" / name).read_bytes())
        file = _file(f"vendored:{name}", name.removesuffix(".min.js"), digest, "required")
        yield {**file, "licenses": [{"expression": licence}]}


def _images(root: Path) -> Iterator[Component]:
    """Base images of the container, by digest."""
    text = (root / "configs" / "deploy" / "container" / "Dockerfile").read_text(encoding="utf-8")
    for found in {match["digest"]: match for match in _BASE.finditer(text)}.values():
        purl = f"pkg:docker/{found['name']}@sha256:{found['digest']}?tag={found['tag']}"
        yield {
            "type": "container",
            "bom-ref": purl,
            "name": found["name"],
            "version": found["tag"],
            "purl": purl,
            "scope": "optional",
            "hashes": [{"alg": "SHA-256", "content": found["digest"]}],
        }


def _jars(root: Path) -> Iterator[Component]:
    """Java archives of the engines, by digest; a jar that two engines have is listed once."""
    seen = set()
    for path in sorted((root / "configs" / "deploy").rglob("jars.sha256")):
        for found in _JAR.finditer(path.read_text(encoding="utf-8")):
            if (found["name"], found["digest"]) not in seen:
                seen.add((found["name"], found["digest"]))
                reference = f"jar:{found['name']}:{found['digest'][:12]}"
                yield _file(reference, found["name"].removesuffix(".jar"), found["digest"], "optional")


def _file(reference: str, name: str, digest: str, scope: str) -> Component:
    hashes = [{"alg": "SHA-256", "content": digest}]
    return {"type": "library", "bom-ref": reference, "name": name, "scope": scope, "hashes": hashes}


def _model(root: Path, name: str, model: LockedModel, digest: str) -> Component:
    """A model with each of its files, and what is derived from it."""
    lineage = _lineage(root, model)
    parameters: Component = {"task": TASKS[model.format], "modelArchitecture": model.format}
    if lineage:
        parameters["approach"] = {"type": "supervised"}
        parameters["datasets"] = [{"ref": f"data:training-{name}"}]
    component: Component = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{name}",
        "name": name,
        "version": model.version or "0",
        "licenses": [{"expression": model.licence}],
        "modelCard": {"modelParameters": parameters},
        "components": [
            {
                "type": "file",
                "bom-ref": f"model:{name}:{file.path}",
                "name": file.path,
                "hashes": [{"alg": "SHA-256", "content": file.sha256}],
            }
            for file in model.files
        ],
        "properties": _properties(origin=model.origin, package=model.package or "", digest=digest),
    }
    for recipe, derived in sorted(model.derived.items()):
        component["components"].append(
            {
                "type": "machine-learning-model",
                "bom-ref": f"model:{name}:{recipe}",
                "name": f"{name} by {recipe}",
                "hashes": [{"alg": "SHA-256", "content": derived}],
                "pedigree": {"ancestors": [{"type": "machine-learning-model", "name": name}]},
                "modelCard": {"modelParameters": {"task": TASKS[model.format], "modelArchitecture": "onnx"}},
            }
        )
    return component


def _lineage(root: Path, model: LockedModel) -> dict[str, Any] | None:
    if model.package != "corpusgate":
        return None
    path = root / "pipeline" / model.folder / "lineage.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _training_data(root: Path) -> Iterator[Component]:
    """One set of data for each model that was trained here, as its lineage describes it."""
    lock = ModelLock.load(root / "configs" / "models.lock.yaml")
    for name in sorted(lock.models):
        lineage = _lineage(root, lock.model(name))
        if lineage:
            yield data_component(
                f"training-{name}",
                classification="public",
                owner="The Corpusgate authors",
                content=lineage["data_digest"],
                generator=lineage["generator_digest"],
                parts=str(len(lineage["data"])),
            )


def _demo_corpora(root: Path) -> Iterator[Component]:
    """The sources of the demo, with the owner and the classification that they are registered with."""
    folder = root / "configs" / "demo"
    for source in yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))["sources"]:
        yield data_component(
            f"demo-{source['name']}",
            classification=source["classification"],
            owner=source["owner"],
            content=content_digest(folder / "rev1" / source["folder"]),
            licence=source.get("licence"),
        )


def _properties(**values: str) -> list[dict[str, str]]:
    return [{"name": f"corpusgate:{name.replace('_', '-')}", "value": value} for name, value in sorted(values.items())]


def all_hashes(components: Iterable[Component]) -> Iterator[str]:
    """Every SHA-256 in a list of components, those inside components included."""
    for one in components:
        yield from (found["content"] for found in one.get("hashes", ()))
        yield from (
            found["content"] for refer in one.get("externalReferences", ()) for found in refer.get("hashes", ())
        )
        yield from all_hashes(one.get("components", ()))
