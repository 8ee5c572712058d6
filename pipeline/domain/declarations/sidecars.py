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
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.domain.declarations.described_names import could_describe
from pipeline.domain.declarations.doubtful import MOST_DOUBTFUL, doubtful
from pipeline.domain.declarations.tag_keys import within

_SIDECAR = re.compile(r"(?P<document>.*[^/])\.meta\.(?:ya?ml|json)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"[^\W_]+")
_META = frozenset({"meta", "metadata"})
_ENDINGS = "yaml yml json jsonc json5 jsn yam ymal toml ini cfg conf properties xml xmp txt"
_FORMATS = frozenset(_ENDINGS.split())
_COPIES = "bak backup old orig tmp swp swo save disabled off txt copy rej"
_LEFT_BEHIND = frozenset(_COPIES.split())
"""Endings that editors and people put behind a whole name."""
_READABLE = frozenset({"yaml", "yml", "json", "toml", "properties"})
_HINT = re.compile("|".join(sorted({"meta", *_READABLE})), re.IGNORECASE)
"""Some part of every name that describes another one, for speed."""
_JOINTS = "._- ~"
_COPY_SIGNS = ".#~_"
_MOST_ENDINGS = 4
_FEEDS = (".jsonl", ".ndjson")

TWO_SIDECARS = "There are two metadata files for it: keep one."
SHARED_SIDECAR = "Its metadata file could belong to several documents: name it after the whole file name of one."

UNREAD_SIDECAR = (
    "A file next to it is named like a metadata file and is not read: give it the name of the document and .meta.yaml."
)

TOO_MANY_DOUBTFUL = "Too many files are named as if they described it: give it one metadata file of its own."


class Beside(NamedTuple):
    """The metadata files of one document."""

    sidecars: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Why none of them can be read as the document's own."""
    doubtful: tuple[str, ...] = ()
    """Files that may describe it, which their content shows."""

    @property
    def sidecar(self) -> str | None:
        """The one to read."""
        return self.sidecars[0] if len(self.sidecars) == 1 and not self.problems else None

    def also(self, target: "Beside | None") -> "Beside":
        """The same for a link: without a metadata file of its own, the files of its target may describe it."""
        if target is None or self.sidecars:
            return self
        maybe = dict.fromkeys((*self.doubtful, *target.sidecars, *target.doubtful))
        return self._replace(problems=(*self.problems, *target.problems), doubtful=tuple(maybe))


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
    """Whether a file of that name or path describes another one, or may be meant to."""
    return is_sidecar(name) or could_describe(name) or any(True for _ in _described(name))


def _described(path: str) -> Iterator[tuple[str, bool]]:
    """Names of documents that a file could be meant to describe, and whether only a whole name counts.

    It is named after the document and goes on with a word like `meta`, or with a format alone (`plan.md.yaml`). Behind
    a whole name with its ending any word counts (`plan.md.tags.yaml`).
    """
    folder, slash, name = unicodedata.normalize("NFKC", path).rpartition("/")
    if _HINT.search(name) is None:
        return
    if (bare := name.lstrip(_COPY_SIGNS)) != name:  # what an editor leaves behind of a file
        yield from _described(folder + slash + bare)
    for token in _TOKEN.finditer(name):
        behind = [word.casefold() for word in _TOKEN.findall(name[token.start() :])]
        before = name[: token.start()].rstrip(_JOINTS)
        dotted = name[len(before) : token.start()].startswith(".")
        if not before or len(behind) > _MOST_ENDINGS:
            continue
        if _reads_as_metadata(behind):
            yield folder + slash + before, not dotted
        elif _is_format(behind) or ("." in before and _is_format(behind[1:])):
            yield folder + slash + before, True


def _is_format(words: list[str]) -> bool:
    return bool(words) and words[0] in _READABLE and _LEFT_BEHIND.issuperset(words[1:])


def _reads_as_metadata(words: list[str]) -> bool:
    """Whether the words behind the name of a document make a metadata file of it."""
    exact = words[0] in _META
    near = exact or (len(words) > 1 and words[1] in _READABLE and within(words[0], "meta", 1))
    rest = words[1:] if words[1:2] != ["data"] else words[2:]
    if exact and rest and (rest[-1] in _READABLE or rest[0] in _READABLE):
        return True
    return near and all(word in _FORMATS or word in _LEFT_BEHIND or within(word, "yaml", 1) for word in rest)


def pair(paths: Iterable[str], others: Iterable[str] = ()) -> Pairing:
    """Give every metadata file to its document.

    Args:
        paths: What a source names, with `/`; metadata files among them are not documents.
        others: More files of the same folders, of which only the metadata files count.

    """
    named = set(paths)
    described = {path: match["document"] for path in {*named, *others} if (match := _SIDECAR.fullmatch(path))}
    documents = {path for path in named if path not in described}
    find = _Finder(documents)
    unread = set[str]()
    for path in {*documents, *others} - described.keys():
        if owners := find.meant(path):
            unread.update(owners)
            documents.discard(path)
    given, shared = defaultdict[str, list[str]](list), set[str]()
    orphans = []
    for path, name in sorted(described.items()):
        owners = find.owners(name)
        for owner in owners:
            given[owner].append(path)
        if len(owners) > 1:
            shared.update(owners)
        if not owners:
            unread.update(find.nearly(name))
            orphans.append(path)
    free = [path for path in documents if path not in given and path not in unread]
    lost = {path: described[path] for path in orphans}
    doubts = doubtful(free, {*documents, *others} - described.keys() - given.keys(), lost, named)
    beside = {}
    for path in documents:
        maybe = doubts.get(path, ())
        wrong = {
            TWO_SIDECARS: len(given[path]) > 1,
            SHARED_SIDECAR: path in shared,
            UNREAD_SIDECAR: path in unread,
            TOO_MANY_DOUBTFUL: len(maybe) > MOST_DOUBTFUL,
        }
        problems = tuple(problem for problem, holds in wrong.items() if holds)
        beside[path] = Beside(tuple(given[path]), problems, maybe[:MOST_DOUBTFUL])
    return Pairing(beside, tuple(path for path in orphans if path in named))


class _Finder:
    """Documents by the names a metadata file can call them."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._exact = set(documents)
        self._names, self._stems = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
        self._bare = defaultdict[str, list[str]](list)
        for path in self._exact:
            self._names[_folded(path)].append(path)
            self._stems[_folded(_stem(path))].append(path)
            self._bare[_bare(path)].append(path)

    def owners(self, name: str) -> list[str]:
        """The documents of that name; several if only case or ending tells them apart."""
        folded = _folded(name)
        return [name] if name in self._exact else self._names.get(folded) or self._stems.get(folded) or []

    def meant(self, path: str) -> list[str]:
        """The documents that a file seems to describe which is not named as a metadata file must be."""
        owners: list[str] = []
        for name, whole in _described(path):
            owners += self._names.get(_folded(name), []) if whole else self.owners(name)
        return [owner for owner in owners if owner != path]

    def nearly(self, name: str) -> list[str]:
        """The documents whose name differs from one by signs and spaces alone."""
        return self._bare.get(_bare(name), [])


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _bare(path: str) -> str:
    folder, slash, name = _folded(path).rpartition("/")
    return folder + slash + "".join(_TOKEN.findall(name))


def _stem(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)
