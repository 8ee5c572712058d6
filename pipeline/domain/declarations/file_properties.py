"""Properties of files that classify a document, such as a keyword, a custom property or a sensitivity label.

Offices and mail programs keep what people and labelling tools say of a document outside its text. No tag is read there,
so a property that narrows who may read is a problem (law 2). One that repeats the classification of the document, or
gives a lower one, says nothing new.

Invariants: pure. A name of a property is shown only if it is a plain word.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.domain.declarations.foreign_keys import is_level_switch, lists_readers, names_readers
from pipeline.domain.declarations.keyed_lines import KEYED, declares, shown, surely
from pipeline.domain.declarations.tag_keys import is_plain, meant_key, skeleton
from pipeline.domain.declarations.tag_values import fits_strictly, is_high, is_marked, is_marking_key, level_of
from pipeline.domain.declarations.values import is_on
from pipeline.domain.documents.stated import StatedTag
from pipeline.domain.identity.permissions import Classification

_LABEL = re.compile(r"(?:custom_)?(?P<label>MSIP_Label_[^_=;\s]{1,60})_(?P<part>\w{1,40})", re.IGNORECASE)
"""Properties that Microsoft Purview writes: https://learn.microsoft.com/purview/sensitivity-labels-office-apps."""
_LABEL_PAIR = re.compile(r"(?P<name>MSIP_Label_[^=;\s]{1,120})\s*=\s*(?P<value>[^;]{0,200})", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_WIDE_LABELS = {"general": Classification.INTERNAL, "normal": Classification.PUBLIC, "none": Classification.PUBLIC}
"""Names of labels that every program has and that keep nothing from colleagues."""
_SYNONYMS = {"company-confidential": Classification.CONFIDENTIAL, "company confidential": Classification.CONFIDENTIAL}
"""Values of the `Sensitivity` field of mails: https://www.rfc-editor.org/rfc/rfc4021."""
_PERSONAL = frozenset({"private", "personal"})
_SUBJECTS = frozenset(
    {
        "keywords",
        "keyword",
        "category",
        "categories",
        "contentstatus",
        "status",
        "label",
        "labels",
        "rights",
        "accessrights",
    }
)
"""Properties that are lists of words about the document."""
_WORDS_ABOUT = frozenset({"title", "subject", "description", "comment", "comments", "abstract", "doccomm"})
"""Properties in words, of which only the whole value can be a level."""
_PARTS = re.compile(r"[,;|\n]+")
_MOST = 400
_MOST_LINES = 40


class FileProperty(NamedTuple):
    """One property as a file holds it."""

    name: str
    value: str
    holder: str = "the file"
    """The file or part that has it, for people."""
    is_custom: bool = False
    """Whether somebody invented the name: no program gives such a property without being told."""


def stated_by_properties(properties: Iterable[FileProperty]) -> list[StatedTag]:
    """The declarations among the properties of a file, which only tags should make."""
    found: dict[tuple[str, str, str | None], StatedTag] = {}
    labels: dict[tuple[str, str], dict[str, str]] = {}
    for one in properties:
        name, value = shown(one.name.strip()), shown(one.value.strip())
        written = [(match["name"], match["value"]) for match in _LABEL_PAIR.finditer(value)] or [(name, value)]
        for key, held in written:
            if label := _LABEL.fullmatch(key):
                parts = labels.setdefault((one.holder, label["label"].casefold()), {})
                parts[label["part"].casefold()] = held.strip()
            elif value:
                for tag in _stated(one._replace(name=key, value=held)):
                    found.setdefault((tag.place, tag.key, tag.level), tag)
    for (holder, _), parts in labels.items():
        if parts.get("enabled", "true").casefold() != "false" and parts.get("removed", "").casefold() != "true":
            tag = _tag("classification", f"The sensitivity label of {holder}", _level(parts.get("name", "")))
            found.setdefault((tag.place, tag.key, tag.level), tag)
    return list(found.values())


def _stated(one: FileProperty) -> Iterator[StatedTag]:
    place = f"The property `{one.name}` of {one.holder}" if is_plain(one.name) else f"A property of {one.holder}"
    value = one.value[:_MOST]
    folded = skeleton("".join(_WORDS.findall(one.name)))
    meant = meant_key(one.name)
    level = _level(value)
    if is_marking_key(one.name):
        if (
            level is not None
            or value.casefold() in _PERSONAL
            or fits_strictly("classification", value)
            or is_marked(one.name, value)
        ):
            yield _tag("classification", place, level)
    elif meant == "classification":
        if level is not None or declares(one.name, value) or (one.is_custom and folded == meant):
            yield _tag(meant, place, level)
    elif meant in ("allow", "deny", "until") or folded == "tenant":
        if key := declares(one.name, value):
            yield _tag(key, place, None)
    elif one.is_custom and (names_readers(one.name, value) or lists_readers(one.name, value)):
        yield _tag("allow", place, None)
    elif (one.is_custom and is_on(value) and is_level_switch(one.name, wide=True)) or (
        folded in _WORDS_ABOUT and is_high(value)
    ):
        yield _tag("classification", place, level)
    elif one.is_custom or folded in _SUBJECTS:
        for part in _PARTS.split(value):
            if is_high(part):
                yield _tag("classification", place, level_of(part))
    for line in value.splitlines()[:_MOST_LINES]:
        match = KEYED.match(line)
        if match and (key := surely(match["key"], match["value"])):
            yield _tag(key, place, _level(match["value"]))


def _level(value: str) -> Classification | None:
    """The level that a value gives; None if it cannot be read exactly."""
    folded = value.strip(" \t.\"'").casefold()
    level = level_of(value)
    return Classification(level) if level is not None else _WIDE_LABELS.get(folded) or _SYNONYMS.get(folded)


def _tag(key: str, place: str, level: str | None) -> StatedTag:
    return StatedTag(place=place, key=key, level=level, of_file=True)
