"""configs/dependencies.yaml: licences of the locked packages, and why new packages exist and what they may touch."""

import importlib.metadata
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.domain.controls import Sentence
from pipeline.domain.frozen import Frozen
from pipeline.settings.files import load
from scripts.release.locked import ROOT, LockedPackage, chain

FILE = ROOT / "configs" / "dependencies.yaml"
RELEASED = ROOT / "configs" / "dependencies.released.txt"


class Touch(StrEnum):
    """Things that a package touches when it works as it should."""

    DOCUMENTS = "documents"
    """Bytes or text of documents from outside."""
    KEYS = "keys"
    NETWORK = "network"
    FILES = "files"
    PROCESSES = "processes"
    NATIVE_CODE = "native-code"
    BUILD = "build"
    """Only machines that build or test."""
    NOTHING = "nothing"
    """Only the memory of the caller."""


class DependencyEntry(Frozen):
    """Why a package is in the lock, and what it may touch."""

    why: Sentence
    touches: tuple[Touch, ...] = Field(min_length=1)


class Dependencies(Frozen):
    """The file."""

    schema_version: Literal[1] = 1
    allowed: tuple[str, ...]
    """Licence expressions that anything may have."""
    exceptions: dict[str, Sentence]
    """Other expressions that occur, and why that is acceptable."""
    licences: dict[str, tuple[str, ...]]
    """Expression to the names of packages."""
    packages: dict[str, DependencyEntry]
    """Entries of packages; one is needed for each name that the last release did not have."""

    def licence(self, name: str) -> str | None:
        """The licence expression of a package; None if it is not on file."""
        return next((expression for expression, names in self.licences.items() if name in names), None)


def read_dependencies() -> Dependencies:
    """The file of this repository."""
    return load(FILE, Dependencies)


def released_names(path: Path = RELEASED) -> frozenset[str]:
    """Names of the packages in the lock of the last release."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def new_packages(
    packages: Sequence[LockedPackage], released: frozenset[str], known: Dependencies
) -> Iterator[tuple[str, DependencyEntry | None, tuple[str, ...]]]:
    """Names that the last release did not have, with their entry, if there is one, and the way that leads to them."""
    for name in dict.fromkeys(one.name for one in packages):
        if name not in released:
            yield name, known.packages.get(name), chain(name, packages)


def licence_problems(packages: Sequence[LockedPackage], known: Dependencies) -> Iterator[str]:
    """Packages without a licence on file, with one that is not allowed, and entries for packages that are gone."""
    names = {one.name for one in packages}
    for name in sorted(names):
        expression = known.licence(name)
        if expression is None:
            yield f"{name}: no licence is on file"
        elif expression not in known.allowed and expression not in known.exceptions:
            yield f"{name}: the licence {expression} is not allowed"
    listed = [name for members in known.licences.values() for name in members]
    yield from (f"{name}: its licence is on file twice" for name in sorted(set(listed)) if listed.count(name) > 1)
    yield from (
        f"{name}: its licence is on file, and the lock does not have it" for name in sorted(set(listed) - names)
    )
    yield from (
        f"{name}: it has an entry, and the lock does not have it" for name in sorted(known.packages.keys() - names)
    )


def differing_licences(packages: Sequence[LockedPackage], known: Dependencies) -> Iterator[str]:
    """Installed packages that name another licence than the one on file, as far as theirs is an SPDX expression."""
    for one in packages:
        try:
            found = importlib.metadata.metadata(one.name).json
        except importlib.metadata.PackageNotFoundError:
            continue
        stated = str(found.get("license_expression", ""))
        if found["version"] == one.version and stated and _plain(stated) != _plain(known.licence(one.name) or ""):
            yield f"{one.name} {one.version}: it states {stated}, and {known.licence(one.name)} is on file"


def _plain(expression: str) -> str:
    return re.sub(r"[\s()]+", " ", expression).strip().lower()
