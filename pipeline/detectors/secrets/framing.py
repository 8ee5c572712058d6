"""Removes from a value the words and signs that an author put around it to make it look harmless (law 5).

Invariants: pure and linear. Words, references and telling names lower a value only where nothing else is in it: a
generated password with `${x}` before it, `example` behind it or `template` in its name is a password.
"""

import itertools
import re
from dataclasses import replace

from pipeline.detectors.secrets.shapes import MAX_VALUE, Shape, Vocabulary
from pipeline.detectors.secrets.suppressions import (
    HASH_VALUE,
    LOCATION,
    PLACEHOLDER_FORM,
    REFERENCE,
    Context,
    is_documented,
)

_BRACKETED = re.compile(
    r"\$\{([^}]{0,80})\}|\{\{([^}]{0,80})\}\}|\$\(([^)]{0,80})\)|<%=?([^%]{0,80})%>|#\{([^}]{0,80})\}"
    r"|<([^<>]{0,80})>|\[\[?([^\[\]]{0,80})\]\]?|%([A-Za-z_]{3,40})%|\{([^{}]{0,80})\}"
)
"""References and placeholders in brackets of any kind, with what stands between them."""
_WORD = re.compile(r"[A-Za-z]{3,}")
_VARIABLE = re.compile(r"\$[A-Za-z_]{2,40}\b")
_ENCRYPTED = re.compile(r"(?i)^(?:ENC\[|!vault|\$ansible_vault|vault:v\d|sops:|data:|AQICAH)")
"""Forms of values that are stored encrypted."""
_PREFIX = re.compile(r"[A-Za-z+-]{2,20}[:./]{1,3}")
_NOT_IN_PATHS = re.compile(r"[!^*~]")
"""Signs that no path of a secret store holds: with one of them, `vault:` in front is only a word."""
_SIGN = re.compile(r"[!#^&*?~@$%]")
_EDGES = "!-_:./,;=+ \t\"'`"
_LEAST, _LEAST_WITHOUT_SIGN = 8, 10
_LONG = 20
"""From this length on letters of both cases alone can be a generated value, as in base64."""
_LETTERS = re.compile(r"[A-Za-z+/_-]+")
_RESTLESS = 0.4
"""Share of neighbours of different kinds in a short generated value; names in camel case have less, or hold words."""
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def generated(value: str, vocabulary: Vocabulary) -> bool:
    """Whether `value` looks generated: random, with capitals, small letters and digits or signs in it."""
    if len(value) < _LEAST or len(value) > MAX_VALUE or not value.isprintable() or " " in value:
        return False
    classes = sum(map(bool, (re.search("[a-z]", value), re.search("[A-Z]", value), re.search("[0-9]", value))))
    signed = _SIGN.search(value) is not None
    if classes == 2 and len(value) >= _LONG and _LETTERS.fullmatch(value):
        return is_restless(value, vocabulary)
    if classes + signed < 3 or (not signed and len(value) < _LEAST_WITHOUT_SIGN):
        return False
    if vocabulary.shape(value) is Shape.RANDOM:
        return True
    return signed and classes == 3 and len(value) >= _LEAST_WITHOUT_SIGN and is_restless(value, vocabulary)


def is_restless(value: str, vocabulary: Vocabulary) -> bool:
    """Whether letters, digits and signs follow each other as in no word."""
    kinds = [1 if c.islower() else 2 if c.isupper() else 3 if c.isdigit() else 4 for c in value]
    changes = sum(one != other for one, other in itertools.pairwise(kinds)) / (len(value) - 1)
    return changes >= _RESTLESS and vocabulary.wordy(value) == 0 and not _PERCENT.search(value)


def without_framing(value: str, vocabulary: Vocabulary) -> str:
    """The generated secret inside `value`, without references, brackets and words around it; else `value`."""
    if HASH_VALUE.match(value) or _ENCRYPTED.match(value) or is_documented(value):
        return value
    bare = _BRACKETED.sub(lambda found: _content(found, vocabulary), value[:MAX_VALUE])
    bare = _VARIABLE.sub("", bare)
    if (prefix := _PREFIX.match(bare)) and REFERENCE.search(value) and _NOT_IN_PATHS.search(bare):
        bare = bare[prefix.end() :]
    bare = without_stand_ins(bare, vocabulary)
    if bare == value or LOCATION.match(value) or not generated(bare, vocabulary):
        return value
    return bare


def without_stand_ins(value: str, vocabulary: Vocabulary) -> str:
    """`value` without words that people write in place of a secret, and without signs at its ends."""
    return _WORD.sub(lambda run: "" if vocabulary.stands_in([run[0].lower()]) else run[0], value).strip(_EDGES)


def beyond_its_name(value: str, context: Context, kind: str, vocabulary: Vocabulary) -> Context:
    """`context` without a name that would talk a generated password out of being one, such as `password_template`."""
    if kind == "named" or _SIGN.search(value) is None or not generated(value, vocabulary):
        return context
    if HASH_VALUE.match(value) or REFERENCE.search(value) or PLACEHOLDER_FORM.search(value):
        return context
    return replace(context, key="")


def _content(found: re.Match[str], vocabulary: Vocabulary) -> str:
    """The text in brackets, if it is a generated value and not a name; else the empty string."""
    inside = next((group for group in found.groups() if group is not None), "").strip()
    return inside if _SIGN.search(inside) and generated(inside, vocabulary) else ""
