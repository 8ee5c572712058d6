"""Every name a file system can hold has one printable, bounded form, and no two share it."""

import base64
import hashlib
import os
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.documents.printable_names import (
    MAX_BYTES,
    escaped,
    is_beneath,
    is_suspect,
    printable_name,
    unescaped,
    unscanned_name,
)

NAMES = st.binary(max_size=300).map(os.fsdecode) | st.text(max_size=300) | st.text("\\x0auU\n\u202e\udcff", max_size=20)


@given(NAMES)
@example("a\\x0a")
@example("a\n")
@example("\x80\udc80")
def test_a_name_comes_back_from_its_escaped_form(name: str) -> None:
    assert unescaped(escaped(name)) == name


@given(NAMES)
@example("\u202e" * 4000)
@example("é" * 4000)
def test_a_stored_name_is_printable_valid_utf_8_and_bounded(name: str) -> None:
    stored = printable_name(name)
    assert stored.isprintable()
    assert len(stored.encode("utf-8", "strict")) <= MAX_BYTES


@given(NAMES, NAMES)
@example("a\\x0a", "a\n")
@example("é" * 3000, "é" * 3001)
def test_two_names_never_share_a_stored_form(one: str, other: str) -> None:
    assert (printable_name(one) == printable_name(other)) is (one == other)


@pytest.mark.parametrize(
    "name",
    ["a\nb", "tab\there", "\x1b[31mred", "\x7f", "rlo\u202efdp.md", "zero\u200bwidth", "\ufeffbom", "tag\U000e0041",
     "\u2028", "filler\u3164", "\u115fhalf", "blank\u2800cell", "\u034f", "\ud800",
     os.fsdecode(b"caf\xe9.md"), "private\ue000"],
)  # fmt: skip
def test_a_name_with_hidden_or_broken_characters_is_suspect(name: str) -> None:
    assert is_suspect(name)


@pytest.mark.parametrize(
    "name",
    ["plain.md", "日本語の計画.md", "خطة.md", "Screenshot at 10.00\u202fPM.png", "計画\u3000案.md", "می\u200cخواهم.md",
     "family-👨\u200d👩\u200d👧.md", "cafe\u0301.md", "back\\slash.md", "[2024] (final)?.md"],
)  # fmt: skip
def test_a_name_of_any_language_is_not_suspect(name: str) -> None:
    assert not is_suspect(name)


@given(st.lists(st.text(st.characters(blacklist_characters="/#"), min_size=1, max_size=200), min_size=1, max_size=30))
def test_what_lies_in_a_folder_is_beneath_its_stored_name(parts: list[str]) -> None:
    whole = printable_name("/".join([*parts, "file.md"]))
    assert all(is_beneath(whole, printable_name("/".join(parts[:depth]))) for depth in range(len(parts) + 1))


def test_a_longer_name_with_the_same_beginning_is_not_beneath() -> None:
    assert not is_beneath("reports-old/a.md", "reports")
    assert is_beneath("reports/a.md", "reports")
    assert is_beneath("feed.jsonl#7", "feed.jsonl")


@given(st.integers(0, 10**9), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode, base64.b32encode]))
@example(0, bytes.hex)
def test_an_unscanned_name_shows_no_generated_value(seed: int, write: Callable[[bytes], bytes | str]) -> None:
    written = write(hashlib.sha256(str(seed).encode()).digest()[:20])
    value = written if isinstance(written, str) else written.decode()
    value = value.rstrip("=").replace("/", "_")
    assert value not in unscanned_name(f"keys/production-{value}.md")
    assert value not in unscanned_name(f"{value}/readme.md")


@pytest.mark.parametrize(
    "name",
    [
        "+49 170 1234567.txt",
        "ida@example.org.md",
        "079-123-4567 list.txt",
        "DE89 3704 0044 0532 0130 00",
        "1987-04-12-ida-b",
    ],
)
def test_an_unscanned_name_shows_no_number_of_a_person(name: str) -> None:
    shown = unscanned_name(name)
    assert shown != name
    assert shown.startswith("‹")


@pytest.mark.parametrize(
    "name",
    [
        "01-duplicate-keys/README.md",
        "benefits-and-leave-policy-2026.md",
        "2026-11-30-minutes-of-the-board.md",
        "Überstunden und Zuschläge im Außendienst.md",
    ],
)
def test_an_unscanned_name_in_words_is_shown(name: str) -> None:
    assert unscanned_name(name) == name
