"""Values behind a label: `Label: value`, `key = value`, members of JSON, entries of YAML, elements and attributes.

Pairs of a name and a value (`{"system": "phone", "value": "…"}`) and fields of an address (`?phone=…&…`) count, too.

Invariants: pure; each pattern reads a bounded stretch from each place, so time is linear in the text.
"""

import re
from collections.abc import Iterator

from pipeline.domain.documents.segments import fields_of_segments

_MEMBER = re.compile(
    r"""(?P<q>["'])(?P<label>[^"'\\\n{}\[\],:]{1,60})(?P=q)\s{0,4}(?::|=>?)\s{0,4}(?:\[\s{0,8})?"""
    r"""(?:"(?P<text>(?:[^"\\\n]|\\.){0,400})"|'(?P<single>[^'\n]{0,400})'|(?P<number>-?\d[\d.eE+]{3,40}))"""
)
_LINE = re.compile(
    r"^[ \t]*(?:[-*•+>] +)?(?:\*\*|__)?(?P<label>[^\W\d_][^\n:：=|\"{}<>;,]{0,48}?)(?:;[A-Za-z0-9=,-]{1,40}){0,4}"
    r"(?:\*\*|__)?"
    r"[ \t]*(?:[:：=]|→|\.{4,60} )(?:\*\*|__)?[ \t]*(?P<value>[^\s:：=][^\n]{0,200})$",
    re.MULTILINE,
)
_VALUE_END = re.compile(r"[;|\t]| {2,}|, [^\W\d_][\w ]{1,24}:")
_ADDRESS_OF_CARD = re.compile(r"(?:item\d{1,3}\.)?ADR")
"""The address of a vCard, whose parts have semicolons between them (RFC 6350, section 6.3.1)."""
_ELEMENT = re.compile(r"<(?P<label>[^\W\d][\w:.-]{0,40})(?:\s[^<>]{0,200})?>(?P<value>[^<>\n]{1,200})</(?P=label)>")
_ASSIGNED = re.compile(
    r"""(?<![\w.:$@/?&"'-]):?(?P<label>[^\W\d][\w.:-]{0,40})[ ]?(?:=>?|:)[ ]?"""
    r"""(?P<q>["'])(?P<value>[^"'<>\n]{1,200})(?P=q)"""
)
"""An attribute of XML, a field of a log line, a member of a hash in Ruby, PHP, Lua or JavaScript."""
_NAMED_VALUE = re.compile(
    r"""(?i)["'](?:system|type|kind|name|key|label|field|text|code|display)["']\s{0,4}:\s{0,4}"""
    r"""["'](?P<label>[^"'\n]{1,48})["'][\s}\]]{0,40},\s{0,40}["'](?:value|val|content|data)["']\s{0,4}:\s{0,4}"""
    r"""["'](?P<value>[^"'\n]{1,200})["']"""
)
_LINES = re.compile(r"""(?i)["']line["']\s{0,4}:\s{0,4}\[\s{0,40}["'](?P<value>[^"'\n]{1,200})["']""")
"""The street of an address in FHIR: `"line"` alone is a line of anything."""
_VALUE_ELEMENT = re.compile(
    r"""<(?P<label>[^\W\d][\w:.-]{0,40})\s{1,9}value=(?P<q>["'])(?P<value>[^"'<>\n]{1,200})(?P=q)"""
)
_TERM = re.compile(
    r"(?i)<(?P<t>dt|key|span|label|b|strong|div)\b[^<>]{0,100}>(?P<label>[^<>\n]{1,60})(?:(?<=[:：])|(?<=[^:：])(?=</(?:dt|key)>))"
    r"</(?P=t)>\s{0,40}<(?P<v>dd|string|span|div|em|i)\b[^<>]{0,100}>\s{0,40}(?P<value>[^<>\n]{1,200})</(?P=v)>"
)
"""A term with its definition, a key of a property list, or a label with a colon and the element after it."""
_SETTER = re.compile(r"""\.set_?(?P<label>[^\W\d_]\w{0,40})\(["'](?P<value>[^"'\n]{1,200})["']\)""")
_NAMED_ATTRIBUTE = re.compile(
    r"""(?i)\s(?:name|key|label|n)=["'](?P<label>[^"'<>\n]{1,60})["'][^<>]{0,100}?\s(?:value|content|v)="""
    r"""["'](?P<value>[^"'<>\n]{1,200})["']"""
)
"""A field of a form with its value, a property, a meta element."""
_NAMED_ELEMENT = re.compile(
    r"""<(?:system|text|name|key|label|type|code)\s{1,9}value=["'](?P<label>[^"'<>\n]{1,48})["']\s{0,4}/>"""
    r"""(?:\s{0,40}</\w{1,30}>)?\s{0,40}<value\s{1,9}value=["'](?P<value>[^"'<>\n]{1,200})["']"""
)
"""Elements of FHIR, which hold all their values in an attribute of that name."""
_QUERY = re.compile(r"""[?&](?:amp;)?(?P<label>[^\W\d_][\w.\[\]-]{0,40})=(?P<value>[^&\s"'<>#;]{1,200})""")
"""A field of an address: `?phone=…&name=…`."""
_ASSIGNING = ('="', "='", "= '", '= "', ": '", ': "', "=> ", ":'", ':"')
_STREET_OF_FHIR = "street address"
_LINE_OF_FHIR = "line"


def labelled_values(text: str) -> Iterator[tuple[str, int, int]]:
    """Label of each value, and where the value stands in `text`; for each label in order of place.

    Of several labels of one value, the one that says most comes first.
    """
    yield from _named_values(text)
    yield from fields_of_segments(text)
    if '":' in text or "':" in text or '" :' in text or '" =' in text or "=>" in text:
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
    if "?" in text and "&" in text:
        for found in _QUERY.finditer(text):
            yield found["label"], *found.span("value")
    if any(sign in text for sign in _ASSIGNING):
        for found in _ASSIGNED.finditer(text):
            yield found["label"], *found.span("value")


def _named_values(text: str) -> Iterator[tuple[str, int, int]]:
    if 'alue"' in text or "'value'" in text:
        for found in _NAMED_VALUE.finditer(text):
            yield found["label"], *found.span("value")
    if "</" in text:
        for found in _TERM.finditer(text):
            yield found["label"].rstrip(":： "), *found.span("value")
    if ".set" in text:
        for found in _SETTER.finditer(text):
            yield found["label"], *found.span("value")
    if "value=" in text or "content=" in text:
        for found in _NAMED_ATTRIBUTE.finditer(text):
            yield found["label"], *found.span("value")
    if '"line"' in text:
        for found in _LINES.finditer(text):
            yield _STREET_OF_FHIR, *found.span("value")
    if "value=" in text and "/>" in text:
        for found in _VALUE_ELEMENT.finditer(text):
            label = found["label"]
            if label != "value":
                yield _STREET_OF_FHIR if label == _LINE_OF_FHIR else label, *found.span("value")
        for found in _NAMED_ELEMENT.finditer(text):
            yield found["label"], *found.span("value")
