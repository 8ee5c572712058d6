"""A declaration: the tags that a document gives itself, where each is written, and what cannot be read.

Invariants: a declaration that cannot be read is a problem, never an empty declaration: otherwise breaking it would fall
back to the wider tags of the source (law 2). A problem names key, line and what was expected, never a value.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.domain.declarations.foreign_keys import (
    is_about_readers,
    is_for_readers,
    is_level_switch,
    lists_readers,
    names_readers,
)
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS, TAG_KEYS, is_plain, meant_key
from pipeline.domain.declarations.tag_values import fits_strictly, is_high, is_marked, is_marking_key, level_of
from pipeline.domain.declarations.values import in_values, is_on
from pipeline.domain.documents.stated import StatedTag

FRONT_MATTER, METADATA_FILE, FEED_RECORD = "front matter", "metadata file", "feed record"
SUBMISSION = "submission"


class Tag(NamedTuple):
    """One tag as it is declared."""

    key: str
    value: Any
    place: str
    """Where it stands, for people: `line 2 of the front matter`."""


class Declared(NamedTuple):
    """What a document declares."""

    entries: tuple[Tag, ...] = ()
    problems: tuple[str, ...] = ()
    """Sentences for a person; any entry quarantines the document."""
    stated: tuple[StatedTag, ...] = ()
    """Tags that its text gives where none is read; each must repeat what holds anyway."""

    @property
    def tags(self) -> dict[str, Any]:
        """Values by key."""
        return {tag.key: tag.value for tag in self.entries}

    @property
    def places(self) -> dict[str, str]:
        """Where each key stands."""
        return {tag.key: tag.place for tag in self.entries}


class DeclaredEntry(NamedTuple):
    """A key and its value as they are written, before anyone asks whether the key is a tag."""

    key: str
    value: Any
    line: int
    """From 1; 0 where there are no lines."""


class Unreadable(ValueError):
    """A block cannot be read exactly. The message is a sentence for people without document text."""


def place_of(line: int, where: str) -> str:
    """Where something stands, for people."""
    return f"line {line} of the {where}" if line else f"the {where}"


def declare(
    entries: list[DeclaredEntry], where: str, *, strict: bool = False, foreign: frozenset[str] = frozenset()
) -> Declared:
    """The tags among entries.

    Args:
        entries: Keys are different from each other.
        where: `FRONT_MATTER`, `METADATA_FILE` or `FEED_RECORD`.
        strict: Whether a key that is not a tag is a problem.
        foreign: Keys that mean something else here.

    """
    tags, problems, stated = [], [], []
    for key, value, line in entries:
        place = place_of(line, where)
        if key.casefold() in _LISTS and (marking := _marking(value)):
            level = level_of(marking)
            stated.append(StatedTag(place=_capital(place), key="classification", level=level, of_file=True))
        if key in TAG_KEYS:
            tags.append(Tag(key, value, place))
        elif key not in foreign:
            problem = _foreign(key, value, strict=strict)
            if problem:
                problems.append(f"{_capital(place)}: {problem}")
    return Declared(tuple(tags), tuple(problems), tuple(stated))


def declared_of(tags: Mapping[str, object]) -> Declared:
    """Tags that were given with a submission."""
    return Declared(tuple(Tag(key, value, f"the {SUBMISSION}") for key, value in tags.items()))


def combine(*declarations: Declared) -> Declared:
    """All declarations together; two that differ on one tag contradict each other."""
    tags: dict[str, Tag] = {}
    problems: list[str] = []
    for declared in declarations:
        problems.extend(declared.problems)
        for tag in declared.entries:
            first = tags.setdefault(tag.key, tag)
            if first.value != tag.value:
                problems.append(
                    f"Its {tag.key} is declared twice, with different values: in {first.place} and in {tag.place}."
                )
    stated = (tag for declared in declarations for tag in declared.stated)
    return Declared(tuple(tags.values()), tuple(dict.fromkeys(problems)), tuple(stated))


def _foreign(key: str, value: object, *, strict: bool) -> str | None:
    """What is wrong with a key that is not a tag."""
    meant = meant_key(key)
    if meant is None and is_for_readers(key) and not _is_switch(value):
        meant = meant_key(f"{key} readers")
    shown = f"`{key}`" if is_plain(key) else "a key"
    if meant is not None:
        return f"{shown} is read as nothing and looks like `{meant}`: write `{meant}`."
    if strict:
        return f"{shown} is not a tag; the tags are {', '.join(TAG_KEYS)}."
    inside = nested_key(value)
    if inside is not None:
        return f"{shown} holds `{inside}` inside it, where it is not read: write `{inside}` without indentation."
    if lists_readers(key, value) or names_readers(key, value):
        return f"{shown} holds a list of principals and is not a tag: write `allow` or `deny`."
    if key.casefold() not in _SUBJECTS and isinstance(value, str) and value.strip().casefold() in _HIGH:
        return f"{shown} holds a classification and is not a tag: write `classification`."
    if (is_marking_key(key) or is_about_readers(key)) and _holds_level(key, value):
        return f"{shown} holds a classification and is not a tag: write `classification`."
    if is_on(value) and is_level_switch(key, wide=True):
        return f"{shown} is a classification and not a tag: write `classification: …`."
    return None


_SUBJECTS = frozenset({"tags", "tag", "keywords", "category", "categories", "subject", "description", "name", "slug"})
"""Keys whose value is a subject, which may well be called restricted."""
_HIGH = frozenset({"confidential", "restricted"})


_LISTS = frozenset({"tags", "tag", "keywords", "keyword", "categories", "category", "labels", "label"})
"""Keys whose value is a list of words about the document, one of which may be its level."""


def _marking(value: object) -> str | None:
    """The first of several words that is a level which keeps colleagues out."""
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return next((word.strip() for word in words if isinstance(word, str) and is_high(word)), None)


def _holds_level(key: str, value: object) -> bool:
    """Whether a value is a level above the usual ones, or holds one inside, in any scheme."""
    held = [inside for _, inside in _inside(key, {"": value}) if isinstance(inside, str)]
    return any(
        is_marked(key, word) or (fits_strictly("classification", word) and level_of(word) not in _USUAL)
        for word in held
    )


_USUAL = frozenset({"public", "internal"})


def nested_key(value: object) -> str | None:
    """The first permission tag, or key like one, at any depth inside a value."""
    for key, held in _inside("", value):
        meant = meant_key(key) if key else None
        if meant in PERMISSION_KEYS and not _is_switch(held):
            return meant
    return next(in_values(value), None)


def _inside(key: str, value: object) -> Iterator[tuple[str, Any]]:
    """Every value inside one, at any depth, with the key that it stands under."""
    waiting = [(key, value)]
    while waiting:
        under, inside = waiting.pop()
        if inside is not value:
            yield under, inside
        if isinstance(inside, Mapping):
            waiting.extend((name if isinstance(name, str) else "", held) for name, held in inside.items())
        elif isinstance(inside, list | tuple):
            waiting.extend(("", held) for held in inside)


def _is_switch(value: object) -> bool:
    """Whether a value turns something on or off, which no list of readers does."""
    return isinstance(value, bool) or (isinstance(value, str) and value.casefold() in ("true", "false", "yes", "no"))


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
