"""Which documents and folders a file could describe, by its name alone.

Invariants: pure and bounded: of a name at most `_MOST_WORDS` words are looked at. Names are only hints: the content of
a file decides whether it says who may read.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath

DATA = frozenset({".yaml", ".yml", ".json", ".toml", ".properties"})
"""Endings of files that hold keys and values."""

_FOLDERS = frozenset({"meta", "metadata", "sidecar", "sidecars", "tags", "access", "acl", "acls", "permissions"})
_OTHERS = (
    "tag perm perms permission rights security classification label labels info props properties frontmatter fm xmp"
)
_ABOUT = _FOLDERS | frozenset(_OTHERS.split())
"""Words of names of files that describe others."""
_OF_FOLDERS = "default defaults corpusgate classification classifications security permission rights"
_FOLDER_WORDS = _FOLDERS | frozenset(_OF_FOLDERS.split())
"""Words of which the name of a file for a whole folder is made."""
_STANDS_FOR = "folder directory dir all source sources index readme"
_WHOLE = frozenset(_STANDS_FOR.split())
"""More words for a folder and for pages that stand for it, where a metadata file is named after them."""
_PAPERS = (
    "md markdown rst adoc asciidoc org tex html htm xhtml pdf doc docx docm odt rtf ppt pptx odp xls xlsx ods csv tsv "
    "eml msg mbox epub ipynb png jpg jpeg gif svg webp tif tiff mp3 mp4 zip jsonl ndjson "
    "c h cc cpp hpp cs go java js jsx kt php pl py rb rs scala sh sql swift ts tsx css scss"
)
_PAPER = frozenset(f".{ending}" for ending in _PAPERS.split())
"""Endings of documents and programs: such a file describes no other, except in a folder for metadata."""
_TOKEN = re.compile(r"[^\W_]+")
_EDGES = "._#~ ,;-+=()"
_MOST_WORDS = 12
_FORMATS = frozenset(ending.removeprefix(".") for ending in DATA) | {"txt", "ini", "cfg", "conf", "xml", "xmp"}


def is_metadata_folder(name: str) -> bool:
    """Whether a folder of that name is for files that describe others."""
    return "".join(_TOKEN.findall(name.rpartition("/")[2].casefold())) in _FOLDERS


def could_describe(path: str) -> bool:
    """Whether a file of that path may describe a document or a folder, by its ending or by its folder."""
    folder, _, name = path.rpartition("/")
    return PurePosixPath(name.casefold()).suffix not in _PAPER or any(map(is_metadata_folder, folder.split("/")))


def mirrored(path: str) -> Iterator[str]:
    """The places that a file in a folder for metadata could describe: its own without that folder."""
    *folders, name = path.split("/")
    for place, folder in enumerate(folders):
        if is_metadata_folder(folder):
            yield "/".join([*folders[:place], *folders[place + 1 :], name])


def whole_stem(path: str) -> str:
    """A path without case and its last ending."""
    folder, slash, name = path.casefold().rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)


def stems(path: str) -> Iterator[str]:
    """A path without case, whole and without each of its endings."""
    folder, slash, name = path.casefold().rpartition("/")
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        if stem := ".".join(parts[:length]):
            yield folder + slash + stem


def described_stems(path: str) -> set[str]:
    """Paths without case, with or without endings, of the documents that a file next to them could describe.

    Words like `meta` and `acl` before and behind a name are left out, and so is a single ending that no document has.
    """
    folder, slash, name = unicodedata.normalize("NFKC", path).casefold().rpartition("/")
    tokens = list(_TOKEN.finditer(name))[:_MOST_WORDS]
    suffix = PurePosixPath(name.strip(_EDGES)).suffix
    if not tokens or suffix in _PAPER:
        return set()
    first = next((at for at, token in enumerate(tokens) if token[0] not in _ABOUT), 0)
    ends = [len(tokens)]
    has_ending = name[: tokens[-1].start()].endswith(".")
    while ends[-1] > first + 1 and (
        tokens[ends[-1] - 1][0] in _ABOUT | _FORMATS or (has_ending and ends == [len(tokens)])
    ):
        ends.append(ends[-1] - 1)
    found = {
        folder + slash + name[tokens[start].start() : tokens[end - 1].end()]
        for start in {0, first}
        for end in ends
        if end > start
    }
    if suffix in DATA:
        found.update(stems(whole_stem(path)))
    return found - {path.casefold()}


def folders_described(path: str, *, is_orphan: bool) -> Iterator[str]:
    """The folders whose documents a file could describe all, without case; the empty text is the root.

    Args:
        path: Of the file, or the name that a metadata file gives its document.
        is_orphan: Whether it is such a name.

    """
    for place in (path, *mirrored(path)):
        folder, _, name = unicodedata.normalize("NFKC", place).casefold().rpartition("/")
        suffix = PurePosixPath(name).suffix
        if is_orphan and any(sign in name for sign in "*?"):
            yield folder
        if suffix in _PAPER:
            continue
        words = [word for word in _TOKEN.findall(name)[:_MOST_WORDS] if word not in _FORMATS]
        if words and (_FOLDER_WORDS | (_WHOLE if is_orphan else frozenset())).issuperset(words):
            yield folder
        if words and "".join(words) == "".join(_TOKEN.findall(folder.rpartition("/")[2])):
            yield folder
        yield whole_stem(place) if suffix in DATA else place.casefold()


def is_for_folder(path: str, document: str) -> bool:
    """Whether a file could describe a document only as one of all documents of a folder."""
    of_document = set(stems(document))
    if not of_document.isdisjoint(described_stems(path)):
        return False
    folders = {folder.rstrip("/") for folder in folders_described(path, is_orphan=False)}
    around = document.casefold()
    while around:
        around = around.rpartition("/")[0]
        if around in folders:
            return True
    return False
