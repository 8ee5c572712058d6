"""Entries of Kubernetes Secrets: their place says that they are secret, whatever their key says.

Values under `data` are base64, those under `stringData` are not. A value of several lines is a file, which the readings
of encoded text look into.

Invariants: pure and linear; the value of an entry is bounded.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_KIND = re.compile(r"[\"']?\bkind[\"']?\s{0,3}:\s{0,3}[\"']?Secret\b(?![\w-])")
_DIVIDER = "\n---"
_BLOCK = re.compile(
    r"(?m)^(?P<indent>[ \t]{0,60})(?P<field>data|stringData):[ \t]*\r?\n"
    r"|[\"'](?P<quoted>data|stringData)[\"']\s{0,20}:\s{0,20}\{(?P<members>[^{}]{1,60000})\}"
)
_ENTRY = re.compile(
    r"(?P<key>[\w.-]{1,253}):[ \t]{1,4}(?P<quote>[\"']?)(?P<value>[^\s\"'|>{&*!][^\n\"']{2,4000})(?P=quote)[ \t\r]*$"
)
_MEMBER = re.compile(r"[\"'](?P<key>[\w.-]{1,253})[\"']\s{0,4}:\s{0,4}[\"'](?P<value>[^\"'\n]{3,4000})[\"']")


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """One entry: where its value stands in the text, its key and the value without its encoding."""

    start: int
    end: int
    key: str
    value: str = field(repr=False)


def entries(text: str) -> Iterator[SecretEntry]:
    """Every entry of one line of every Secret in `text`."""
    if "Secret" not in text or "kind" not in text:
        return
    done = 0
    for kind in _KIND.finditer(text):
        if kind.start() < done:
            continue
        begin = max(text.rfind(_DIVIDER, 0, kind.start()), 0)
        done = text.find(_DIVIDER, kind.end())
        done = len(text) if done < 0 else done
        for block in _BLOCK.finditer(text, begin, done):
            found = _members(text, block) if block["members"] else _lines(text, block, done)
            for key, start, end in found:
                value = text[start:end].strip()
                if (block["field"] or block["quoted"]) == "data":
                    value = _decoded(value) or ""
                if value and "\n" not in value:
                    yield SecretEntry(start, end, key, value)


def _members(text: str, block: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    for member in _MEMBER.finditer(text, *block.span("members")):
        yield member["key"], *member.span("value")


def _lines(text: str, block: re.Match[str], stop: int) -> Iterator[tuple[str, int, int]]:
    depth, at = len(block["indent"]), block.end()
    while at < stop:
        end = text.find("\n", at)
        end = stop if end < 0 else min(end, stop)
        begin = end - len(text[at:end].lstrip(" \t"))
        if begin < end and begin - at <= depth:
            return
        entry = _ENTRY.match(text, begin, end)
        if entry is not None:
            yield entry["key"], *entry.span("value")
        at = end + 1


def _decoded(value: str) -> str | None:
    """The text that base64 stands for, or None if it is not text."""
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8").strip()
    except ValueError:
        return None
    return text if text.replace("\n", "").replace("\r", "").isprintable() else None
