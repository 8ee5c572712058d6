"""Generated values near the name of a credential, whatever stands between and around them (law 5).

An author can put brackets, template syntax, a reference, a comment or a sentence between a name and a value. This
search does not read any of them: it takes the pieces of the line apart and asks whether one of them is generated.

Invariants: pure and linear. Only the shape of a piece speaks for or against it; the words around it do not. A piece
that is a hash, an address or a reference by its whole shape is left to the rules that know names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.detectors.linear import Pattern
from pipeline.detectors.secrets.framing import generated, without_stand_ins
from pipeline.detectors.secrets.shapes import Shape, Vocabulary
from pipeline.detectors.secrets.suppressions import (
    LONGEST_LINK,
    PUBLIC,
    UUID,
    Suppression,
    describes,
    is_fingerprint,
    is_hash,
    is_standard,
    numbers_a_visit,
    without_documented,
)
from pipeline.detectors.secrets.views import SecretView

_LOGIN_WORDS = (
    r"passwor[dt]s?|passwd|passphrase|passcode|passwort|kennwort|\bpwd?\b|[_.-]pwd?\b|contrase(?:ñ|n)a|mot de passe"
    r"|wachtwoord|has[lł]o|l[oö]senord|salasana|adgangskode|[sş]ifre|senha|пароль|密码|密碼|パスワード|비밀번호|암호"
)
_KEY_WORDS = (
    r"secrets?\b|tokens?\b|api[_. -]?keys?\b|access[_. -]?keys?\b|private[_. -]?keys?\b|(?:secret|signing|master"
    r"|encryption|client|account|service|shared|auth|hmac|session|cookie|webhook|licen[cs]e|deploy|admin"
    r"|root)[_. -]?keys?\b|credentials?\b|bearer\b"
)
_NAMES = Pattern(rf"(?i)(?P<name>[\w.$-]{{0,40}}(?:(?P<password>{_LOGIN_WORDS})|(?:{_KEY_WORDS}))\w{{0,40}})")
_KEYS = Pattern(
    r"(?i)(?:keys?[0-9]?|secrets?|tokens?|passwor[dt]s?|passphrase|schl(?:ü|ue)ssel|\bclé|\bclave|\bchiave|\bchave|sleutel|nyckel|\bklucz|ключ|鍵|密钥|密鑰|秘钥|キー)"
)
"""Words behind which the rest of a label may stand."""
_ID = re.compile(r"(?i)[ _-]?(?:ids?|identifier|fingerprint|thumbprint)\b")
_LONGEST_WORD = 16
_WORD_BEFORE = re.compile(r"[A-Za-z]{2,14}[ ]$")
_REFERENCE = (
    r"(?:\$\{?\w{1,40}\}?|%\w{1,40}%|[$#@]?\{\{?\s?[\w.]{1,40}\s?\}\}?|\$\([^()\n]{1,80}\)|<[^<>\n]{1,40}>"
    r"|`[^`\n]{1,40}`|\[[\w.]{1,20}\])"
)
_SEPARATOR = r"(?:\t|[:=|→⇒>–—-]{1,3}|\.\.\.|…|\b(?:is|was|to|uses?|ist|lautet|est|es|è|это)\b)"
_LABELLED = re.compile(
    r"[\"'`*_)]{0,3}(?:[^\S\n]{1,3}[\w'’/.-]{1,24}){0,8}?(?:\s?\([^()\n]{1,40}\)){0,2}"
    r"(?:[^\S\n]{1,3}[a-z]{1,12}){0,3}?\s{0,3}"
    + _SEPARATOR
    + r"\s{0,4}[\"'`«„“(\[<{]{0,2}"
    + _REFERENCE
    + r"?(?:0x|hex:|base64:)?(?P<value>[0-9A-Za-z+/_-]{20,128}={0,2})(?![\w.@:/-])"
)
"""The rest of a label, a separator and one long value."""
_REACH = 200
"""Characters after a name, on its line or the next line with something on it, that are searched."""
_ATOM = re.compile(r"[^\s\"'`<>()\[\]{}|,;‹›«»“”„‘’（）【】「」=\\]{6,300}")
_PART = re.compile(r"[^:/@]{6,300}")
_DIRECT = re.compile(
    rf"[\W_]*{_REFERENCE}?[\W_]*|\s?\([^()\n]{{1,40}}\)[\W_]*"
    rf"|(?:[^\w\n]{{1,3}}[A-Za-z]{{1,15}}){{0,6}}?[^\w\n]{{0,3}}{_SEPARATOR}[\W_]*"
)
"""Signs, a reference, a note or the rest of a label: what may stand between a name and its own value."""
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
"""Share of words from which a piece apart from the name is taken for a name of something; a literal has twice that."""
_TYPED = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\d.*\d)(?=.+[!#^&*?~$].)[!-.0-~]{8,40}")
"""A typed password: letters, two digits and a sign among them. No placeholder has all three."""
_TYPED_AT_EDGE = re.compile(
    r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d.*\d)(?:[!#^&*?~$%@][\w!#^&*?~$%@]{7,39}|[\w!#^&*?~$%@]{7,39}[!#^&*?~$%@])"
)
"""The same with its sign at an edge, where quotation marks show that the sign belongs to it."""
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w{2,8};|\$[A-Za-z_]{3}")
_DEFAULT = re.compile(r"(?i)\bdefaults?(?: value)?(?: to| is)?\s?[:=]?\s?$")
_GROUPED = re.compile(
    r"(?<!\w)(?:(?:[0-9A-Za-z+/]{4}[ \u00a0]){3,31}[0-9A-Za-z+/]{1,4}"
    r"|(?:[0-9A-Za-z+/]{8}[ \u00a0]){2,15}[0-9A-Za-z+/]{1,8})={0,2}(?!\w)"
)
"""One value in groups of four or eight."""
_LITERAL = "\"'`“„«‘「『|"
_IN_CODE = re.compile(r"[?&]\w*=|\$[A-Za-z_]|&\w+;|\?:")
"""Queries, variables and character references: literals of code that no one types as a password."""
_OPERATORS = re.compile(r"&&|\|\||[<>!]=|->|::|\(\)|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")
"""Signs of an expression, or names joined by dots; with words between them they are code."""
_CLASS = re.compile(r"\)?\[(?:A-Z|a-z|0-9|\^)")
_HEX = re.compile(r"[0-9a-fA-F]{32,128}")
_BARE = re.compile(r"[^\s_./()\-]{10,300}")
_EXTENSION = re.compile(r"\.[a-z0-9]{1,4}$")
_RECORD_OF = re.compile(r"(?i)\.(?:jsonl|ndjson)#")
"""Stands between the name of a feed and the name of its record."""
_LEAST_BARE = 20
"""Characters of a value without a sign in a short string."""
_LEAST, _LEAST_PLAIN, _LEAST_APART = 8, 10, 14
"""Characters of a piece with a sign, of one without, and of one without that stands apart from the name."""


@dataclass(frozen=True, slots=True)
class Near:
    """A piece of a line near a name. `direct`: only signs stand between them; `close`: or it is set apart.

    `literal`: It is set apart by quotation marks.
    """

    start: int
    end: int
    value: str
    name: str
    direct: bool
    close: bool
    literal: bool
    password: bool
    doubtful: bool = False
    """It may be the place of a secret as well as the secret."""
    visit: bool = False
    """Whether it numbers a visit, as a parameter of a link."""

    @property
    def suppressed(self) -> Suppression | None:
        """Why its name speaks against it, such as `public_key` or `page token`."""
        if self.password:
            return None
        if PUBLIC.search(self.name) or is_fingerprint(self.value, self.name):
            return Suppression.PUBLIC
        return Suppression.NAME if self.visit or describes(self.name) else None


class NearNames:
    """Finds generated pieces near names of credentials."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def find(self, view: SecretView) -> Iterator[Near]:
        """Every piece that looks generated, in order of the names."""
        for found in _NAMES.find(view.data):
            start, end = view.characters(*found["name"])
            name, password = _with_the_word_before(view.text, start, end), "password" in found
            name += _identifier_behind(view.text, end)
            stretch = _stretch(view.text, end)
            for left, right in _atoms(view.text, *stretch):
                direct = _DIRECT.fullmatch(view.text, end, left) is not None
                hashed = _HASH_WORD.search(view.text, end, left) is not None
                default = _DEFAULT.search(view.text, max(end, left - 24), left) is not None
                literal = (view.text[left - 1] in _LITERAL and not hashed) or default
                quoted = literal or (view.text[left - 1] in _OPENING and not hashed)
                for begin, stop in _pieces(view.text, left, right):
                    value = view.text[begin:stop].strip(_EDGES)
                    visit = direct and numbers_a_visit(view.text[max(0, begin - LONGEST_LINK) : begin])
                    near = Near(begin, stop, value, name, direct, direct or quoted, literal, password, visit=visit)
                    if _is_pattern(view.text, stop):
                        continue
                    if self._counts(near, _run(view.text, begin), view.text[left:right]):
                        yield near
                    elif self._may_count(near, _run(view.text, begin)):
                        yield replace(near, doubtful=True)
            yield from self._grouped(view.text, end, stretch, name, password=password)
        yield from self._labelled(view)

    def _grouped(self, text: str, end: int, stretch: tuple[int, int], name: str, *, password: bool) -> Iterator[Near]:
        """A value whose characters stand in groups."""
        for run in _GROUPED.finditer(text, *stretch):
            if _DIRECT.fullmatch(text, end, run.start()) and not _HASH_WORD.search(
                text, _line_start(text, end), run.start()
            ):
                value = re.sub(r"\s", "", run[0])
                near = Near(*run.span(), value, name, True, True, False, password)
                if len(value) >= _LEAST_APART and self._counts(near, "", value):
                    yield near

    def _labelled(self, view: SecretView) -> Iterator[Near]:
        """Long values behind a label that says no more than key."""
        for found in _KEYS.find(view.data):
            start, end = view.characters(*found[""])
            value = _LABELLED.match(view.text, end)
            if value is None or _HASH_WORD.search(view.text, _line_start(view.text, start), value.start("value")):
                continue
            begin, stop = value.span("value")
            name = view.text[max(_line_start(view.text, start), start - 40) : end]
            name += _identifier_behind(view.text, end)
            near = Near(begin, stop, value["value"], name, True, True, False, False)
            if not _LINK.search(_run(view.text, begin)) and self._counts(near, "", value["value"]):
                yield near

    def _counts(self, near: Near, before: str, atom: str) -> bool:
        value = without_stand_ins(without_documented(near.value), self._vocabulary)
        if any(UUID.match(each) or is_hash(each) for each in (atom, value)) or is_standard(value):
            return False
        if _MAIL.fullmatch(value) or _LINK.search(before):
            return False
        if _ADDRESS.match(atom) and not _is_file(near) and not self._is_opaque(atom):
            return False
        if _OPERATORS.search(value) and self._vocabulary.wordy(value) >= _WORDY:
            return False
        if near.close and _HEX.fullmatch(near.value):
            return self._vocabulary.shape(near.value) not in (Shape.MASKED, Shape.SEQUENCE, Shape.NUMBER)
        typed = near.password and "://" not in before and (_TYPED.fullmatch(value) or _TYPED.fullmatch(atom))
        if typed and (near.direct or (near.literal and _IN_CODE.search(atom) is None)):
            return True
        if near.literal and near.password and self._is_typed_literal(atom):
            return True
        signed = _SIGN.search(value) is not None
        least = _LEAST if signed else _LEAST_PLAIN if near.direct else _LEAST_APART
        if len(value) < least or not generated(value, self._vocabulary):
            return False
        return signed or near.direct or self._vocabulary.wordy(value) < _WORDY * (1 + near.literal)

    def _is_typed_literal(self, atom: str) -> bool:
        """Whether a quoted literal is a typed password whose sign stands at its beginning or end."""
        if _TYPED_AT_EDGE.fullmatch(atom) is None or _IN_CODE.search(atom) or _ESCAPED.search(atom):
            return False
        return self._vocabulary.wordy(atom) < _WORDY / 2 and not self._vocabulary.stands_in([atom.lower()])

    def _may_count(self, near: Near, before: str) -> bool:
        """Whether a file name or an address that is the value of a name is made of nothing but a generated value."""
        if not near.direct or "](" in before:
            return False
        stem = _EXTENSION.sub("", near.value)
        if len(stem) < _LEAST_BARE or not (stem != near.value or _LINK.search(before + near.value)):
            return False
        return _HEX.fullmatch(stem) is not None or generated(stem, self._vocabulary)

    def _is_opaque(self, atom: str) -> bool:
        """Whether what begins like a path has no word in it."""
        return len(atom) >= _LEAST_BARE and "." not in atom and self._vocabulary.wordy(atom) < _WORDY / 2


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


def _with_the_word_before(text: str, start: int, end: int) -> str:
    """A name and the one word before it: `page token` is not a token."""
    before = _WORD_BEFORE.search(text, max(0, start - _LONGEST_WORD), start)
    return text[before.start() if before else start : end]


def _identifier_behind(text: str, end: int) -> str:
    """` id` if that word follows a name: `signing key ID` is a public number."""
    return " id" if _ID.match(text, end) else ""


def _line_start(text: str, place: int) -> int:
    return max(0, place - _REACH, text.rfind("\n", 0, place) + 1)


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
