"""Front matter is read exactly, or is a problem, or is ordinary text."""

import time

import pytest

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.front_matter import body_start, front_matter
from pipeline.extraction.decoding import text_of

TAGS = "classification: restricted\ndeny: [user:mallory]\n"
READ = {"classification": "restricted", "deny": ["user:mallory"]}


def test_front_matter_declares_tags_and_leaves_other_keys_alone() -> None:
    text = "---\ntitle: Notice\nclassification: confidential\nlayout: page\ntags: [a, b]\nlicense: MIT\n---\n# Notice\n"
    declared = front_matter(text)
    assert (declared.tags, declared.problems) == ({"title": "Notice", "classification": "confidential"}, ())
    assert declared.places == {"title": "line 2 of the front matter", "classification": "line 3 of the front matter"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Notice\n\nThe gate opens at nine.\n",
        "---\n",
        "---\n\nA rule across the page, and text.\n\n---\n\nMore of it.\n",
        "---\njust a line\n---\ntext",
        "---\nAnd so: it goes on, as it was: slowly.\n",
        "---\n# a comment of the template\n---\ntext",
        "Title: On rivers\nAuthor: Wren\n\nText.\n",
        "We allow: everything that is not denied, as long as it is quiet.\n",
        "Allow: /private\nDisallow: /\n",
        '{"openapi": "3.1.0", "allowed": true}',
        "<html><head><meta name='author' content='Wren'></head><body>classification: restricted</body></html>",
        "Notes on tags\n=============\n\nText comes first.\n\nclassification: restricted papers are rare\n",
        "Subject: the classification: a history of labels for whales and fish\n\nText.\n",
    ],
)
def test_ordinary_text_declares_nothing(text: str) -> None:
    assert front_matter(text) == Declared()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\x85", "\u2028", "\u2029"])
def test_any_line_end_is_a_line_end(end: str) -> None:
    text = f"---\n{TAGS}---\nBody\n".replace("\n", end)
    assert front_matter(text).tags == READ
    assert text[body_start(text) :] == f"Body{end}"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp1250", "koi8-r"],
)
def test_law_02_the_encoding_of_a_document_does_not_hide_its_tags(encoding: str) -> None:
    body = "Привет, мир. " * 20 if encoding == "koi8-r" else "Grüße an alle Büros, für immer. " * 20
    declared = front_matter(text_of(f"---\n{TAGS}---\n{body}\n".encode(encoding), "note.md"))
    assert (declared.tags, declared.problems) == (READ, ())


@pytest.mark.parametrize("padding", [1_000, 70_000, 250_000])
def test_law_02_tags_behind_much_else_are_read(padding: int) -> None:
    text = "---\nabstract: |\n" + "  nothing in particular\n" * (padding // 24) + TAGS + "---\nBody\n"
    assert front_matter(text).tags == READ


def test_law_02_front_matter_too_large_to_be_read_is_a_problem() -> None:
    text = "---\n" + TAGS + "abstract: |\n" + "  nothing in particular\n" * 20_000 + "---\nBody\n"
    assert front_matter(text).problems


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{TAGS}\n# Pay\nNot closed.\n",
        "---\ntitle: Pay\nowner: user:wren\n\nNot closed.\n",
        f"\n---\n{TAGS}---\nBlank line first\n",
        f"<!-- draft -->\n---\n{TAGS}---\nComment first\n",
        f"# draft\n---\n{TAGS}---\nComment first\n",
        f" ---\n{TAGS} ---\nIndented\n",
        f"----\n{TAGS}----\nFour\n",
        f"-----\n{TAGS}-----\nFive\n",
        f"--- # front\n{TAGS}---\nBody\n",
        f"---yaml\n{TAGS}---\nBody\n",
        f"\u2014\n{TAGS}\u2014\nBody\n",
        f"\u200b---\n{TAGS}---\nBody\n",
        f"\ufeff\ufeff---\n{TAGS}---\nBody\n",
        f"\x0b---\n{TAGS}---\nBody\n",
        f"```yaml\n{TAGS}```\nBody\n",
        TAGS + "\nHeaders without a fence\n",
        "Classification: Restricted\nDeny: user:mallory\n\nBody\n",
        ":classification: restricted\n:deny: user:mallory\n\nBody\n",
        "Pay\n===\n\n:classification: restricted\n\nBody\n",
        '+++\nclassification = "restricted"\ndeny = ["user:mallory"]\n+++\nBody\n',
        ';;;\n{"classification": "restricted"}\n;;;\nBody\n',
        '{"classification": "restricted", "deny": ["user:mallory"]}\n\nBody\n',
        '{\n  "deny": ["user:mallory"]\n}\n\nBody\n',
        "<!--\nclassification: restricted\n-->\nBody\n",
        "<html><!-- deny: user:mallory --><body>Body</body></html>",
        '<html><head><meta name="classification" content="restricted"></head><body>Body</body></html>',
        '<!doctype html><html><head><meta content="user:mallory" name="dc.deny"></head></html>',
        "---\n- classification: restricted\n- deny: [user:mallory]\n---\nBody\n",
        "---\nclassification:restricted\ndeny:[user:mallory]\n---\nBody\n",
        "---\ntitle: Pay\n  classification: restricted\n---\nBody\n",
        "---\ntitle: Pay\n ,classification:restricted\n---\nBody\n",
        "---\naccess:\n  classification: restricted\n---\nBody\n",
        "---\nextra: [{rules: {deny: [user:mallory]}}]\n---\nBody\n",
        "---\ntitle: Pay\n---\n---\nclassification: restricted\n---\nBody\n",
        "---\n---\nclassification: restricted\n---\nBody\n",
        "---\nclassification: restricted\nclassification: internal\n---\nBody\n",
        "---\nbase: &b {classification: restricted}\n<<: *b\n---\nBody\n",
        "---\nclassification: &c restricted\n---\nBody\n",
        "---\nclassification: !level restricted\n---\nBody\n",
        "---\ntitle: Pay: all of it\nclassification: restricted\n---\nBody\n",
        "---\n\tclassification: restricted\n---\nBody\n",
        "---\nclassification\uff1arestricted\n---\nBody\n",
        "---\nclassification\u00a0: restricted\n---\nBody\n",
        "---\nde\u200bny: [user:mallory]\n---\nBody\n",
        "---\n\u0441lassification: restricted\n---\nBody\n",
        "---\nreaders: [group:hr]\n---\nBody\n",
        "---\nsensitivity: restricted\n---\nBody\n",
        "---\ndeny: [" + "[" * 5_000 + "\n---\nBody\n",
        "---\ndeny: \ud800\n---\nBody\n",
        "---\ndeny: [user:a\x07]\n---\nBody\n",
    ],
)
def test_law_02_what_looks_like_a_declaration_and_cannot_be_read_is_a_problem(text: str) -> None:
    assert front_matter(text).problems
    assert "mallory" not in " ".join(front_matter(text).problems)


def test_a_problem_names_line_key_and_what_was_expected() -> None:
    problems = front_matter("---\ntitle: Pay\nclasification: restricted\nDeny: [user:mallory]\n---\n").problems
    assert problems == (
        "Line 3 of the front matter: `clasification` is read as nothing and looks like `classification`: "
        "write `classification`.",
        "Line 4 of the front matter: `Deny` is read as nothing and looks like `deny`: write `deny`.",
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [("no", "no"), ("0755", "0755"), ("2026-05-01", "2026-05-01"), ("12:30:45", "12:30:45"), ("1e3", "1e3"),
     (".inf", ".inf"), ("'~'", "~"), ("~", None), ("", None), ("null", None)],
)  # fmt: skip
def test_a_scalar_is_the_text_that_stands_there(written: str, read: str | None) -> None:
    assert front_matter(f"---\ntitle: {written}\n---\n").tags == {"title": read}


@pytest.mark.parametrize(
    "block",
    [
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)),
        "x: " + "[" * 200_000,
        "x: " + "{a: " * 60_000,
        "? " * 100_000,
        "- " * 100_000,
        "x: |\n" + "  " + "a" * 200_000,
        "".join(f"key{n}: v\n" for n in range(18_000)),
        "classification: " * 12_000,
        '"' * 200_000,
        "!" * 200_000,
    ],
    ids=["merge", "lists", "mappings", "keys", "items", "scalar", "many", "pairs", "quotes", "tags"],
)  # fmt: skip
def test_law_15_no_front_matter_takes_long(block: str) -> None:
    started = time.process_time()
    front_matter(f"---\n{block}\n---\nText\n")
    assert time.process_time() - started < 60, "more than a linear look takes minutes"


@pytest.mark.parametrize(
    ("text", "served"),
    [
        ("---\nclassification: restricted\ndeny: [user:ada]\n---\n# Pay\n", "# Pay\n"),
        ("---\ntitle: Pläne\nallow: [group:hr]\n...\nText", "Text"),
        ("---\ntitle: Plans\n---\nText", "---\ntitle: Plans\n---\nText"),
        ("Text\n---\ndeny: [user:ada]\n---\n", "Text\n---\ndeny: [user:ada]\n---\n"),
        ("---\ndeny: [\n---\nText", "---\ndeny: [\n---\nText"),
        ("", ""),
    ],
)
def test_law_02_who_may_not_read_a_document_is_told_to_nobody_who_may(text: str, served: str) -> None:
    assert text[body_start(text) :] == served
