"""Names of principals as declarations must write them, and which of them exist.

Identities, allowed and denied names are compared in one canonical form: NFKC, without case. A name in a declaration is
written in full, `user:`, `group:` or `service:` and one name, in characters that cannot stand for others: a denial that
can match no one is an error, not a decoration (law 2).

Invariants: pure. A name that an identity file holds exactly is accepted whatever its characters. Messages never repeat
a name.
"""

import unicodedata
from functools import lru_cache

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import EVERYONE, canonical

_KINDS = ("user", "group", "service")
_MARKS = frozenset("._-+")
_FAMILIES = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK"}
"""Scripts that are written together."""


class KnownPrincipals(Frozen):
    """Every principal and group that the identity file and the settings name."""

    names: frozenset[str]
    """In canonical form."""
    open_users: bool = False
    """An identity provider can name more users, so an unknown `user:` may exist."""

    def may_exist(self, name: str) -> bool:
        """Whether a principal of that name can ask."""
        name = canonical(name)
        return name in self.names or name == EVERYONE or (self.open_users and name.startswith("user:"))


@lru_cache(maxsize=16_384)
def written_principal(name: str, known: KnownPrincipals | None = None) -> str:
    """The canonical form of a principal as a declaration or a registration writes it.

    Raises `ValueError` with what is wrong, in words that complete "entry 2 …".
    """
    if unicodedata.normalize("NFKC", name) != name or not name.isprintable():
        raise ValueError("has characters that look like others or are invisible: write plain letters")
    if known is not None and canonical(name) in known.names and _is_full(name):
        return canonical(name)
    kind, colon, rest = name.strip(" ").partition(":")
    if not colon or kind not in _KINDS:
        raise ValueError("needs `user:`, `group:` or `service:` before the name")
    if not rest:
        raise ValueError("has no name after the colon")
    addressed = known is not None and known.open_users and kind == "user"
    wrong = {
        c for c in rest if not (c.isalnum() or unicodedata.combining(c) or c in _MARKS or (addressed and c == "@"))
    }
    if wrong & set("*?"):
        raise ValueError("has a wildcard, which is not read: write `group:everyone` or each name")
    if wrong:
        raise ValueError("has a space or sign in its name: write each name as an entry of its own, without an address")
    if len({script for c in rest if (script := _script(c))}) > 1:
        raise ValueError("mixes letters of several scripts")
    return canonical(f"{kind}:{rest}")


def _is_full(name: str) -> bool:
    return name.partition(":")[0] in _KINDS


def _script(character: str) -> str | None:
    if not character.isalpha():
        return None
    script = unicodedata.name(character, "UNKNOWN").split(" ")[0]
    return _FAMILIES.get(script, script)
