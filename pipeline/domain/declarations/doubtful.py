"""Files that may describe a document and are not named as its metadata file: names suggest them, content decides.

An author who puts `plan.yaml` next to `plan.md`, keeps tags in a folder `meta`, writes one `access.yaml` for a folder,
or leaves a metadata file behind when a document moves, has said who may read it. No such file is read as a declaration.
If it restricts readers, the document that it seems to describe must not be served as if it did not exist (law 2).

Invariants: pure. A document with a metadata file of its own has no doubtful ones. Time grows with the number of names.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from pipeline.domain.declarations.described_names import (
    described_stems,
    folders_described,
    mirrored,
    stems,
    whole_stem,
)
from pipeline.domain.declarations.tag_keys import within

MOST_DOUBTFUL = 16
"""Of one document; more are not looked at, and the document is kept out."""

_MOST_MEANT = 64
"""Documents that share a stem, such as the numbered parts of a data set."""
_SHORTEST, _LONGEST = 4, 100
"""Characters of a name that can be misspelt and still be told from others."""
_WORD = re.compile(r"[^\W_]+")

_Spelling = tuple[str, str, str]
"""Folder, figures and letters of a name."""


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
    documents = list(documents)
    index = _Index(documents, [orphans[path] for path in orphans if path in listed])
    found = defaultdict[str, set[str]](set)
    of_folders = defaultdict[str, set[str]](set)
    for path in {*others, *orphans}:
        named = orphans.get(path)
        described = index.described(path) if named is None else index.lost(named, is_listed=path in listed)
        for document in described:
            found[document].add(path)
        if path in listed:
            for folder in folders_described(named or path, is_orphan=named is not None):
                of_folders[folder].add(path)
                for document in index.named(folder):
                    found[document].add(path)
    for document in documents if of_folders else ():
        for folder in _around(document):
            found[document].update(of_folders.get(folder, ()))
    others_of = ((document, paths - {document}) for document, paths in found.items())
    return {document: tuple(sorted(paths)) for document, paths in others_of if paths}


def _around(path: str) -> Iterator[str]:
    """The folders that a document lies in, without case, the nearest first."""
    folder = path.casefold()
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


class _Index:
    """Documents by what a file that describes them could be called."""

    def __init__(self, documents: Iterable[str], lost: Iterable[str]) -> None:
        self._stems, self._names = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        self._spelt = defaultdict[_Spelling, list[str]](list)
        lost = list(lost)
        near = {spelling for named in lost for spelling in _spellings(named)}
        wanted = {word for named in lost for word in _words(named)}
        self._worded = defaultdict[tuple[str, str], list[str]](list)
        for path in documents:
            for stem in stems(path):
                self._stems[stem].append(path)
            for stem in stems(path.rpartition("/")[2]):
                self._names[stem].append(path)
            for spelling in near and near.intersection(_spellings(path)):
                self._spelt[spelling].append(path)
            for word in wanted and wanted.intersection(_words(path)):
                self._worded[_folder(path), word].append(path)

    def described(self, path: str) -> Iterator[str]:
        """The documents that a file of any name may describe."""
        for place in mirrored(path):
            yield from self.named(place.casefold())
            yield from self.named(whole_stem(place))
            yield from self._elsewhere(place.casefold().rpartition("/")[2], path)
            yield from self._elsewhere(whole_stem(place).rpartition("/")[2], path)
        for stem in described_stems(path):
            yield from self.named(stem)

    def lost(self, named: str, *, is_listed: bool) -> Iterator[str]:
        """The documents that a metadata file may describe which names one that is not there."""
        for place in (named, *mirrored(named)):
            yield from self.named(place.casefold())
        if is_listed:
            for stem in stems(named):
                yield from self.named(stem)
            yield from self._misspelt(named)
            yield from self._renamed(named)
            yield from self._elsewhere(named.rpartition("/")[2].casefold(), named)

    def named(self, stem: str) -> list[str]:
        """The documents of a stem; none if so many share it that it means none of them."""
        found = self._stems.get(stem, [])
        return found if len(found) <= _MOST_MEANT else []

    def _elsewhere(self, name: str, path: str) -> list[str]:
        """The only document of a name besides the file of a path, in another folder."""
        there = [document for document in self._names.get(name, [])[:3] if document != path]
        return there if len(there) == 1 else []

    def _misspelt(self, named: str) -> Iterator[str]:
        name = whole_stem(named).rpartition("/")[2]
        paths = {path for spelling in _spellings(named) for path in self._spelt.get(spelling, ())}
        yield from (path for path in sorted(paths) if within(name, whole_stem(path).rpartition("/")[2], 1))

    def _renamed(self, named: str) -> Iterator[str]:
        """The documents of the folder whose name has all words of a name, or whose words it has all."""
        words = _words(named)
        shared = Counter(
            path
            for word in words
            if len(holders := self._worded.get((_folder(named), word), [])) <= _MOST_MEANT
            for path in holders
        )
        for path, count in sorted(shared.items()):
            if count in (len(words), len(_words(path))):
                yield path


def _folder(path: str) -> str:
    return path.casefold().rpartition("/")[0]


def _words(path: str) -> frozenset[str]:
    """The words of a name without its ending; none if all are figures, as in a numbered series."""
    words = frozenset(_WORD.findall(whole_stem(path).rpartition("/")[2]))
    return frozenset() if all(map(str.isdigit, words)) else words


def _spellings(path: str) -> set[_Spelling]:
    """A name with and without each of its letters: two names that differ by one letter share a spelling.

    The figures of a name stay: names with different numbers are names of different documents.
    """
    folder, _, name = whole_stem(path).rpartition("/")
    if not _SHORTEST <= len(name) <= _LONGEST:
        return set()
    figures = "".join(filter(str.isdigit, name))
    without = (name[:place] + name[place + 1 :] for place, sign in enumerate(name) if not sign.isdigit())
    return {(folder, figures, spelling) for spelling in (name, *without)}
