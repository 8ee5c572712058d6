"""Reads ordinary documents from folders of this machine: documentation of packages, other people's read-me files.

Invariants: the same files and seed give the same documents in the same order. Nothing of them is written anywhere.
"""

import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

_SKIPPED = re.compile(r"(?is)<(script|style|head|nav)\b.*?</\1>")
_BLOCK = re.compile(r"(?i)</?(p|div|h\d|li|tr|br|pre|dt|dd|table|ul|ol|section|blockquote)\b[^>]*>")
_CELL = re.compile(r"(?i)</t[dh]>")
_TAG = re.compile(r"<[^>]+>")
_WRAPPED = re.compile(r"(?<=[a-z,;])\n(?=[a-z(])")
_ABOUT_ATTACKS = re.compile(r"prompt injection|jailbreak|language model|chatgpt|\bLLM", re.IGNORECASE)
_SUFFIXES = (".html", ".htm", ".txt", ".md", ".rst", ".gz", ".py", ".page", "")
_LENGTHS = (400, 700, 1200, 2000, 3500, 6000)
_FEWEST = 250
_MOST_OF_A_FILE = 6
_MOST = 60
"""Pieces of a folder. A large manual must not outweigh the rest."""
_LETTERS = 0.5
_READ = 60_000


def documents(folder: Path, limit: int, chance: Random) -> list[str]:
    """Pieces of up to `limit` files of a folder, each as long as a short or a long document; none comes twice."""
    found = list(dict.fromkeys(_documents(folder, limit, chance)))
    return chance.sample(found, min(_MOST, len(found)))


def _documents(folder: Path, limit: int, chance: Random) -> Iterator[str]:
    files = sorted(
        file for file in folder.rglob("*") if file.is_file() and not file.is_symlink() and file.suffix in _SUFFIXES
    )
    for file in chance.sample(files, min(limit, len(files))):
        text = _read(file)
        letters = sum(map(str.isalpha, text))
        if letters >= _LETTERS * max(1, len(text)) and not _ABOUT_ATTACKS.search(text):
            yield from _pieces(text, chance)


def _pieces(text: str, chance: Random) -> Iterator[str]:
    at = 0
    for _ in range(_MOST_OF_A_FILE):
        end = text.find("\n", at + chance.choice(_LENGTHS))
        piece = text[at : end if end >= 0 else len(text)].strip()
        if len(piece) > _FEWEST:
            yield piece
        if end < 0:
            return
        at = end


def _read(file: Path) -> str:
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError):
        return ""
    text = data[:_READ].decode("utf-8", "replace").replace("\r", "")
    if "\x00" in text:
        return ""
    if ".htm" in file.name or text.startswith("<"):
        text = _CELL.sub(" | ", _BLOCK.sub("\n", _SKIPPED.sub(" ", text)))
        text = html.unescape(_TAG.sub("", text))
    else:
        text = _WRAPPED.sub(" ", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", re.sub(r"[ \t]+", " ", text))).strip()
