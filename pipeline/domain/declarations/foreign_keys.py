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
_PRIVATE = frozenset({"private", "secret", "sensitive"})
_SURELY = (
    "acl acls reader readers viewer viewers grant grants permission permissions blacklist whitelist blocklist blocked"
)
_SURELY_READERS = frozenset(_SURELY.split())
"""Words of keys that mean nothing else."""
_NO_NAMES = "true false yes no on off none null all any public everyone internal"
_ANYONE = frozenset(_NO_NAMES.split())
_IS = frozenset({"is", "document", "doc", "content", "access", "page", "file", "strictly", "company"})


def lists_readers(key: str, value: object) -> bool:
    """Whether a value is a list of principals, or holds principals inside what a key calls access."""
    words = _words(key)
    if words & _PERSONS and not words & _ACCESS:
        return False
    names = value if isinstance(value, list) else [value]
    if names and all(is_principal(name) for name in names):
        return True
    return _names_principal(value, below_access=bool(words & _ACCESS))


def is_about_readers(key: str) -> bool:
    """Whether all of a key says whom something is open to, such as `access` or `visible_to`."""
    words = _words(key)
    return bool(words & _ACCESS) and words <= _ACCESS | _JOINTS


def is_for_readers(key: str) -> bool:
    """Whether a key says for whom something is, such as `allow-for`."""
    return "for" in _words(key)


def is_level_switch(key: str, *, wide: bool = False) -> bool:
    """Whether a key is a level that is turned on: `confidential: true`; with `wide`, also `private: true`."""
    words = _words(key)
    levels = _LEVELS | _PRIVATE if wide else _LEVELS
    return bool(words & levels) and words <= levels | _IS


def names_readers(key: str, value: object) -> bool:
    """Whether a key can only be about readers and has names below it, in whatever form: `readers: [hr]`."""
    words = _words(key)
    if not words & _SURELY_READERS or not words <= _SURELY_READERS | _ACCESS | _JOINTS:
        return False
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, str) and re.search(r"[^\W\d_]", inside) and inside.strip().casefold() not in _ANYONE:
            return True
        if isinstance(inside, Mapping):
            waiting.extend([*inside, *inside.values()])
        elif isinstance(inside, list | tuple):
            waiting.extend(inside)
    return False


def _names_principal(value: object, *, below_access: bool) -> bool:
    waiting = [(value, below_access)]
    while waiting:
        inside, below = waiting.pop()
        if isinstance(inside, Mapping):
            for key, held in inside.items():
                if below and is_principal(key):
                    return True
                waiting.append((held, below or bool(_words(str(key)) & _ACCESS)))
        elif isinstance(inside, list | tuple):
            waiting.extend((held, below) for held in inside)
        elif below and is_principal(inside):
            return True
    return False


def is_principal(name: object) -> bool:
    """Whether something is a name of a principal in full."""
    text = name.strip().casefold() if isinstance(name, str) else ""
    return text.startswith(_PREFIXES) and " " not in text


def _words(key: str) -> frozenset[str]:
    return frozenset(skeleton(word) for word in _WORDS.findall(_CAMEL.sub(" ", key[:64])))
