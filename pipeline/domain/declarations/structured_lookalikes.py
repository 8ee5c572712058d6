"""Declarations inside markup, JSON and files of settings, which have no place where one is read.

An author who writes a tag as an element, an attribute or a comment of a page, or as a key at the top of a JSON, YAML,
TOML or INI document means it (law 2). Lists in JSON hold data about other things.

Invariants: pure. Everything is looked at, whatever its size: time grows with the length of the text.
"""

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pipeline.domain.declarations.keyed_lines import PAIR, declares, keyed, surely
from pipeline.domain.declarations.text_lines import lines_of

MARKUP, CONTENT = "Its markup", "Its content"

_ELEMENT = re.compile(r"<(?P<name>[a-z][\w.:-]{2,60})(?:\s[^<>]{0,400})?>\s{0,99}(?P<value>[^<>]{1,200})</", re.I)
_OPENING = re.compile(
    r"<(?P<name>[a-z][\w.:-]{0,60})\s(?P<attributes>(?>[^<>\"']{1,2000}|\"[^\"]{0,2000}\"|'[^']{0,2000}'){1,200}+)>",
    re.I,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-z][\w:.-]{1,60})\s{0,4}=\s{0,4}"
    r"(?:(?P<quote>[\"'])(?P<value>.{0,200}?)(?P=quote)|(?P<bare>[^\s\"'<>]{1,200}))",
    re.I | re.DOTALL,
)
_READERS = re.compile(r"<(?P<name>(?:[\w.-]{1,20}:)?(?:allow|deni|deny)[\w-]{0,20})(?:\s[^<>]{0,400})?>", re.I)
_TAG = re.compile(r"</?[^<>]{0,200}>?")
_BELOW = 200
_NAMING = ("name", "property", "itemprop", "http-equiv", "key", "id")
_SCRIPT = re.compile(r"<script\b[^<>]{0,400}>", re.I)
_SCRIPT_END = "</script"
_MOST_CODE = 65_536
_YAML = frozenset({".yaml", ".yml"})
_SETTINGS = frozenset({".toml", ".ini", ".cfg", ".conf", ".properties"})
_SETTING = re.compile(r"[\"']?(?P<key>[^\W\d_][\w .-]{2,46}?)[\"']?\s{0,8}[:=](?P<value>.*)")
_LINE = 400
_FIRST_CELLS = 3
_LEAD = " \t\r\n\ufeff"


def structured(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Where something looks like a declaration, for people, and the permission key."""
    start = len(text) - len(text.lstrip(_LEAD))
    suffix = PurePosixPath(name.casefold()).suffix
    yield from ((MARKUP, key) for key in _in_comments(text, whole=not text.startswith("<", start)))
    if text.startswith(("{", "["), start):
        yield from ((CONTENT, key) for key in _in_json(text, start))
    elif text.startswith("<", start):
        yield from ((MARKUP, key) for key in _in_markup(text))
    elif suffix in _YAML or suffix in _SETTINGS:
        fitting = declares if suffix in _YAML else surely
        for line in lines_of(text, len(text)):
            match = _SETTING.match(line.text[:_LINE])
            if match and (key := fitting(match["key"], match["value"])):
                yield f"Line {line.number}", key


def _in_comments(text: str, *, whole: bool) -> Iterator[str]:
    """Keys in comments; with `whole`, only of comments with nothing else in them."""
    for piece in text.split("<!--")[1:]:
        comment = piece.partition("-->")[0]
        keys = [keyed(line.text) for line in lines_of(comment, len(comment)) if line.text.strip()]
        if not whole or all(keys):
            yield from filter(None, keys)


def _in_markup(text: str) -> Iterator[str]:
    for element in _OPENING.finditer(text):
        attributes = {
            m["name"].lower(): m["value"] or m["bare"] or "" for m in _ATTRIBUTE.finditer(element["attributes"])
        }
        named = _last(next((attributes[naming] for naming in _NAMING if naming in attributes), ""))
        if element["name"].lower() == "meta":
            if key := declares(named, attributes.get("content", "")):
                yield key
        elif key := surely(
            named, attributes.get("value") or text[element.end() : element.end() + _BELOW].partition("<")[0]
        ):
            yield key
        for attribute, value in attributes.items():
            if key := surely(attribute.removeprefix("data-"), value):
                yield key
    for element in _READERS.finditer(text):
        if key := surely(_last(element["name"]), _TAG.sub(" ", text[element.end() : element.end() + _BELOW])):
            yield key
    for element in _ELEMENT.finditer(text):
        if key := surely(_last(element["name"]), element["value"]):
            yield key
    for piece in _SCRIPT.split(text)[1:]:
        for pair in PAIR.finditer(piece.partition(_SCRIPT_END)[0][:_MOST_CODE]):
            if key := surely(pair["key"], pair["value"]):
                yield key


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON with each of its keys, also a repeated one."""


def _in_json(text: str, start: int) -> Iterator[str]:
    try:
        content, _ = json.JSONDecoder(object_pairs_hook=_Pairs).raw_decode(text, start)
    except (ValueError, RecursionError):
        pairs = PAIR.finditer(text[start : start + _MOST_CODE])
        yield from filter(None, (declares(pair["key"], pair["value"]) for pair in pairs))
        return
    waiting = [(content, declares)]
    while waiting:
        mapping, fitting = waiting.pop()
        for key, value in mapping if isinstance(mapping, _Pairs) else ():
            if meant := fitting(key, _flat(value)):
                yield meant
            waiting.append((value, surely))
            if key == "cells" and isinstance(value, list):
                yield from _in_cells(value[:_FIRST_CELLS])


def _in_cells(cells: list[Any]) -> Iterator[str]:
    """Front matter in cells of a notebook, where it is not read."""
    for cell in cells:
        sources = [value for key, value in cell if key == "source"] if isinstance(cell, _Pairs) else []
        for source in sources:
            text = "".join(map(str, source)) if isinstance(source, list) else str(source)
            if text.lstrip(_LEAD).startswith("---"):
                yield from filter(None, (keyed(line.text) for line in lines_of(text, _MOST_CODE)))


def _flat(value: object) -> str:
    """A value as it would stand behind a colon; nothing for what no tag has."""
    if isinstance(value, list) and not isinstance(value, _Pairs):
        return f"[{', '.join(item for item in value if isinstance(item, str))}]"
    return value if isinstance(value, str) else ""


def _last(name: str) -> str:
    return name.rpartition(":")[2].rpartition(".")[2]
