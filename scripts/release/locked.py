"""The packages of requirements.lock: versions, hashes, and which package needs which."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
RUNTIME = "corpusgate (pyproject.toml)"
"""How the lock names the dependencies of the program itself; its development group and tools have other names."""
_HEAD = re.compile(r"(?P<name>[a-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+?))? *\\?")


class LockedPackage(NamedTuple):
    """One package of the lock. A name can occur with several versions for several interpreters."""

    name: str
    version: str
    marker: str
    """The environments that it is for; empty for all."""
    hashes: tuple[str, ...]
    """SHA-256 of each of its files, hexadecimal, sorted."""
    needed_by: tuple[str, ...]
    """Names of packages, and files in which people wrote it down."""

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(text: str) -> tuple[LockedPackage, ...]:
    """The packages of a lock in the requirements format with hashes. Raises `ValueError` for anything else."""
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return tuple(_package(block) for block in blocks)


def _package(block: str) -> LockedPackage:
    lines = block.splitlines()
    head = _HEAD.fullmatch(lines[0])
    hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block)
    if head is None or not hashes:
        raise ValueError(f"not a pinned package with hashes: {lines[0]}")
    comments = [re.sub(r"^\s*#\s*(?:via\b)?\s*", "", line) for line in lines if line.lstrip().startswith("#")]
    return LockedPackage(
        name=head["name"],
        version=head["version"],
        marker=(head["marker"] or "").strip(),
        hashes=tuple(sorted(hashes)),
        needed_by=tuple(name for name in comments if name),
    )


def runtime_names(packages: Sequence[LockedPackage]) -> frozenset[str]:
    """Names of the packages that the program itself needs, directly or through others."""
    needed = {one.name for one in packages if RUNTIME in one.needed_by}
    while more := {one.name for one in packages if needed.intersection(one.needed_by)} - needed:
        needed |= more
    return frozenset(needed)


def chain(name: str, packages: Iterable[LockedPackage]) -> tuple[str, ...]:
    """The shortest way from a file of ours to a package, such as `corpusgate (pyproject.toml)`, `typer`, `click`."""
    parents = {one.name: one.needed_by for one in packages}
    ways: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    for way in ways:
        for parent in parents.get(way[0], ()):
            if parent not in parents:
                return (parent, *way)
            if parent not in seen:
                seen.add(parent)
                ways.append((parent, *way))
    return (name,)
