"""Bills of materials as CycloneDX 1.7: software from the locks, models and data from the lock of the models.

Invariants: the same repository gives the same bytes. Nothing installed is looked at: licences come from
configs/dependencies.yaml. Format: https://cyclonedx.org/docs/1.7/json/.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import yaml

from pipeline.domain.bills import Component, bill, data_component, named, own_component, sha256
from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.models.bill import model_components
from pipeline.models.lock import ModelLock
from scripts.release.dependencies import Dependencies
from scripts.release.locked import RUNTIME, LockedPackage, runtime_names

VENDORED = {"htmx.min.js": "0BSD"}
"""Scripts of others that the pages carry, and their licences."""
_BASE = re.compile(r"^FROM (?P<name>[a-z0-9./-]+):(?P<tag>[\w.-]+)@sha256:(?P<digest>[0-9a-f]{64})", re.MULTILINE)
_JAR = re.compile(r"^(?P<digest>[0-9a-f]{64})  (?P<name>\S+\.jar)$", re.MULTILINE)


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
            if parent == RUNTIME:
                roots.add(one.purl)
    components = [
        *(_package(one, known, "required" if one.name in needed else "excluded") for one in packages),
        *_vendored(root),
        *_images(root),
        *_jars(root),
    ]
    depends = {own_component()["bom-ref"]: roots, **children}
    return bill(release.made, components, lifecycle="build", depends=depends, commit=release.commit)


def model_bill(root: Path, release: Release) -> Component:
    """The models of the lock, their derived and training data, and the corpora that come with the repository."""
    lock = ModelLock.load(root / "configs" / "models.lock.yaml")
    components = [*model_components(lock, root / "pipeline"), *_demo_corpora(root)]
    return bill(release.made, components, lifecycle="build", commit=release.commit)


def content_digest(place: Path) -> str:
    """SHA-256 of a file; of a folder that of the canonical JSON of path and SHA-256 of each of its files, in order."""
    if place.is_file():
        return digest_bytes(place.read_bytes())
    folder = place
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return digest_json([[path.relative_to(folder).as_posix(), digest_bytes(path.read_bytes())] for path in files])


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
                "hashes": [sha256(digest) for digest in one.hashes],
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
        component["properties"] = named(**more)
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
            "hashes": [sha256(found["digest"])],
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
    hashes = [sha256(digest)]
    return {"type": "library", "bom-ref": reference, "name": name, "scope": scope, "hashes": hashes}


def _demo_corpora(root: Path) -> Iterator[Component]:
    """The sources of the demo, with the owner and the classification that they are registered with."""
    folder = root / "configs" / "demo"
    for source in yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))["sources"]:
        yield data_component(
            f"demo-{source['name']}",
            classifications=[source["classification"]],
            owner=source["owner"],
            content=content_digest(folder / "rev1" / source["folder"]),
            licence=source.get("licence"),
        )


def all_hashes(components: Iterable[Component]) -> Iterator[str]:
    """Every SHA-256 in a list of components, those inside components included."""
    for one in components:
        yield from (found["content"] for found in one.get("hashes", ()))
        yield from (
            found["content"] for refer in one.get("externalReferences", ()) for found in refer.get("hashes", ())
        )
        yield from all_hashes(one.get("components", ()))
