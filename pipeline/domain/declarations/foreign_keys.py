"""Keys that are not tags, and whose values say all the same who may read a document.

Invariants: pure. A person behind a document, such as its author, is not one of its readers.
"""

import re
from collections.abc import Mapping

from pipeline.domain.declarations.tag_keys import skeleton

_PREFIXES = ("user:", "group:", "service:")
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WHO_WROTE = (
    "author authors editor editors maintainer maintainers contributor contributors reviewer reviewers approver "
    "approvers assignee assignees contact contacts creator translator translators owner owners by"
)
_PERSONS = frozenset(_WHO_WROTE.split())
"""Words of keys that name persons behind a document: `author`, `created_by`."""
_WHO_READS = (
    "access acl acls allow deny permission permissions right rights read reader readers view viewer viewers visible "
    "visibility audience security share shared who grant grants authorization policy privacy"
)
_ACCESS = frozenset(_WHO_READS.split())
"""Words of keys below which readers are named."""
_JOINTS = frozenset({"by", "to", "for", "list", "level", "rule", "rules", "group", "groups", "user", "users"})
_LEVELS = frozenset({"confidential", "restricted"})
_IS = frozenset({"is", "document", "doc", "content", "access", "page", "file", "strictly", "company"})


def lists_readers(key: str, value: object) -> bool:
    """Whether a value is a list of principals, or holds principals inside what a key calls access."""
    words = _words(key)
    if words & _PERSONS and not words & _ACCESS:
        return False
    names = value if isinstance(value, list) else [value]
    if names and all(_is_principal(name) for name in names):
        return True
    return _names_principal(value, below_access=bool(words & _ACCESS))


def is_about_readers(key: str) -> bool:
    """Whether all of a key says whom something is open to, such as `access` or `visible_to`."""
    words = _words(key)
    return bool(words & _ACCESS) and words <= _ACCESS | _JOINTS


def is_for_readers(key: str) -> bool:
    """Whether a key says for whom something is, such as `allow-for`."""
    return "for" in _words(key)


def is_level_switch(key: str) -> bool:
    """Whether a key is a level that is turned on: `confidential: true`."""
    words = _words(key)
    return bool(words & _LEVELS) and words <= _LEVELS | _IS


def _names_principal(value: object, *, below_access: bool) -> bool:
    waiting = [(value, below_access)]
    while waiting:
        inside, below = waiting.pop()
        if isinstance(inside, Mapping):
            for key, held in inside.items():
                if below and _is_principal(key):
                    return True
                waiting.append((held, below or bool(_words(str(key)) & _ACCESS)))
        elif isinstance(inside, list | tuple):
            waiting.extend((held, below) for held in inside)
        elif below and _is_principal(inside):
            return True
    return False


def _is_principal(name: object) -> bool:
    text = name.strip().casefold() if isinstance(name, str) else ""
    return text.startswith(_PREFIXES) and " " not in text


def _words(key: str) -> frozenset[str]:
    return frozenset(skeleton(word) for word in _WORDS.findall(_CAMEL.sub(" ", key[:64])))
