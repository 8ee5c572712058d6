"""Which metadata file belongs to which document, by name alone.

A metadata file (sidecar) is named after its document: `plan.md.meta.yaml`, or `plan.meta.yaml` if no other document
has that stem. `.yml` and `.json` are endings too, and upper and lower case make no difference. A feed can have one for
all its records.

Invariants: pure. A metadata file is never a document. Two metadata files for one document, or one that could belong
to several, are a problem of each document, never a choice (law 2).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

_SIDECAR = re.compile(r"(?P<document>.*[^/])\.meta\.(?:ya?ml|json)", re.IGNORECASE | re.DOTALL)
_LIKE_A_SIDECAR = re.compile(
    r"(?P<document>.*[^/])(?:\.meta\.(?:toml|ini|txt|xml|xmp)|\.metadata\.(?:ya?ml|json|toml|ini|txt|xml))",
    re.IGNORECASE | re.DOTALL,
)
_FEEDS = (".jsonl", ".ndjson")

TWO_SIDECARS = "There are two metadata files for it: keep one."
SHARED_SIDECAR = "Its metadata file could belong to several documents: name it after the whole file name of one."

UNREAD_SIDECAR = "A file next to it is named like a metadata file and has an ending that is not read: use .meta.yaml."


class Beside(NamedTuple):
    """The metadata files of one document."""

    sidecars: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Why none of them can be read as the document's own."""

    @property
    def sidecar(self) -> str | None:
        """The one to read."""
        return self.sidecars[0] if len(self.sidecars) == 1 and not self.problems else None


class Pairing(NamedTuple):
    """Documents with their metadata files, and what is left over."""

    documents: dict[str, Beside]
    """By path; a document without a metadata file is in it, too."""
    orphans: tuple[str, ...]
    """Metadata files whose document is not there."""


def is_sidecar(name: str) -> bool:
    """Whether a file of that name or path describes another one."""
    return _SIDECAR.fullmatch(name) is not None


def is_feed(name: str) -> bool:
    """Whether a file of that name holds a document in every line."""
    return name.strip().casefold().endswith(_FEEDS)


def could_be_sidecar(name: str) -> bool:
    """Whether a file of that name or path describes another one, or is meant to."""
    return is_sidecar(name) or _LIKE_A_SIDECAR.fullmatch(name) is not None


def pair(paths: Iterable[str], others: Iterable[str] = ()) -> Pairing:
    """Give every metadata file to its document.

    Args:
        paths: What a source names, with `/`; metadata files among them are not documents.
        others: More files of the same folders, of which only the metadata files count.

    """
    named = set(paths)
    described = {path: match["document"] for path in {*named, *others} if (match := _SIDECAR.fullmatch(path))}
    documents = {path for path in named if path not in described}
    meant = {path: match["document"] for path in {*documents, *others} if (match := _LIKE_A_SIDECAR.fullmatch(path))}
    find = _Finder(documents)
    unread = {owner for path, name in meant.items() for owner in find.owners(name) if owner != path}
    documents -= {path for path, name in meant.items() if find.owners(name)}
    given, shared = defaultdict[str, list[str]](list), set[str]()
    orphans = []
    for path, name in sorted(described.items()):
        owners = find.owners(name)
        for owner in owners:
            given[owner].append(path)
        if len(owners) > 1:
            shared.update(owners)
        if not owners and path in named:
            orphans.append(path)
    beside = {}
    for path in documents:
        wrong = {TWO_SIDECARS: len(given[path]) > 1, SHARED_SIDECAR: path in shared, UNREAD_SIDECAR: path in unread}
        beside[path] = Beside(tuple(given[path]), tuple(problem for problem, holds in wrong.items() if holds))
    return Pairing(beside, tuple(orphans))


class _Finder:
    """Documents by the names a metadata file can call them."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._exact = set(documents)
        self._names, self._stems = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        for path in self._exact:
            self._names[_folded(path)].append(path)
            self._stems[_folded(_stem(path))].append(path)

    def owners(self, name: str) -> list[str]:
        """The documents of that name; several if only case or ending tells them apart."""
        folded = _folded(name)
        return [name] if name in self._exact else self._names.get(folded) or self._stems.get(folded) or []


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _stem(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)
