"""Whether a value is of the kind that a permission key has, as far as text can tell that was not read as a declaration.

Invariants: pure. Loose fits are for lines that can hardly be anything but a declaration, strict ones for text that may
well be about something else.
"""

import re

from pipeline.domain.declarations.tag_keys import skeleton, within

_LINE = 400
_WORD = re.compile(r"[^\s,;\[\](){}\"'`|]+")
_LEVELS = ("public", "internal", "confidential", "restricted")
_OTHER_SCHEMES = "secret topsecret sensitive private proprietary protected vertraulich geheim intern confidentiel"
_LIKE_LEVELS = frozenset(_OTHER_SCHEMES.split())
"""Words of other schemes for a level, which no document is served under."""
_DISTANCE = {"confidential": 2, "restricted": 2, "internal": 1, "public": 1}
_PRINCIPAL = re.compile(r"(?:user|group|service)s?:", re.IGNORECASE)
_NAME = re.compile(r"[@*-]?[\w.@*-]*[^\W\d_][\w.@*-]*")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""Of HTTP, whose `Allow` header lists them."""
_DATE = re.compile(r"\W{0,4}\d{4}-?\d{2}")
_SWITCHES = frozenset(["true", "false", "yes", "no", "on", "off", "none", "null", "all"])
_MOST_NAMES = 3
_MARKINGS = (
    "sensitivity confidentiality msiplabels marking protectivemarking securitymarking securitylevel secrecy "
    "secrecylevel confidentialitylevel sensitivitylevel sensitivitylabel tlp vertraulichkeit geheimhaltung"
)
_MARKING_KEYS = frozenset(_MARKINGS.split())
"""Names of classifications in the forms of offices and governments, without blanks."""
_AROUND = " \t\"'*_`.,;:()[]{}"
_KEY_WORDS = re.compile(r"[^\W_]+")
_HIGH = frozenset({"confidential", "restricted"})
_DEGREES = frozenset({"strictly", "highly", "company", "strict", "most"})
_TLP = re.compile(r"(?i)(?:tlp\s?:\s?)(?:red|amber(?:\+strict)?)")
"""The Traffic Light Protocol 2.0, whose other colours keep nothing from colleagues: https://www.first.org/tlp."""


def fits(key: str, value: str) -> bool:
    """Whether a value is of the kind that a key has; prose such as `Allow: it takes a day` is not a declaration."""
    words = _WORD.findall(value[:_LINE])
    if not words:
        return value.startswith("[")
    if key == "classification":
        return len(words) <= _MOST_NAMES + 1 and any(level_like(word) for word in words[:2])
    if key == "until":
        return _DATE.match(value) is not None
    if _PRINCIPAL.search(value):
        return True
    if _METHODS.issuperset(words):
        return False
    named = all(_NAME.fullmatch(word) and word.casefold() not in _SWITCHES for word in words)
    return named and (len(words) == 1 or value.startswith("[") or ("," in value and len(words) <= _MOST_NAMES))


def fits_strictly(key: str, value: str) -> bool:
    """Whether a value can be nothing else: a level and little more, names of principals in full, a date."""
    words = _WORD.findall(value[:_LINE])
    if key == "classification":
        return 0 < len(words) <= 2 and any(level_like(word) for word in words)
    if key == "until":
        return _DATE.match(value) is not None and len(words) <= 2
    return key in ("allow", "deny") and any(_PRINCIPAL.match(word) for word in words)


def level_of(value: str) -> str | None:
    """The level that a value is, in plain writing; None for anything else."""
    word = value.strip(" \t.\"'*_`").casefold()
    return word if word in _LEVELS else None


def level_like(word: str) -> bool:
    """Whether a word is a level, is too like one, or is a level of another scheme."""
    bare = skeleton(word.strip(".:*_"))
    if bare in _LIKE_LEVELS or bare.startswith("tlp:"):
        return True
    return any(within(bare, level, most) for level, most in _DISTANCE.items())


def is_marking_key(key: str) -> bool:
    """Whether a key is another name for the classification, such as `Sensitivity` or `X-Protective-Marking`."""
    return "".join(skeleton(word) for word in _KEY_WORDS.findall(key[:64])).removeprefix("x") in _MARKING_KEYS


def is_marked(key: str, value: str) -> bool:
    """Whether a key is another name for the classification and the value a level that keeps colleagues out."""
    value = value.strip(_AROUND)
    return is_marking_key(key) and (is_high(value) or is_high(f"{key.strip()}:{value}"))


def is_high(words: str) -> bool:
    """Whether words are a level that keeps colleagues out and nothing else, such as `Strictly Confidential`."""
    found = {word.casefold() for word in _KEY_WORDS.findall(words[:_LINE])}
    return (bool(found & _HIGH) and found <= _HIGH | _DEGREES) or _TLP.fullmatch(words.strip()) is not None
