"""Declarations inside markup, JSON and files of settings, which have no place where one is read.

An author who writes a tag as an element, an attribute or a comment of a page, as a key at the top of a JSON, YAML,
TOML or INI document, or as a pair of a name and a value means it (law 2).

Invariants: pure. Everything is looked at, whatever its size: time grows with the length of the text.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pipeline.domain.declarations.blocks import read_yaml
from pipeline.domain.declarations.fields import outside_code
from pipeline.domain.declarations.keyed_lines import PAIR, declares, in_parts, keyed, shown, surely
from pipeline.domain.declarations.tag_values import level_of
from pipeline.domain.declarations.text_lines import lines_of
from pipeline.domain.declarations.values import NAME_KEYS, VALUE_KEYS, Fitting, Pairs, held_under, in_values, last_part

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
_READERS = re.compile(r"<(?P<name>(?:[\w.-]{1,20}:)?(?:allow|deni|deny|classif)[\w-]{0,20})(?:\s[^<>]{0,400})?>", re.I)
_TAG = re.compile(r"</?[^<>]{0,200}>?")
_BELOW = 200
_TEXT = re.compile(r">(?P<words>[^<>]+)(?=<)")
_NAMING = ("name", "property", "itemprop", "http-equiv", "rel", "key", "id")
_ASIDES = ("<title", "<noscript", "<text", "<desc")
_WRITTEN = frozenset({"", ".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc", ".asciidoc", ".org", ".textile"})
"""Endings of texts that may hold markup."""
_CODE = re.compile(r"`[^`\n]{0,400}`")
_SCRIPT = re.compile(r"<script\b[^<>]{0,400}>", re.I)
_SCRIPT_END = "</script"
_MOST_CODE = 65_536
_YAML = frozenset({".yaml", ".yml"})
_SETTINGS = frozenset({".toml", ".ini", ".cfg", ".conf", ".properties"})
_SETTING = re.compile(
    r"(?P<inside>[ \t]{1,40}(?:-[ \t]{1,8})?|-[ \t]{1,8})?"
    r"[\"']?(?P<key>[^\W\d_][\w .-]{2,46}?)[\"']?\s{0,8}[:=](?P<value>.*)"
)
_YAML_START = re.compile(r"(?:\s*(?:#[^\n]*)?\n)*(?:---[ \t]*\n)?(?:[ \t]*(?:#[^\n]*)?\n)*")
_IS = r"[\"']?\s{0,4}[:=]\s{0,4}\[?[\"']?"
_NAME = rf"\b(?:{'|'.join(sorted(NAME_KEYS))}){_IS}(?P<key>[^\W\d_][\w .-]{{2,46}})[\"']?"
_VALUE = rf"[\"']?\b(?:{'|'.join(sorted(VALUE_KEYS))}){_IS}(?P<value>[^\"'\n,}}\]]{{1,120}})[\"']?"
_BETWEEN = r"\s{0,4}[,;]?\s{0,40}"
_NAMED = (re.compile(_NAME + _BETWEEN + _VALUE, re.I), re.compile(_VALUE + r"\]?" + _BETWEEN + r"[\"']?" + _NAME, re.I))
"""A name and a value as neighbours, in a file that cannot be read as a whole."""
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
        yield from ((MARKUP, key) for key in _in_markup(text, declares))
    elif suffix in _WRITTEN and "<" in text:
        outside = "\n".join(line.text for line in outside_code(text))
        yield from ((MARKUP, key) for key in _in_markup(_CODE.sub(" ", outside), surely))
    elif suffix in _YAML or suffix in _SETTINGS:
        yield from _in_settings(text, suffix)


def _in_settings(text: str, suffix: str) -> Iterator[tuple[str, str]]:
    fitting = declares if suffix in _YAML else surely
    for line in lines_of(text, len(text)):
        match = _SETTING.match(line.text[:_LINE])
        if match and (key := (surely if match["inside"] else fitting)(match["key"], match["value"])):
            yield f"Line {line.number}", key
    yield from ((CONTENT, key) for key in in_values(values_of(text, suffix), surely))
    for order in _NAMED:
        for match in order.finditer(text):
            if key := surely(match["key"], match["value"]):
                yield CONTENT, key


def values_of(text: str, suffix: str) -> Any:
    """The content of a YAML, TOML or JSON file; None for another language or a file that cannot be read exactly."""
    try:
        if suffix == ".json":
            return json.loads(text.lstrip(_LEAD), object_pairs_hook=Pairs)
        if suffix == ".toml":
            return tomllib.loads(text)
        if suffix in _YAML:
            body = _YAML_START.sub("", text, 1)
            held = f"items:\n{body}" if body.startswith(("- ", "-\n")) else body
            return {entry.key: entry.value for entry in read_yaml(held)}
    except (ValueError, RecursionError):  # of YAML and TOML alike: lines of it are looked at instead
        return None
    return None


def _in_comments(text: str, *, whole: bool) -> Iterator[str]:
    """Keys in comments; with `whole`, only of comments with nothing else in them."""
    for piece in text.split("<!--")[1:]:
        comment = piece.partition("-->")[0]
        keys = [keyed(line.text) for line in lines_of(comment, len(comment)) if line.text.strip()]
        if not whole or all(keys):
            yield from filter(None, keys)


def _in_markup(text: str, fitting: Fitting) -> Iterator[str]:
    """Permission keys in elements, attributes, text and programs; `fitting` decides about `<meta>`."""
    text = text.replace("<![CDATA[", "").replace("]]>", "")
    for element in _OPENING.finditer(text):
        attributes = {
            m["name"].lower(): m["value"] or m["bare"] or "" for m in _ATTRIBUTE.finditer(element["attributes"])
        }
        named = last_part(next((attributes[naming] for naming in _NAMING if naming in attributes), ""))
        if element["name"].lower() == "meta":
            if key := fitting(named, attributes.get("content") or attributes.get("value", "")):
                yield key
        elif key := surely(named, _own_value(attributes) or _first_words(text, element.end())):
            yield key
        for attribute, value in attributes.items():
            if key := surely(attribute.removeprefix("data-"), value) or in_parts(shown(value)):
                yield key
    for element in _READERS.finditer(text):
        name, below = last_part(element["name"]), text[element.end() : element.end() + _BELOW]
        if key := surely(name, _TAG.sub(" ", below)) or surely(name, _first_words(text, element.end())):
            yield key
    for element in _ELEMENT.finditer(text):
        if key := surely(last_part(element["name"]), element["value"]):
            yield key
    yield from _beside(text)
    for piece in _SCRIPT.split(text)[1:]:
        for pairs in (PAIR, *_NAMED):
            for pair in pairs.finditer(piece.partition(_SCRIPT_END)[0][:_MOST_CODE]):
                if key := surely(pair["key"], pair["value"]):
                    yield key


def _own_value(attributes: dict[str, str]) -> str:
    """The value that an element gives to its own name."""
    return next((attributes[name] for name in ("value", "content", "href") if attributes.get(name)), "")


def _is_aside(text: str, place: int) -> bool:
    """Whether the element whose start ends at a place holds words that the extracted text leaves out."""
    return text.startswith(_ASIDES, text.rfind("<", max(0, place - _BELOW), place))


def _first_words(text: str, start: int) -> str:
    """The first text behind the start of an element."""
    return next((words for words in _TAG.sub("\n", text[start : start + _BELOW]).splitlines() if words.strip()), "")


def _beside(text: str) -> Iterator[str]:
    """Keys that are all the text of an element, in front of an element whose text is their value and nothing else."""
    above, meant = "", None
    for match in _TEXT.finditer(text):
        words = match["words"].strip(" \t\r\n:")
        if not any(map(str.isalnum, words)):
            continue
        if meant is not None and not level_of(words):  # a level behind it shows a list of levels
            yield meant
        if len(words) <= _BELOW and _is_aside(text, match.start()) and (key := in_parts(shown(words))):
            yield key
        short = len(words) <= _BELOW
        meant = surely(last_part(above), words) if above and short else None
        above = words if short else ""
    if meant is not None:
        yield meant


def _in_json(text: str, start: int) -> Iterator[str]:
    try:
        content, _ = json.JSONDecoder(object_pairs_hook=Pairs).raw_decode(text, start)
    except (ValueError, RecursionError):
        pairs = PAIR.finditer(text[start : start + _MOST_CODE])
        yield from filter(None, (declares(pair["key"], pair["value"]) for pair in pairs))
        return
    yield from in_values(content, declares)
    for cells in held_under(content, "cells"):
        yield from _in_cells(cells[:_FIRST_CELLS])


def _in_cells(cells: list[Any]) -> Iterator[str]:
    """Front matter in cells of a notebook, where it is not read."""
    for cell in cells:
        sources = [value for key, value in cell if key == "source"] if isinstance(cell, Pairs) else []
        for source in sources:
            text = "".join(map(str, source)) if isinstance(source, list) else str(source)
            if text.lstrip(_LEAD).startswith("---"):
                yield from filter(None, (keyed(line.text) for line in lines_of(text, _MOST_CODE)))
