"""Law 2 over generated declarations: whatever is written and however, access is never wider than was meant.

A declaration is generated as it is meant, written in one of the three places, perhaps spoilt in form, keys or names,
and encoded. Then either the document has a problem, or no one may read it whom the source or the meant declaration
forbids.
"""

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.feeds import feed_record
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.metadata_file import metadata_file
from pipeline.domain.declarations.resolve import TaggingResult, resolve_tags
from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal, permits
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.extraction.decoding import decode, text_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GROUPS, USERS = ("group:staff", "group:hr"), ("user:ada", "user:bo")
KNOWN = KnownPrincipals(names=frozenset((*GROUPS, *USERS)))
SOURCE = Source(
    name="people", uri="/data", owner="people-team", classification=Classification.INTERNAL, tenant="default",
    allow=GROUPS, registered_by="user:ada", registered_at=NOW,
)  # fmt: skip
READERS = [
    Principal(name=name, groups=frozenset(groups), clearance=clearance)
    for name, groups, clearance in product(USERS, ([], ["staff"], ["hr"], ["staff", "hr"]), Classification)
]
BODY = "The ferry leaves the northern pier at a quarter past nine, and at noon. " * 4

meant = st.fixed_dictionaries(
    {},
    optional={
        "classification": st.sampled_from(["internal", "confidential", "restricted"]),
        "allow": st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True),
        "deny": st.lists(st.sampled_from((*GROUPS, *USERS)), min_size=1, max_size=3, unique=True),
        "until": st.sampled_from(["2026-05-01T00:00:00Z", "2027-05-01T12:00:00+02:00"]),
    },
).filter(bool)

Spoiler = Callable[[str], str]

KEYS: dict[str, Spoiler] = {
    "case": str.title,
    "upper": str.upper,
    "plural": lambda key: f"{key}s",
    "dropped": lambda key: key[:2] + key[3:],
    "doubled": lambda key: key[:2] + key[1:],
    "swapped": lambda key: key[0] + key[2] + key[1] + key[3:],
    "zero-width": lambda key: f"{key[:2]}\u200b{key[2:]}",
    "no-break": lambda key: f"{key}\u00a0",
    "full-width": lambda key: "".join(chr(ord(letter) + 0xFEE0) for letter in key),
    "cyrillic": lambda key: key.translate(str.maketrans("aceo", "асео")),
    "accent": lambda key: key.replace("n", "ñ").replace("a", "á"),
    "form": lambda key: {"classification": "classified", "deny": "denied", "allow": "allowed"}.get(key, f"{key}s"),
    "underscore": lambda key: f"{key}_",
    "longer": lambda key: f"access_{key}",
}
NAMES: dict[str, Spoiler] = {
    "bare": lambda name: name.partition(":")[2],
    "capital": lambda name: name.partition(":")[0] + ":" + name.partition(":")[2].title(),
    "kind": str.title,
    "space": lambda name: name.replace(":", ": "),
    "joined": lambda name: f"{name},{name}",
    "semicolon": lambda name: f"{name};user:ada",
    "wildcard": lambda name: f"{name[:-1]}*",
    "address": lambda name: f"{name}@example.org",
    "mail": lambda name: f"mailto:{name.partition(':')[2]}@example.org",
    "at": lambda name: f"@{name.partition(':')[2]}",
    "zero-width": lambda name: f"{name[:-1]}\u200b{name[-1]}",
    "full-width": lambda name: f"{name[:-1]}{chr(ord(name[-1]) + 0xFEE0)}",
    "cyrillic": lambda name: name.translate(str.maketrans("ao", "ао")),
    "unknown": lambda name: f"{name}x",
    "bracketed": lambda name: f"[{name}]",
}
LEVELS: dict[str, Spoiler] = {
    "capital": str.title,
    "typo": lambda level: level[:-1],
    "no-break": lambda level: f"{level}\u00a0",
    "words": lambda level: f"{level} please",
}
FORMS = {
    "indented": " ---\n{}\n ---\n",
    "unclosed": "---\n{}\n\n# Body\n",
    "five": "-----\n{}\n-----\n",
    "commented fence": "--- # front\n{}\n---\n",
    "language": "---yaml\n{}\n---\n",
    "blank first": "\n---\n{}\n---\n",
    "comment first": "<!-- draft -->\n---\n{}\n---\n",
    "heading first": "# draft\n---\n{}\n---\n",
    "zero-width first": "\u200b---\n{}\n---\n",
    "form feed first": "\x0c---\n{}\n---\n",
    "headers": "{}\n\n",
    "comment": "<!--\n{}\n-->\n",
    "code": "```yaml\n{}\n```\n",
    "other dashes": "\u2011\u2011\u2011\n{}\n\u2011\u2011\u2011\n",
    "title above": "# Ferries\n\n---\n{}\n---\n",
    "end of markup": "<p>Ferries</p>\n" + "<p>North.</p>\n" * 40 + "<!--\n{}\n-->\n",
    "script": "#!/bin/sh\n# ---\n# {}\n",
    "long header": "".join(f"Received: from host{n}\n" for n in range(90)) + "{}\n\n",
    "empty first": "---\n---\n{}\n---\n",
    "second": "---\nlayout: page\n---\n{}\n---\n",
}
LINES: dict[str, Spoiler] = {
    "indent": lambda line: f"  {line}",
    "nested": lambda line: f"access:\n  {line}",
    "list": lambda line: f"- {line}",
    "no space": lambda line: line.replace(": ", ":"),
    "full-width colon": lambda line: line.replace(": ", "\uff1a"),
    "equals": lambda line: line.replace(": ", " = "),
    "control": lambda line: f"{line[:3]}\x1b{line[3:]}",
    "rights below": lambda line: f"rights:\n  - {{{line}}}",
    "field": lambda line: f":{line}",
    "twice": lambda line: f"{line}\n{line}",
    "weaker after": lambda line: f"{line}\n{line.partition(':')[0]}: internal",
    "anchor": lambda line: line.replace(": ", ": &a "),
    "tag": lambda line: line.replace(": ", ": !x "),
    "merge": lambda line: f"base: &b {{{line}}}\n<<: *b",
    "scalar": lambda line: f"note: |\n  {line}",
    "folded": lambda line: f"note: a\n  {line}",
}
FIELDS: dict[str, Callable[[str, str], str]] = {
    "heading": lambda key, value: f"### {key}\n\n{value}",
    "closed heading": lambda key, value: f"###### {key} ######\n{value}",
    "bold value": lambda key, value: f"#### {key}\n\n**{value}**",
    "item below": lambda key, value: f"### {key}\n\n- {value}",
    "code below": lambda key, value: f"### {key}\n\n`{value}`",
    "number": lambda key, value: f"## 1.2 {key}\n\n{value}",
    "anchor": lambda key, value: f"### {key} {{#level}}\n\n{value}",
    "link": lambda key, value: f"### [{key}](policy.md)\n\n{value}",
    "quoted": lambda key, value: f"> ### {key}\n>\n> {value}",
    "underlined": lambda key, value: f"{key}\n{'-' * len(key)}\n\n{value}",
    "lines around": lambda key, value: f"{'=' * len(key)}\n{key}\n{'=' * len(key)}\n\n{value}",
    "asciidoc": lambda key, value: f"==== {key}\n\n{value}",
    "block title": lambda key, value: f".{key}\n{value}",
    "org": lambda key, value: f"*** {key}\n{value}",
    "wiki": lambda key, value: f"=== {key} ===\n{value}",
    "textile": lambda key, value: f"h3. {key}\n\n{value}",
    "manual": lambda key, value: f".SH {key.upper()}\n{value}",
    "latex": lambda key, value: f"\\subsection*{{{key}}}\n\n{value}",
    "bold heading": lambda key, value: f"**{key}**\n\n{value}",
    "colon": lambda key, value: f"{key}:\n{value}",
    "line": lambda key, value: f"{key}: {value}",
    "bold line": lambda key, value: f"**{key}:** {value}",
    "quoted line": lambda key, value: f"> {key}: {value}",
    "term": lambda key, value: f"{key}\n: {value}",
    "wide term": lambda key, value: f"{key}\n\n:   {value}",
    "asciidoc term": lambda key, value: f"{key}:: {value}",
    "asciidoc term below": lambda key, value: f"{key}::\n  {value}",
    "org term": lambda key, value: f"- {key} :: {value}",
    "indented": lambda key, value: f"{key}\n   {value}",
    "field": lambda key, value: f":{key}: {value}",
    "row": lambda key, value: f"| Field | Value |\n|---|---|\n| {key} | {value} |",
    "column": lambda key, value: f"| Title | {key} |\n|---|---|\n| Plan | {value} |",
    "open column": lambda key, value: f"Title | {key} | Date\n--- | --- | ---\nPlan | {value} | May",
    "grid": lambda key, value: f"+---+---+\n| Title | {key} |\n+===+===+\n| Plan | {value} |\n+---+---+",
    "spaces": lambda key, value: f"=====  =====\nTitle  {key}\n=====  =====\nPlan   {value}\n=====  =====",
    "tabs": lambda key, value: f"Title\t{key}\nPlan\t{value}",
    "asciidoc table": lambda key, value: f"|===\n|Title |{key}\n\n|Plan |{value}\n|===",
    "part of a line": lambda key, value: f"Page 1 of 3 | {key}: {value} | Harbour",
    "between dots": lambda key, value: f"Version 2 \u00b7 {key}: {value} \u00b7 May",
    "after a mark": lambda key, value: f"Owner: Bea<br>{key}: {value}<br>Date: May",
    "cells below": lambda key, value: f"|===\n|{key}\n|{value}\n|===",
}
"""A key and its value in a place of the text that no tag is read from."""
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp1250")
ENDS = ("\n", "\r\n", "\r", "\r\r\n", "\x1e", "\x85", "\u2028")


def spoilt(tags: dict[str, Any], kind: str, how: str) -> dict[str, Any]:
    """The tags with all keys, names or levels spoilt in one way."""
    if kind == "keys":
        return {KEYS[how](key): value for key, value in tags.items()}
    if kind == "names":
        return {
            key: [NAMES[how](n) for n in value] if isinstance(value, list) else value for key, value in tags.items()
        }
    return {key: LEVELS[how](value) if key == "classification" else value for key, value in tags.items()}


def yaml_lines(tags: dict[str, Any]) -> list[str]:
    quoted = json.dumps
    return [
        f"{key}: [{', '.join(quoted(name, ensure_ascii=False) for name in value)}]"
        if isinstance(value, list)
        else f"{key}: {value}"
        for key, value in tags.items()
    ]


def intended(tags: dict[str, Any]) -> AccessRule:
    return AccessRule(
        tenant="default",
        classification=tags.get("classification", "public"),
        allow=tags.get("allow", GROUPS),
        deny=tags.get("deny", ()),
        until=tags.get("until"),
    )


def never_wider(tags: dict[str, Any], declared: Declared) -> TaggingResult:
    result = resolve_tags(SOURCE, declared, known=KNOWN)
    if not result.problems:
        for reader in READERS:
            if permits(result.access, reader, NOW):
                assert permits(SOURCE.access_rule, reader, NOW)
                assert permits(intended(tags), reader, NOW)
    return result


def encoded(text: str, encoding: str, end: str) -> bytes | None:
    """The bytes of a text; None where the encoding does not have its characters."""
    try:
        return text.replace("\n", end).encode(encoding)
    except UnicodeEncodeError:
        return None


ways = st.one_of(
    st.tuples(st.just("keys"), st.sampled_from(sorted(KEYS))),
    st.tuples(st.just("names"), st.sampled_from(sorted(NAMES))),
    st.tuples(st.just("levels"), st.sampled_from(sorted(LEVELS))),
    st.tuples(st.just("lines"), st.sampled_from(sorted(LINES))),
    st.tuples(st.just("forms"), st.sampled_from(sorted(FORMS))),
    st.just(("none", "")),
)


def document(tags: dict[str, Any], way: tuple[str, str], body: str) -> str:
    """Front matter and body, spoilt in one way."""
    kind, how = way
    lines = yaml_lines(spoilt(tags, kind, how) if kind in ("keys", "names", "levels") else tags)
    if kind == "lines":
        lines = [LINES[how](line) for line in lines]
    block = "\n".join(lines)
    if kind != "forms":
        return f"---\n{block}\n---\n{body}"
    return FORMS[how].replace("{}", block) + body


@given(meant, ways, st.sampled_from(ENCODINGS), st.sampled_from(ENDS))
@example({"deny": ["user:ada"]}, ("keys", "form"), "utf-8", "\n")
@example({"classification": "restricted"}, ("none", ""), "utf-16-le", "\r")
@example({"allow": ["group:hr"]}, ("lines", "folded"), "utf-8", "\n")
@settings(max_examples=1500, deadline=None)
def test_law_02_front_matter_is_never_wider_than_meant(
    tags: dict[str, Any], way: tuple[str, str], encoding: str, end: str
) -> None:
    data = encoded(document(tags, way, BODY), encoding, end)
    if data is None or decode(data) is None:  # what cannot be decoded has no text to serve
        return
    result = never_wider(tags, front_matter(text_of(data, "note.md")))
    if way[0] == "none" and decode(data) == document(tags, way, BODY).replace("\n", end):
        assert result.problems == ()


@given(meant, ways, st.sampled_from(ENCODINGS), st.sampled_from(ENDS), st.booleans())
@settings(max_examples=700, deadline=None)
def test_law_02_a_metadata_file_is_never_wider_than_meant(
    tags: dict[str, Any], way: tuple[str, str], encoding: str, end: str, as_json: bool
) -> None:
    kind, how = way
    if how == "script" and not as_json:  # its first line would be a comment of YAML, which declares nothing
        return
    if as_json:
        written = spoilt(tags, kind, how) if kind in ("keys", "names", "levels") else {"access": tags} if how else tags
        text = json.dumps(written, ensure_ascii=False, indent=1)
    else:
        text = document(tags, way, "")
    data = encoded(text, encoding, end if not as_json else "\n")
    if data is None:
        return
    declared = metadata_file(decode(data), "note.md.meta.json" if as_json else "note.md.meta.yaml")
    result = never_wider(tags, declared)
    if kind == "none" and decode(data) == (text if as_json else text.replace("\n", end)):
        assert result.problems == ()


@given(meant, ways)
@settings(max_examples=700, deadline=None)
def test_law_02_a_feed_record_is_never_wider_than_meant(tags: dict[str, Any], way: tuple[str, str]) -> None:
    kind, how = way
    record: dict[str, Any] = {"id": "a", "text": BODY}
    if kind in ("lines", "forms"):
        record["text"] = document(tags, way, BODY)
    else:
        record |= spoilt(tags, kind, how) if kind != "none" else tags
    result = never_wider(tags, feed_record(json.dumps(record).encode()).declared)
    if kind == "none":
        assert result.problems == ()


@given(meant, st.sampled_from(sorted(FIELDS)), st.sampled_from(ENCODINGS), st.sampled_from(ENDS), st.booleans())
@settings(max_examples=700, deadline=None)
def test_law_02_a_field_of_the_text_is_never_wider_than_meant(
    tags: dict[str, Any], form: str, encoding: str, end: str, titled: bool
) -> None:
    values = {key: ", ".join(value) if isinstance(value, list) else value for key, value in tags.items()}
    written = "\n\n".join(FIELDS[form](f"Access {key}" if key == "until" else key, v) for key, v in values.items())
    data = encoded(f"{'# Ferries' if titled else BODY}\n\n{written}\n\n{BODY}", encoding, end)
    if data is not None and decode(data) is not None:
        never_wider(tags, front_matter(text_of(data, "note.md")))


@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_names_in_another_normal_form_are_not_taken(form: Any) -> None:
    name = unicodedata.normalize(form, "user:zoé")
    assert resolve_tags(SOURCE, {"deny": [name]}).problems


@given(st.binary(max_size=400), st.sampled_from(["note.md", "note.html", "note.eml", "note.json"]))
@settings(max_examples=300, deadline=None)
def test_law_15_no_bytes_break_the_reading_of_tags(data: bytes, name: str) -> None:
    resolve_tags(SOURCE, front_matter(text_of(b"---\n" + data, name)), known=KNOWN)
    resolve_tags(SOURCE, metadata_file(decode(data), f"{name}.meta.yaml"), known=KNOWN)
    resolve_tags(SOURCE, feed_record(data).declared, known=KNOWN)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_law_15_no_text_breaks_the_reading_of_tags(text: str) -> None:
    resolve_tags(SOURCE, front_matter(f"---\n{text}\n---\n"), known=KNOWN)
    resolve_tags(SOURCE, metadata_file(text, "a.meta.json"), known=KNOWN)
