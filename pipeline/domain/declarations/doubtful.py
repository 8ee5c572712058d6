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

_MOST_MEANT = 64
"""Documents that share a stem, such as the numbered parts of a data set."""
_DATA = frozenset({".yaml", ".yml", ".json", ".toml", ".properties"})
_FOLDERS = frozenset({"meta", "metadata", "sidecar", "sidecars", "tags", "access", "acl", "acls", "permissions"})
_SHORTEST, _LONGEST = 4, 100
"""Characters of a name that can be misspelt and still be told from others."""

_Spelling = tuple[str, str, str]
"""Folder, figures and letters of a name."""


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
    index = _Index(documents, [orphans[path] for path in orphans if path in listed])
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

    def __init__(self, documents: Iterable[str], lost: Iterable[str]) -> None:
        self._stems, self._names = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        self._spelt = defaultdict[_Spelling, list[str]](list)
        near = {spelling for named in lost for spelling in _spellings(named)}
        for path in documents:
            for stem in _stems(path):
                self._stems[stem].append(path)
            for stem in _stems(path.rpartition("/")[2]):
                self._names[stem].append(path)
            for spelling in near and near.intersection(_spellings(path)):
                self._spelt[spelling].append(path)

    def described(self, path: str) -> Iterator[str]:
        """The documents that a file of any name may describe."""
        for place in _mirrored(path):
            yield from self._of(place.casefold())
            yield from self._of(_whole_stem(place))
        if PurePosixPath(path.casefold()).suffix in _DATA:
            for stem in _stems(_whole_stem(path)):
                yield from self._of(stem)

    def lost(self, named: str, *, is_listed: bool) -> Iterator[str]:
        """The documents that a metadata file may describe which names one that is not there."""
        for place in (named, *_mirrored(named)):
            yield from self._of(place.casefold())
        if is_listed:
            yield from self._of(_whole_stem(named))
            yield from self._misspelt(named)
            yield from self._elsewhere(named.rpartition("/")[2].casefold())

    def _of(self, stem: str) -> list[str]:
        """The documents of a stem; none if so many share it that it means none of them."""
        found = self._stems.get(stem, [])
        return found if len(found) <= _MOST_MEANT else []

    def _elsewhere(self, name: str) -> list[str]:
        """The only document of a name, in another folder."""
        there = self._names.get(name, [])
        return there if len(there) == 1 else []

    def _misspelt(self, named: str) -> Iterator[str]:
        name = _whole_stem(named).rpartition("/")[2]
        paths = {path for spelling in _spellings(named) for path in self._spelt.get(spelling, ())}
        yield from (path for path in sorted(paths) if within(name, _whole_stem(path).rpartition("/")[2], 1))


def _spellings(path: str) -> set[_Spelling]:
    """A name with and without each of its letters: two names that differ by one letter share a spelling.

    The figures of a name stay: names with different numbers are names of different documents.
    """
    folder, _, name = _whole_stem(path).rpartition("/")
    if not _SHORTEST <= len(name) <= _LONGEST:
        return set()
    figures = "".join(filter(str.isdigit, name))
    without = (name[:place] + name[place + 1 :] for place, sign in enumerate(name) if not sign.isdigit())
    return {(folder, figures, spelling) for spelling in (name, *without)}


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
