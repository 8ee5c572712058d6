"""Generated values near the name of a credential, whatever stands between and around them (law 5).

An author can put brackets, template syntax, a reference, a comment or a sentence between a name and a value. This
search does not read any of them: it takes the pieces of the line apart and asks whether one of them is generated.

Invariants: pure and linear. Only the shape of a piece speaks for or against it; the words around it do not. A piece
that is a hash, an address or a reference by its whole shape is left to the rules that know names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.detectors.secrets.framing import generated, without_stand_ins
from pipeline.detectors.secrets.linear import Pattern
from pipeline.detectors.secrets.shapes import Shape, Vocabulary
from pipeline.detectors.secrets.suppressions import PUBLIC, UUID, describes, is_hash, is_standard
from pipeline.detectors.secrets.views import SecretView

_LOGIN_WORDS = (
    r"passwor[dt]s?|passwd|passphrase|passcode|passwort|kennwort|\bpwd?\b|[_.-]pwd?\b|contrase(?:ñ|n)a|mot de passe"
    r"|wachtwoord|has[lł]o|l[oö]senord|salasana|adgangskode|[sş]ifre|senha|пароль|密码|密碼|パスワード|비밀번호|암호"
)
_KEY_WORDS = (
    r"secrets?\b|tokens?\b|api[_. -]?keys?\b|access[_. -]?keys?\b|private[_. -]?keys?\b|(?:secret|signing|master"
    r"|encryption|client|account|service|shared|auth)[_. -]?keys?\b|credentials?\b|bearer\b"
)
_NAMES = Pattern(rf"(?i)(?P<name>[\w.$-]{{0,40}}(?:(?P<password>{_LOGIN_WORDS})|(?:{_KEY_WORDS}))\w{{0,40}})")
_REACH = 200
"""Characters after a name, on its line or the next line with something on it, that are searched."""
_ATOM = re.compile(r"[^\s\"'`<>()\[\]{}|,;‹›«»“”„‘’（）【】「」=\\]{6,300}")
_PART = re.compile(r"[^:/@]{6,300}")
_DIRECT = re.compile(
    r"[\W_]*(?:\$\{?\w{1,40}\}?|%\w{1,40}%|#?\{\{?\s?[\w.]{1,40}\s?\}\}?)?[\W_]*"
    r"|(?:[ _-][A-Za-z]{2,15}){1,2}\s?[:=][\W_]*"
)
"""Signs, a reference or the rest of a label: what may stand between a name and its own value."""
_EDGES = "!-_:.,;+*~#%$@&?…•→"
_SIGN = re.compile(r"[!#^&*?~%$]")
_ADDRESS = re.compile(
    r"(?i)(?:[a-z][a-z0-9+.-]{1,12}://)?(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]|$)|arn:aws|\.{0,2}/[\w-]+/"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LINK = re.compile(r"(?i)://(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?[/?#]")
_HASH_WORD = re.compile(r"(?i)sha-?\d|md5|hash|digest|checksum|commit|revision|fingerprint|etag")
_OPENING = "\"'`<>([{|‹«“„「"
_WORDY = 0.2
"""Share of words from which a piece apart from the name is taken for a name of something."""
_TYPED = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\d.*\d)(?=.+[!#^&*?~$].)[!-.0-~]{8,40}")
"""A typed password: letters, two digits and a sign among them. No placeholder has all three."""
_CLASS = re.compile(r"\)?\[(?:A-Z|a-z|0-9|\^)")
_HEX = re.compile(r"[0-9a-fA-F]{32,128}")
_BARE = re.compile(r"[^\s_./()\-]{10,300}")
_RECORD_OF = re.compile(r"(?i)\.(?:jsonl|ndjson)#")
"""Stands between the name of a feed and the name of its record."""
_LEAST_BARE = 20
"""Characters of a value without a sign in a short string."""
_LEAST, _LEAST_PLAIN, _LEAST_APART = 8, 10, 14
"""Characters of a piece with a sign, of one without, and of one without that stands apart from the name."""


@dataclass(frozen=True, slots=True)
class Near:
    """A piece of a line near a name. `direct`: only signs stand between them; `close`: or it is a quoted literal."""

    start: int
    end: int
    value: str
    name: str
    direct: bool
    close: bool
    password: bool


class NearNames:
    """Finds generated pieces near names of credentials."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def find(self, view: SecretView) -> Iterator[Near]:
        """Every piece that looks generated, in order of the names."""
        for found in _NAMES.find(view.data):
            start, end = view.characters(*found["name"])
            name, password = view.text[start:end], "password" in found
            stretch = _stretch(view.text, end)
            for left, right in _atoms(view.text, *stretch):
                direct = _DIRECT.fullmatch(view.text, end, left) is not None
                quoted = view.text[left - 1] in _OPENING and not _HASH_WORD.search(view.text, end, left)
                for begin, stop in _pieces(view.text, left, right):
                    value = view.text[begin:stop].strip(_EDGES)
                    near = Near(begin, stop, value, name, direct, direct or quoted, password)
                    if not _is_pattern(view.text, stop) and self._counts(
                        near, _run(view.text, begin), view.text[left:right]
                    ):
                        yield near

    def _counts(self, near: Near, before: str, atom: str) -> bool:
        value = without_stand_ins(near.value, self._vocabulary)
        if any(UUID.match(each) or is_hash(each) for each in (atom, value)) or is_standard(value):
            return False
        if _MAIL.fullmatch(value) or _LINK.search(before) or (_ADDRESS.match(atom) and not _is_file(near)):
            return False
        if not near.password and (describes(near.name) or PUBLIC.search(near.name)):
            return False
        if near.close and not near.password and _HEX.fullmatch(value):
            return self._vocabulary.shape(value) is Shape.RANDOM
        if near.direct and near.password and "://" not in before and _TYPED.fullmatch(value):
            return True
        signed = _SIGN.search(value) is not None
        least = _LEAST if signed else _LEAST_PLAIN if near.direct else _LEAST_APART
        if len(value) < least or not generated(value, self._vocabulary):
            return False
        return signed or near.direct or self._vocabulary.wordy(value) < _WORDY


class BareValues:
    """Finds generated values in short strings, such as file names, without any name of a credential.

    Over the 73,760 names of installed packages and a handbook, neither bound takes one for a value.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Places of the values."""
        for atom in _BARE.finditer(_RECORD_OF.sub(lambda found: "." * len(found[0]), text)):
            value = atom[0]
            signed = _SIGN.search(value) is not None
            bare = len(value) >= _LEAST_BARE and self._vocabulary.wordy(value) < _WORDY / 2
            if (bare or (signed and len(value) >= _LEAST_PLAIN)) and generated(value, self._vocabulary):
                yield atom.span()


def _pieces(text: str, left: int, right: int) -> Iterator[tuple[int, int]]:
    """The whole stretch without a blank, and its parts between colons, slashes and at signs."""
    yield left, right
    parts = [part.span() for part in _PART.finditer(text, left, right)]
    yield from (part for part in parts if part != (left, right))


def _run(text: str, place: int) -> str:
    """The characters before a place, back to the last blank."""
    return text[max(0, place - _REACH) : place].rpartition(" ")[2]


def _is_file(near: Near) -> bool:
    """Whether a password seems to be a file name: no file is the value of a name that says password."""
    return near.direct and near.password and near.value.count(".") == 1 and "/" not in near.value


def _is_pattern(text: str, end: int) -> bool:
    """Whether a class of characters follows, as in a regular expression for a form of credentials."""
    return _CLASS.match(text, end) is not None


def _stretch(text: str, end: int) -> tuple[int, int]:
    """Where a value may stand after a name: the rest of its line, or the next line if nothing is left on it."""
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    if any(c.isalnum() for c in text[end : min(stop, end + _REACH)]):
        return end, min(stop, end + _REACH)
    following = re.compile(r"\s*").match(text, stop)
    begin = following.end() if following else stop
    stop = text.find("\n", begin)
    return begin, min(len(text) if stop < 0 else stop, begin + _REACH)


def _atoms(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    yield from (atom.span() for atom in _ATOM.finditer(text, start, end))
