"""RTF: what a reader sees is in the text once, in order and unchanged; what is hidden is reported."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import WORDS, assert_once_in_order

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\uc1"
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Mincho;}"
    r"{\f3\fcharset2 Symbol;}}{\colortbl;\red255\green255\blue255;\red32\green48\blue64;\red33\green49\blue65;}"
    r"{\stylesheet{\s0 Normal;}}{\info{\author Somebody}}{\*\generator Writer;}"
)
MARK = "q<&hidden words>z"


def coded(text: str) -> str:
    """Characters of RTF: escapes, control words, and UTF-16 with a substitute that is not to be read."""
    pieces = []
    for character in text:
        known = {
            "\\": "\\\\",
            "{": "\\{",
            "}": "\\}",
            "\t": "\\tab ",
            "\n": "\\line ",
            "\u00a0": "\\~",
            "\u2011": "\\_",
        }
        if character in known or character.isascii():
            pieces.append(known.get(character, character))
            continue
        units = character.encode("utf-16-le")
        for at in range(0, len(units), 2):
            unit = int.from_bytes(units[at : at + 2], "little", signed=True)
            pieces.append(f"\\u{unit}?")
    return "".join(pieces)


def paragraph(content: str) -> str:
    return f"{{\\pard {content}\\par}}\n"


def row(content: str, shading: str = "") -> str:
    return f"\\trowd{shading}\\cellx2000\\cellx4000\\pard\\intbl {content}\\cell next\\cell\\row\\pard\n"


def box(content: str) -> str:
    shape = r"{\sp{\sn fillColor}{\sv 1}}"
    return f"{{\\pard x{{\\shp{{\\*\\shpinst\\shpleft0{shape}{{\\shptxt \\pard {content}\\par}}}}}}\\par}}"


SHOWN: dict[str, Callable[[str], str]] = {
    "paragraph": lambda text: paragraph(coded(text)),
    "groups": lambda text: paragraph("".join(f"{{\\b {coded(character)}}}" for character in text)),
    "cell": lambda text: row(coded(text)),
    "field": lambda text: paragraph(f"{{\\field{{\\*\\fldinst REF x}}{{\\fldrslt {coded(text)}}}}}"),
    "white on dark": lambda text: row(f"{{\\cf1 {coded(text)}}}", "\\clcbpat2"),
    "text box": lambda text: box(coded(text)),
    "not hidden": lambda text: paragraph(f"{{\\v0 {coded(text)}}}"),
    "inserted": lambda text: paragraph(f"{{\\revised {coded(text)}}}"),
    "in both codes": lambda text: paragraph(f"{{\\upr{{old}}{{\\*\\ud{{{coded(text)}}}}}}}"),
}
HIDDEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "hidden": ("rtf-vanish", lambda text: paragraph(f"{{\\v {text}}}")),
    "white": ("rtf-white-text", lambda text: paragraph(f"\\cf1 {text}")),
    "highlight": ("rtf-same-colour", lambda text: paragraph(f"\\cf2\\highlight3 {text}")),
    "shading": ("rtf-same-colour", lambda text: paragraph(f"\\cbpat3\\cf2 {text}")),
    "cell": ("rtf-same-colour", lambda text: row(f"{{\\cf2 {text}}}", "\\clcbpat3")),
    "tiny": ("rtf-tiny-font", lambda text: paragraph(f"\\fs2 {text}")),
    "squeezed": ("rtf-squeezed", lambda text: paragraph(f"\\expndtw-200 {text}")),
    "narrow": ("rtf-squeezed", lambda text: paragraph(f"\\charscalex1 {text}")),
    "low line": ("rtf-tiny-line", lambda text: paragraph(f"\\sl-10 {text}")),
    "indent": ("rtf-off-page", lambda text: paragraph(f"\\li30000 {text}")),
    "raised": ("rtf-off-page", lambda text: paragraph(f"{{\\up3000 {text}}}")),
    "deleted": ("rtf-deleted", lambda text: paragraph(f"{{\\deleted {text}}}")),
}


def writing(content: str, end: str = "}") -> Writing:
    return read((HEAD + content + end).encode("ascii"), kinds.RTF).writing


@given(pieces=st.lists(st.tuples(st.sampled_from(sorted(SHOWN)), WORDS), min_size=1, max_size=8))
@settings(max_examples=200)
def test_visible_text_is_there_once_in_order_and_unchanged(pieces: list[tuple[str, str]]) -> None:
    numbered = [(how, f"a{number}{text}{number}") for number, (how, text) in enumerate(pieces)]
    found = writing("".join(SHOWN[how](text) for how, text in numbered))
    assert found.hidden == []
    assert_once_in_order(found.text, (text for _, text in numbered))


@pytest.mark.parametrize("how", sorted(HIDDEN))
def test_hidden_text_is_reported_and_its_neighbours_are_not(how: str) -> None:
    technique, hide = HIDDEN[how]
    found = writing(paragraph("before") + hide(MARK) + paragraph("after"))
    assert [(one.technique, one.text) for one in found.hidden] == [(technique, MARK)]
    assert found.text.startswith("before\n")
    assert found.text.endswith("\nafter")


def test_bytes_are_decoded_by_their_font() -> None:
    content = r"\f0 caf\'e9 \f1 \'ef\'f0 \f2 \'93\'fa\'96\'7b \f3 \'b7"
    assert writing(paragraph(content)).text == "café пр 日本 •"


def test_parts_next_to_the_body_are_labelled_and_in_order() -> None:
    body = r"{\header \pard top\par}{\footer \pard bottom\par}{\pard body{\*\footnote \pard below}"
    body += r"{\*\annotation \pard remark\par}\par}"
    found = writing(body)
    assert found.text == "Header:\ntop\n\nbody[^1]\n\nFootnotes:\n[^1]: below\n\nFooter:\nbottom\n\nComments:\nremark"
    assert [(one.technique, one.text) for one in found.hidden] == [("rtf-comment", "remark")]


def test_objects_links_and_fields_that_run_are_reported() -> None:
    content = r"{\*\template http://far.example/t.dot}{\object\objemb{\*\objdata 01050000}{\result \pard shown\par}}"
    content += r"{\pard{\field{\*\fldinst DDEAUTO cmd x}{\fldrslt y}}\par}"
    found = writing(content)
    assert found.text == "shown\n\ny"
    assert [one.technique for one in found.hidden] == ["rtf-remote-template", "rtf-embedded", "rtf-dde"]


def test_binary_data_is_skipped_and_text_behind_the_end_is_reported() -> None:
    found = writing(r"{\pict\bin4 }}{{}{\pard seen\par}", end="} and more")
    assert found.text == "seen"
    assert [(one.technique, one.text) for one in found.hidden] == [("rtf-unused-part", "and more")]


def test_groups_nested_too_deep_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        writing("{" * 5000)
    assert refused.value.word == "nesting"


@given(content=st.text(st.sampled_from("\\{}'*uvbin 0123abf\n;~-")))
@settings(max_examples=300)
def test_any_content_gives_some_text(content: str) -> None:
    assert isinstance(writing(content).text, str)
