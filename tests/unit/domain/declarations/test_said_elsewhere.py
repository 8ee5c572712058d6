"""Law 2: a tag that a document says in values, markings and words of other schemes keeps it out."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.feeds import feed_record
from pipeline.domain.declarations.file_properties import FileProperty, stated_by_properties
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.lookalikes import stated_problems
from pipeline.domain.identity.permissions import Classification
from tests.unit.domain.declarations.test_never_wider import BODY, meant, never_wider

KEY_PAIRS = [("question", "answer"), ("column", "cell"), ("predicate", "object"), ("displayName", "displayValue")]

Shape = Callable[[str, str], Any]

SHAPES: dict[str, Shape] = {
    **{f"{name} and {value}": _pair for name, value in KEY_PAIRS for _pair in [
        lambda key, held, name=name, value=value: [{name: key, value: held}]
    ]},
    "pair": lambda key, held: [[key, held], ["title", "Plan"]],
    "level inside": lambda key, held: {key: {"level": held}},
    "string": lambda key, held: [f"{key}: {held}"],
    "equals": lambda key, held: f"{key}={held}",
    "among others": lambda key, held: f"plan; {key}: {held}",
    "json": lambda key, held: json.dumps({key: held}),
    "columns": lambda key, held: {"columns": ["title", key], "rows": [["Plan", held], ["Annex", held]]},
    "table": lambda key, held: [["title", key], ["Plan", held]],
    "deep": lambda key, held: {"a": [{"b": {"c": {key: held}}}]},
}  # fmt: skip
PLACES: dict[str, Callable[[Any], Declared]] = {
    "front matter": lambda value: front_matter(f"---\n{yaml.safe_dump({'about': value})}---\n{BODY}", "a.md"),
    "JSON": lambda value: front_matter(json.dumps({"about": value, "text": BODY}), "a.json"),
    "indented JSON": lambda value: front_matter(json.dumps({"about": value, "text": BODY}, indent=2), "a.json"),
    "YAML": lambda value: front_matter(yaml.safe_dump({"about": value, "text": BODY}), "a.yaml"),
    "feed": lambda value: feed_record(json.dumps({"id": "a", "text": BODY, "about": value}).encode()).declared,
}


def held_in(tags: dict[str, Any]) -> dict[str, str]:
    """Values as one text each; several names with commas between them."""
    return {key: ", ".join(value) if isinstance(value, list) else value for key, value in tags.items()}


@given(meant, st.sampled_from(sorted(SHAPES)), st.sampled_from(sorted(PLACES)))
@settings(max_examples=1000, deadline=None)
def test_law_02_a_tag_in_a_value_is_never_served_wider(tags: dict[str, Any], shape: str, place: str) -> None:
    never_wider(tags, PLACES[place]([SHAPES[shape](key, held) for key, held in held_in(tags).items()]))


AROUND = ("{}", "*** {} ***", "// {} //", "[{}]", "**{}**", "({})", "- {} -", "> {}", "{}.")
TAILS = ("", " - HR ONLY", " // For the board only", ": do not forward", " | group:hr", " (not for circulation)")
MARKINGS = {
    Classification.CONFIDENTIAL: ("CONFIDENTIAL", "Confidential"),
    Classification.RESTRICTED: ("RESTRICTED", "Restricted"),
    None: ("Strictly Confidential", "COMPANY CONFIDENTIAL", "TLP:RED", "TLP: AMBER", "tlp:amber+strict"),
}


@given(
    st.sampled_from([(level, words) for level, all_words in MARKINGS.items() for words in all_words]),
    st.sampled_from(AROUND),
    st.sampled_from(TAILS),
    st.booleans(),
    st.sampled_from(Classification),
)
def test_law_02_a_marking_at_the_top_or_end_is_not_served_wider(
    marking: tuple[Classification | None, str], around: str, tail: str, at_end: bool, held: Classification
) -> None:
    level, words = marking
    line = around.format(words + tail)
    declared = front_matter(f"{BODY}\n\n{line}\n" if at_end else f"{line}\n\n{BODY}", "a.md")
    problems = declared.problems + stated_problems(declared.stated, held)
    if held is not Classification.RESTRICTED and (level is None or level.rank > held.rank):
        assert problems
    if level is held:
        assert problems == ()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028"])
@pytest.mark.parametrize(
    "text", ["Header:\nConfidential\n\n{}", "Subject: x\nTo: y\n\nCONFIDENTIAL\n\n{}", "{}\n\nFooter:\nTLP:RED"]
)
def test_law_02_a_marking_in_a_margin_or_a_mail_is_a_statement(text: str, end: str) -> None:
    declared = front_matter(text.format(BODY).replace("\n", end), "a.txt")
    assert stated_problems(declared.stated, Classification.INTERNAL)


@given(
    st.sampled_from(["CLASS:CONFIDENTIAL", "class:private", "CLASS;X-NOTE=a:PRIVATE"]),
    st.sampled_from(["VCALENDAR", "VCARD"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_law_02_a_calendar_with_a_private_event_is_not_served(line: str, kind: str, end: str) -> None:
    text = end.join([f"BEGIN:{kind}", "VERSION:2.0", "SUMMARY:Boats", line, f"END:{kind}", ""])
    assert stated_problems(front_matter(text, "a.ics").stated, Classification.INTERNAL)
    assert front_matter(text.replace(line, "CLASS:PUBLIC"), "a.ics").stated == ()


@pytest.mark.parametrize(
    "line",
    [
        "Confidential - a word with a history",
        "Restricted: what the sign on the gate means",
        "Confidential information, and how we keep it",
        "# Confidential: do not forward",
    ],
)
def test_a_title_that_speaks_of_a_level_does_not_mark_the_page(line: str) -> None:
    assert stated_problems(front_matter(f"{line}\n\n{BODY}", "a.md").stated, Classification.INTERNAL) == ()


def test_law_15_a_crowd_of_markings_takes_no_long_look() -> None:
    started = time.process_time()
    front_matter("CONFIDENTIAL\n\n" * 100_000, "a.md")
    assert time.process_time() - started < 60, "more than a linear look takes minutes"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACL", "hr"),
        ("Readers", "group:hr"),
        ("TLP", "RED"),
        ("Private", "true"),
        ("Description", "CONFIDENTIAL"),
        ("Rights", "Restricted"),
    ],
)
def test_law_02_a_custom_property_about_readers_or_a_marking_counts(name: str, value: str) -> None:
    assert stated_problems(stated_by_properties([FileProperty(name, value, is_custom=True)]), Classification.INTERNAL)


@pytest.mark.parametrize(
    "line",
    [
        "acl: [hr]",
        "readers: hr",
        "permissions: {read: [hr]}",
        "grant: {hr: read}",
        "blacklist: [corin]",
        "blocked_users: [corin]",
        "visibility: private",
        "access: secret",
        "security: {level: restricted}",
        "private: true",
        "tlp: red",
        "marking: NATO SECRET",
        "klassifizierung: vertraulich",
        "tags: [plan, confidential]",
        "keywords: plan, strictly confidential",
    ],
)
def test_law_02_readers_and_levels_under_other_keys_are_problems(line: str) -> None:
    declared = front_matter(f"---\n{line}\n---\n{BODY}", "a.md")
    assert declared.problems or stated_problems(declared.stated, Classification.INTERNAL)


@pytest.mark.parametrize("level", ["confidential", "restricted"])
def test_a_keyword_that_repeats_the_classification_is_fine(level: str) -> None:
    declared = front_matter(f"---\nclassification: {level}\ntags: [plan, confidential]\n---\n{BODY}", "a.md")
    assert declared.problems == ()
    assert stated_problems(declared.stated, Classification(level)) == ()


@pytest.mark.parametrize(
    "markup",
    [
        "<meta name='classification' content='restricted'>",
        "<dl><dt><b>Classification</b>:</dt>\n<dd>Restricted</dd></dl>",
        "<table><tr><th>Classification</th><td>restricted</td></tr></table>",
        "<span property='ex:classification' content='restricted'></span>",
        "<img alt='Classification: restricted' src='a.png'>",
        "<link rel='classification' href='restricted'>",
        "Owner: Bea<br>Classification: restricted<br>Date: May",
    ],
)
@pytest.mark.parametrize("frame", ["# Ferries\n\n{}\n\n", "<html><body>{}</body></html>"])
def test_law_02_markup_declares_inside_markdown_as_in_a_page(markup: str, frame: str) -> None:
    is_page = frame.startswith("<html>")
    declared = front_matter(frame.format(markup) + ("" if is_page else BODY), "a.html" if is_page else "a.md")
    assert (
        declared.problems or declared.stated or (is_page and "<br>" in markup)
    )  # its text is looked at when extracted


@pytest.mark.parametrize(
    "text",
    [
        "---\npermissions: 0644\naudience: [developers]\nroles: [admin]\ntags: [access, restricted-area]\n---\n",
        "---\nvisibility: public\naccess: internal\nprivate: false\nsecurity: [tls, hsts]\n---\n",
        "# Restricted\n\nThis level is for salary lists.\n\n# Confidential\n",
        "Levels: public | internal | confidential | restricted\n",
        "This e-mail is confidential and intended for its addressee.\n",
        "| Level | Who |\n|---|---|\n| Confidential | hr |\n| Restricted | board |\n",
        "Write `<meta name='classification' content='restricted'>` into the page.\n",
        "```html\n<meta name='classification' content='restricted'>\n```\n",
        "Sensitivity: high\nConfidentiality: we keep your data private.\nTLP: GREEN\n",
        "TLP:CLEAR\n",
        "Boats\n\nConfidential\n\nThe word means that only some may read.\n",
        "Levels:\nCONFIDENTIAL\nRESTRICTED\nPUBLIC\n",
    ],
)
def test_ordinary_words_about_access_declare_nothing(text: str) -> None:
    declared = front_matter(text + BODY, "a.md")
    assert (declared.problems, declared.stated) == ((), ())


@pytest.mark.parametrize(
    "content",
    [
        {"tasks": [{"type": "text-classification", "license": "restricted"}]},
        {"properties": {"classification": {"type": "string", "enum": ["public", "restricted"]}}},
        {"columns": ["title", "classification"], "rows": [["a", "public"], ["b", "restricted"]]},
        {"private": True, "name": "left-pad", "access": "restricted-area"},
        {"levels": ["public", "internal", "confidential", "restricted"]},
    ],
)
def test_ordinary_data_about_levels_declares_nothing(content: Any) -> None:
    declared = front_matter(json.dumps(content), "a.json")
    assert (declared.problems, declared.stated) == ((), ())
