"""Names of submitted documents: made here, never taken from a submitter.

Invariants: a URI is a few lower-case words, a random token and an ending, all from `[a-z0-9.-]`; so it cannot be a
path, a hidden file, an option or a device, whatever was typed. Words with a digit are left out, and so is a whole
name that holds an address: keys, numbers and addresses in a file name stay on the receipt (law 4).
"""

import re
import unicodedata

SHOWN_CHARACTERS = 120
_MOST_WORDS = 6
_WORD = re.compile(r"[a-z]{2,16}")
_DIGIT = re.compile(r"[0-9]")
_ENDING = re.compile(r"\.(?:[a-z][a-z0-9]{0,7}|7z)")
_PLAIN_ENDING = ".bin"
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def shown_name(name: str) -> str:
    """A file name fit for display: its last part, without controls or marks that reorder text, and limited."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name.replace("\x00", "/")))[-1]
    visible = "".join(" " if unicodedata.category(character) in _UNSHOWN else character for character in last)
    visible = " ".join(visible.split())
    if len(visible) > SHOWN_CHARACTERS:
        visible = f"{visible[: SHOWN_CHARACTERS - 1]}…"
    return visible or "unnamed"


def ending(name: str) -> str:
    """The ending that tells kinds of text apart, such as `.md`; `.bin` where there is none to be trusted."""
    shown = shown_name(name).lower()
    found = f".{shown.rpartition('.')[2]}" if "." in shown else ""
    return found if _ENDING.fullmatch(found) else _PLAIN_ENDING


def submitted_uri(name: str, token: str) -> str:
    """The stable URI of a new document, such as `notice-periods-4f2a9c01d37b5e88.md`."""
    shown = shown_name(name)
    stem = shown.rpartition(".")[0] or shown
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    # A part with a digit is left out whole: half a key is still half a key.
    parts = [] if "@" in plain else [part for part in re.split(r"[\s,;()\[\]]+", plain) if not _DIGIT.search(part)]
    words = [word for part in parts for word in re.split(r"[._+-]+", part) if _WORD.fullmatch(word)]
    return "-".join((*words[:_MOST_WORDS], token)) + ending(name)
