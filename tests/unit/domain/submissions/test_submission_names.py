"""Names of submitted documents: whatever is typed, nothing but plain words gets through."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.submissions.submission_names import ending, shown_name, submitted_uri

TOKEN = "4f2a9c01d37b5e88"
SAFE = re.compile(rf"(?:[a-z]{{2,16}}-){{0,6}}{TOKEN}\.[a-z0-9]{{1,8}}")
HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "../../etc/passwd",
            "..\\..\\windows\\system32\\con",
            "CON",
            "nul.txt",
            "-rf.md",
            ".bashrc",
            "a\x00b.md",
            "x.meta.yaml",
            "\u202egpj.exe",
            "a/b/../c.md",
            "．．／x.md",
            "~/notes.md",
            "$(id).md",
            "x.md\n.sh",
        ]
    ),
)


@given(HOSTILE)
def test_a_uri_is_plain_words_a_token_and_an_ending(name: str) -> None:
    assert SAFE.fullmatch(submitted_uri(name, TOKEN))


@given(HOSTILE)
def test_a_shown_name_has_no_path_no_controls_and_an_end(name: str) -> None:
    shown = shown_name(name)
    assert 1 <= len(shown) <= 120
    assert not re.search(r"[/\\\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)


def test_law_04_values_typed_into_a_file_name_do_not_reach_the_name_of_the_document() -> None:
    values = ["AKIA" + "IOSFODNN7EXAMPLE", "078-05-1120", "4111 1111 1111 1111", "ghp_" + "a1B2" * 9]
    for value in values:
        assert submitted_uri(f"key {value} copy.txt", TOKEN) == f"key-copy-{TOKEN}.txt"
    assert submitted_uri("mail of ada@example.org.txt", TOKEN) == f"{TOKEN}.txt"


def test_words_survive_and_metadata_files_cannot_be_made() -> None:
    assert submitted_uri("Notice Periods (final).md", TOKEN) == f"notice-periods-final-{TOKEN}.md"
    assert submitted_uri("x.meta.yaml", TOKEN) == f"meta-{TOKEN}.yaml"
    assert [ending(name) for name in ("a.PDF", "a", "a.tar.7z", "a.x!y", "a.078051120")] == [
        ".pdf", ".bin", ".7z", ".bin", ".bin",
    ]  # fmt: skip
