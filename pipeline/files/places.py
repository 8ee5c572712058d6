"""Places of local sources: a folder, a glob or one file, as a root and the files that count beneath it.

Invariants: an existing folder or file wins over a glob, so `reports [2024]` is a folder. A root is never one of
Corpusgate's own folders nor of the system, nor does it contain one. Nothing is opened here.
"""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from glob import escape as literal
from pathlib import Path
from typing import NamedTuple

from pipeline.domain.errors import UsageError
from pipeline.files.own import OwnPlaces

SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/boot", "/run", "/var/run")
"""Folders of the operating system: their files are settings, keys, devices and processes, not documents."""

WHOLE = ("/home", "/root", "/usr", "/var")
"""Folders that may hold documents further down, and as a whole hold everything of everyone."""

_OWN = "Corpusgate keeps keys, texts and its database"
_SYSTEM = "the operating system keeps its files"
_EVERYONE = "the files of everyone on this machine lie"
_MAGIC = re.compile(r"[*?[]")
_LITERAL = re.compile(r"\[([*?[])\]")


class FilePlace(NamedTuple):
    """A root and what counts beneath it."""

    root: str
    """The folder that names are relative to and that files are opened beneath; absolute."""
    pattern: str = ""
    """A glob relative to the root; empty: every file."""
    file: str = ""
    """The name of the one file in the root; empty: not a single file."""

    def holds(self, path: str) -> bool:
        """Whether a file, relative to the root, counts."""
        if self.file:
            return path == self.file
        return not self.pattern or _regex(self.pattern).fullmatch(path) is not None

    def enters(self, folder: str) -> bool:
        """Whether files that count could lie beneath a folder, relative to the root."""
        if self.file:
            return False
        if not self.pattern:
            return True
        parts, depth = self.pattern.split("/"), folder.count("/") + 1
        for part, name in zip(parts, folder.split("/"), strict=False):
            if "**" in part:
                return True
            if _regex(part).fullmatch(name) is None:
                return False
        return depth < len(parts)

    @property
    def uri(self) -> str:
        """The address that always means this place, whatever appears next to it later."""
        if self.file:
            return literal(f"{self.root.rstrip('/')}/{self.file}")
        return f"{literal(self.root.rstrip('/'))}/{self.pattern}" if self.pattern else literal(self.root)


def place_of(uri: str) -> FilePlace:
    """The place a local, absolute address names.

    Raises:
        FileNotFoundError: It is neither a glob nor anything that exists.

    """
    given = [uri, _LITERAL.sub(r"\1", uri)]
    for path in given:
        if Path(path).is_dir():
            return FilePlace(root=path.rstrip("/") or "/")
    for path in given:
        if os.path.lexists(path):
            folder, _, name = path.rpartition("/")
            return FilePlace(root=folder or "/", file=name)
    parts = uri.split("/")
    first = next((number for number, part in enumerate(parts) if _MAGIC.search(_LITERAL.sub("", part))), None)
    if first is None:
        raise FileNotFoundError(uri)
    root = _LITERAL.sub(r"\1", "/".join(parts[:first])) or "/"
    return FilePlace(root=root, pattern="/".join(parts[first:]))


def fixed(place: FilePlace) -> FilePlace:
    """The place with every link in it resolved, as it is registered."""
    if place.file:
        folder, _, name = os.path.realpath(f"{place.root}/{place.file}").rpartition("/")
        return place._replace(root=folder or "/", file=name)
    return place._replace(root=os.path.realpath(place.root))


def refuse_own_and_system(place: FilePlace, own: Iterable[Path | str]) -> None:
    """Refuse a root that lies in, is or contains a folder of Corpusgate or of the system, or is one of `WHOLE`.

    A single file is refused as well if it is a file of Corpusgate's own under another name.

    Args:
        place: Where a source points.
        own: The home and other files and folders that Corpusgate keeps.

    Raises:
        UsageError: It does.

    """
    root, own = Path(os.path.realpath(place.root)), tuple(own)
    for folder, what in (*((folder, _OWN) for folder in own), *((folder, _SYSTEM) for folder in SYSTEM)):
        held = Path(os.path.realpath(folder))
        if root == held or root.is_relative_to(held) or held.is_relative_to(root):
            raise _refused(what)
    if root in {Path(os.path.realpath(folder)) for folder in WHOLE}:
        raise _refused(_EVERYONE)
    places = OwnPlaces(own)
    for folder in (root, *root.parents):
        if folder.is_dir() and places.hold(folder.stat()):
            raise _refused(_OWN)
    file = root / place.file if place.file else None
    if file and file.is_file() and places.hold(file.stat()):
        raise _refused(_OWN)


def _refused(what: str) -> UsageError:
    return UsageError(
        f"A source may not point where {what}.",
        fix="Give a folder of its own to the documents, outside the home and system folders.",
    )


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression: `**` crosses folders; `*`, `?` and `[…]` do not."""
    found, position = [], 0
    while position < len(pattern):
        character = pattern[position]
        end = pattern.find("]", position + 2) if character == "[" else -1
        if pattern.startswith("**", position):
            found.append(".*")
            position += 2
        elif character == "*":
            found.append("[^/]*")
            position += 1
        elif character == "?":
            found.append("[^/]")
            position += 1
        elif end > 0:
            inside = re.sub(r"([\\\[\]&~|^])", r"\\\1", pattern[position + 1 : end])
            inside = f"^{inside[1:]}" if inside.startswith("!") else inside
            found.append(f"(?!/)[{inside}]")
            position = end + 1
        else:
            found.append(re.escape(character))
            position += 1
    return re.compile("".join(found), re.DOTALL)
