"""An encoding by the words of a short text: the letters above ASCII must be those of the language of the other words.

Its short words name the language. A reading counts if all its letters belong to that language and follow the case of
their word, and if each sign stands at a place where such signs stand. A text is believed only if every reading that
counts gives the same characters, or if statistics choose one of them.

Invariant: a name may come from any language, so a reading with other letters in a name leaves a doubt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.latin_languages import ALL_LETTERS, LANGUAGES, LOANWORDS, LatinLanguage

_ENCODINGS = (
    *("cp1252", "iso8859-15", "cp850", "cp437", "mac-roman", "cp1250", "iso8859-2", "cp852", "mac-latin2"),
    *("cp1254", "cp1257", "iso8859-13", "cp857", "cp861", "cp865", "cp775"),
)
"""Encodings of Latin scripts, rare ones too: they are rivals that a reading must keep away."""
_BELIEVED = frozenset(
    ("cp1252", "iso8859-15", "cp850", "mac-roman", "cp1250", "iso8859-2", "cp852", "cp1254", "cp1257")
)
"""Encodings that a text can be read in."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_ABOVE = re.compile("[\x80-\U0010ffff]")
_LEAST_WORDS = 3
_LEAST_DIFFERENT = 2
_LEAST_SHARE = 0.2
"""Part of the words that must be short words of the language."""
_RIVAL = 0.5
_MARGIN = 2
"""A further reading is considered if its score is at least this part of the best one, and at most so much below it."""
_OF_ACCENTED = 2
"""Further points for a short word with letters above ASCII, which a wrong reading hardly makes."""
_MOST_CHARACTERS = 20_000
_MOST_ABOVE = 60
"""Bytes above ASCII from which on statistics have enough of them."""
_LAST_OF_ASCII = 0x7F
_MOST_OF_WORD = 0.75
"""Part of a word that letters above ASCII can make."""
_SIGNS = {
    sign: re.compile(pattern.replace("@", re.escape(sign)))
    for signs, pattern in (
        (
            "\u201c\u2018\u201e\u201a\u00ab\u00bf\u00a1",
            r"(?:^|[\s(\[>\u201c\u201e\u00ab\u00a1\u00bf-])@(?=\w|\u2026|\s)",
        ),
        ("\u201d\u00bb", r"(?<=[\w.,;:!?)\u2026%\s])@(?=$|[\s.,;:!?)\]<-])"),
        ("\u2019", r"(?<=\w)@(?=\w|$|[\s.,;:!?)\]])"),
        ("\u2013", r"(?<=\s)@(?=\s)|(?<=\d)@(?=\d)"),
        ("\u2014", r"(?<=\s)@(?=\s)|(?<=\w)@(?=\w)"),
        ("\u2026", r"(?<=\w)@(?=$|[\s.,;:!?)\u201d])"),
        ("\u20ac\u00a3", r"(?:(?<=\d)|(?<=\d\s)|(?<=\s)|^)@(?=\s?\d|$|[\s.,;:!?)/])"),
        ("\u00b0", r"(?<=\d)@(?=$|[\s.,;:!?)CFNSWE])|(?<=\d\s)@(?=[CF])|(?<=[nN])@(?=\s?\d)"),
        ("\u00a7", r"(?:^|[\s(\u00a7])@(?=[\s\u00a0\u00a7]?[\d\u00a7])"),
        ("\u2022\u00b7", r"(?:^|\n)\s*@(?=\s)"),
        ("\u00a0", r"(?<=\d)@(?=\w|[%\u20ac\u00b0])|(?<=[\w\u00ab])@(?=[:;!?\u00bb\d])|(?<=\u00ab)@(?=\w)"),
    )
    for sign in signs
}
"""Signs that prose uses, each with the places where it stands."""


@dataclass(frozen=True, slots=True)
class WordedReading:
    """A reading of a text in one language."""

    text: str
    score: int
    """Short words of the language in it; those with letters above ASCII count more."""
    counts: bool
    """Whether its letters, their case and its signs can be those of a text in this language."""
    has_foreign_names: bool
    is_believed: bool


def readings(data: bytes) -> list[WordedReading]:
    """The best readings of a short text by the language that its words name; none if none counts."""
    if len(data) > _MOST_CHARACTERS or sum(byte > _LAST_OF_ASCII for byte in data) > _MOST_ABOVE:
        return []
    texts: dict[str, bool] = {}
    for encoding in _ENCODINGS:
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        texts[text] = texts.get(text, False) or encoding in _BELIEVED
    found = [reading for text, is_believed in texts.items() for reading in _of_languages(text, is_believed=is_believed)]
    most = max((reading.score for reading in found), default=0)
    least = max(_RIVAL * most, most - _MARGIN)
    return [reading for reading in found if reading.counts and reading.score >= least]


def chosen(found: list[WordedReading], guess: str | None) -> str | None:
    """The text of which the readings leave no doubt; None if they do.

    Args:
        found: The readings.
        guess: The text as statistics read it, which decides between readings without foreign names.

    """
    own = {reading.text for reading in found if not reading.has_foreign_names}
    named = {reading.text for reading in found if reading.has_foreign_names}
    if guess is not None:
        return guess if guess in own and named <= own else None
    return next(iter(own)) if len(own) == 1 and named <= own and found[0].is_believed else None


def _of_languages(text: str, *, is_believed: bool) -> Iterator[WordedReading]:
    words = [word.lower() for word in _WORD.findall(text)]
    for language in LANGUAGES.values():
        short = [word for word in words if word in language.words]
        if len(set(short)) < _LEAST_DIFFERENT or len(short) < _LEAST_SHARE * len(words):
            continue
        score = len(short) + _OF_ACCENTED * sum(not word.isascii() for word in set(short))
        if score >= _LEAST_WORDS:
            names = _judged(text, language)
            yield WordedReading(text, score, names is not None, bool(names), is_believed)


def _judged(text: str, language: LatinLanguage) -> bool | None:
    """Whether a reading has letters of another language in names; None if it cannot be a text of this language."""
    has_foreign = False
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        judged = _judged_word(word, language)
        if judged is None:
            return None
        has_foreign = has_foreign or judged
    for match in _ABOVE.finditer(text):
        sign = match[0]
        if sign.isalpha():
            continue
        pattern = _SIGNS.get(sign)
        if pattern is None or not _stands(pattern, text, match.start()):
            return None
    return has_foreign


def _stands(pattern: re.Pattern[str], text: str, at: int) -> bool:
    """Whether a sign stands at a place where such a sign stands."""
    start = max(0, at - 2)
    found = pattern.search(text[start : at + 3].replace("\r", "\n"))
    return found is not None and start + found.start() <= at < start + found.end()


def _judged_word(word: str, language: LatinLanguage) -> bool | None:
    letters = [sign for sign in word if sign.isalpha()]
    above = [sign for sign in letters if not sign.isascii()]
    if not above:
        return False
    if not _is_cased(letters):
        return None
    if len(letters) == 1:
        return False if letters[0] in language.single else None
    if len(above) > _MOST_OF_WORD * len(letters):
        return None
    if word.lower().replace("\u2019", "'") in LOANWORDS and not language.letters:
        return False
    if all(sign in language.letters or sign.lower() in language.letters for sign in above):
        return False
    is_name = letters[0].isupper()
    known = all(sign in ALL_LETTERS or sign.lower() in ALL_LETTERS for sign in above)
    return True if is_name and known else None


def _is_cased(letters: list[str]) -> bool:
    """Whether a word is in lower case, in upper case, or begins with a capital."""
    rest = [sign for sign in letters[1:] if sign != "\u00df"]
    return all(sign.islower() for sign in rest) or all(sign.isupper() for sign in letters if sign != "\u00df")
