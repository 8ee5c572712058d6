"""Values behind a label: `Label: value`, `key = value`, members of JSON, entries of YAML, elements of XML.

Invariants: pure; each pattern reads a bounded stretch from each place, so time is linear in the text.
"""

import re
from collections.abc import Iterator

_MEMBER = re.compile(
    r"""(?P<q>["'])(?P<label>[^"'\\\n{}\[\],:]{1,60})(?P=q)\s{0,4}(?::|=>)\s{0,4}(?:\[\s{0,8})?"""
    r"""(?:"(?P<text>(?:[^"\\\n]|\\.){0,400})"|'(?P<single>[^'\n]{0,400})'|(?P<number>-?\d[\d.eE+]{3,40}))"""
)
_LINE = re.compile(
    r"^[ \t]*(?:[-*•+>] +)?(?:\*\*|__)?(?P<label>[^\W\d_][^\n:：=|\"{}<>;,]{0,48}?)(?:;[A-Za-z0-9=,-]{1,40}){0,4}"
    r"(?:\*\*|__)?"
    r"[ \t]*(?:[:：=]|→)(?:\*\*|__)?[ \t]*(?P<value>[^\s:：=][^\n]{0,200})$",
    re.MULTILINE,
)
_VALUE_END = re.compile(r"[;|\t]| {2,}|, [^\W\d_][\w ]{1,24}:")
_ADDRESS_OF_CARD = re.compile(r"(?:item\d{1,3}\.)?ADR")
"""The address of a vCard, whose parts have semicolons between them (RFC 6350, section 6.3.1)."""
_ELEMENT = re.compile(r"<(?P<label>[A-Za-z][\w:.-]{0,40})(?:\s[^<>]{0,200})?>(?P<value>[^<>\n]{1,200})</(?P=label)>")


def labelled_values(text: str) -> Iterator[tuple[str, int, int]]:
    """Label of each value, and where the value stands in `text`; for each label in order of place."""
    if '":' in text or "':" in text or '" :' in text or "=>" in text:
        for found in _MEMBER.finditer(text):
            name = next(name for name in ("text", "single", "number") if found[name] is not None)
            yield found["label"], *found.span(name)
    for found in _LINE.finditer(text):
        start, end = found.span("value")
        if _ADDRESS_OF_CARD.fullmatch(found["label"]):
            yield found["label"], start + len(found["value"]) - len(found["value"].lstrip(";")), end
            continue
        cut = _VALUE_END.search(text, start, end)
        yield found["label"], start, cut.start() if cut else end
    if "</" in text:
        for found in _ELEMENT.finditer(text):
            yield found["label"], *found.span("value")
