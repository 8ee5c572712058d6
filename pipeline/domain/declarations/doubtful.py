"""Files that may describe a document and are not named as its metadata file: names suggest them, content decides.

An author who puts `plan.yaml` next to `plan.md`, keeps tags in a folder `meta`, or leaves a metadata file behind when a
document moves, has said who may read it. No such file is read as a declaration. If it restricts readers, the document
that it seems to describe must not be served as if it did not exist (law 2).

Invariants: pure. A document with a metadata file of its own has no doubtful ones. Time grows with the number of names.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from pipeline.domain.declarations.tag_keys import within

MOST_DOUBTFUL = 16
"""Of one document; more are not looked at, and the document is kept out."""

_DATA = frozenset({".yaml", ".yml", ".json", ".toml", ".properties"})
_FOLDERS = frozenset({"meta", "metadata", "sidecar", "sidecars", "tags", "access", "acl", "acls", "permissions"})
_SHORTEST = 4
"""Letters of a name that can be misspelt and still be told from others."""


def could_describe(path: str) -> bool:
    """Whether a file of that path may describe a document, by its ending or by its folder."""
    folder, _, name = path.rpartition("/")
    return PurePosixPath(name.casefold()).suffix in _DATA or any(map(is_metadata_folder, folder.split("/")))


def is_metadata_folder(name: str) -> bool:
    """Whether a folder of that name is for files that describe others."""
    return name.rpartition("/")[2].strip("._ ").casefold() in _FOLDERS


def doubtful(
    documents: Iterable[str], others: Iterable[str], orphans: Mapping[str, str], listed: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Files that may describe each document.

    Args:
        documents: Documents without a metadata file of their own.
        others: Every other file, and these documents themselves.
        orphans: Metadata files whose document is not there, with the name that they give it.
        listed: Names that belong to the source; other documents next to a single file are not known.

    """
    index = _Index(documents)
    found = defaultdict[str, set[str]](set)
    for path in {*others, *orphans}:
        named = orphans.get(path)
        described = index.described(path) if named is None else index.lost(named, is_listed=path in listed)
        for document in described:
            if document != path:
                found[document].add(path)
    return {document: tuple(sorted(paths)) for document, paths in found.items()}


class _Index:
    """Documents by what a file that describes them could be called."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._stems, self._names = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        self._spelt = defaultdict[tuple[str, int], list[str]](list)
        for path in documents:
            for stem in _stems(path):
                self._stems[stem].append(path)
            for stem in _stems(path.rpartition("/")[2]):
                self._names[stem].append(path)
            folder, _, name = _whole_stem(path).rpartition("/")
            self._spelt[(folder, len(name))].append(path)

    def described(self, path: str) -> Iterator[str]:
        """The documents that a file of any name may describe."""
        for place in _mirrored(path):
            yield from self._stems.get(place.casefold(), ())
            yield from self._stems.get(_whole_stem(place), ())
        if PurePosixPath(path.casefold()).suffix in _DATA:
            for stem in _stems(_whole_stem(path)):
                yield from self._stems.get(stem, ())

    def lost(self, named: str, *, is_listed: bool) -> Iterator[str]:
        """The documents that a metadata file may describe which names one that is not there."""
        for place in (named, *_mirrored(named)):
            yield from self._stems.get(place.casefold(), ())
        if is_listed:
            yield from self._stems.get(_whole_stem(named), ())
            yield from self._misspelt(named)
            yield from self._elsewhere(named.rpartition("/")[2].casefold())

    def _elsewhere(self, name: str) -> list[str]:
        """The only document of a name, in another folder."""
        there = self._names.get(name, [])
        return there if len(there) == 1 else []

    def _misspelt(self, named: str) -> Iterator[str]:
        folder, _, name = _whole_stem(named).rpartition("/")
        if len(name) < _SHORTEST:
            return
        for length in (len(name) - 1, len(name), len(name) + 1):
            for path in self._spelt.get((folder, length), ()):
                other = _whole_stem(path).rpartition("/")[2]
                if _letters(other) == _letters(name) and within(name, other, 1):
                    yield path


def _letters(name: str) -> str:
    """The digits of a name: names with different numbers are names of different documents."""
    return "".join(filter(str.isdigit, name))


def _stems(path: str) -> Iterator[str]:
    """A path without case, whole and without each of its endings."""
    folder, slash, name = path.casefold().rpartition("/")
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if stem := ".".join(parts[:length]):
            yield folder + slash + stem


def _whole_stem(path: str) -> str:
    folder, slash, name = path.casefold().rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)


def _mirrored(path: str) -> Iterator[str]:
    """The places that a file in a folder for metadata could describe: its own without that folder."""
    *folders, name = path.split("/")
    for place, folder in enumerate(folders):
        if is_metadata_folder(folder):
            yield "/".join([*folders[:place], *folders[place + 1 :], name])
