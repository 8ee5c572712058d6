"""The check of the prose: it finds the patterns where people read, and the baseline only shrinks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.check_prose import PATTERNS, hits, lowered

REFUSED = {
    "anew": "The document is judged anew.",
    "whoever": "Whoever asked may not approve.",
    "nobody": "A file that nobody names.",
    "beside": "A file beside the document.",
    "of these": "Each of these is checked.",
    "is no": "A sidecar is no document.",
    "no more": "It is served no more.",
    "tells": "The answer tells what happened.",
    "wire it": "Wire it.",
    "clause as subject": "What was served before stays.",
}
ACCEPTED = [
    "There is no token. It is no longer served, and no more than ten are kept.",
    "Besides, the document is judged again. What is served now? Who may approve it?",
    "The reviewer decides what is served, and who may read it.",
]


def found(name: str, text: str) -> list[str]:
    return [hit.pattern for hit in hits(name, text)]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("pipeline/one.py", '"""{}"""\n'),
        ("pipeline/one.py", "x = 1  # {}\n"),
        ("pipeline/one.py", 'def f():\n    raise ValueError("Nothing was changed. {}")\n'),
        ("notes/one.md", "# Title\n\n{}\n"),
        ("pipeline/web/templates/one.html", "<p>\n{}</p>\n"),
        ("configs/one.yaml", "# {}\nkey: 1\n"),
        ("scripts/one.sh", "# {}\n"),
    ],
    ids=["docstring", "comment", "string", "markdown", "template", "yaml", "shell"],
)
def test_a_refused_pattern_is_found_wherever_people_read(pattern: str, name: str, frame: str) -> None:
    assert found(name, frame.format(REFUSED[pattern])) == [pattern]


@pytest.mark.parametrize("text", ACCEPTED)
def test_ordinary_sentences_pass(text: str) -> None:
    assert found("notes/one.md", text) == []


def test_code_and_data_pass() -> None:
    assert found("notes/one.md", "Run `anew`.\n\n```\nnobody beside whoever\n```\n") == []
    assert found("pipeline/one.py", 'WORDS = ("anew", "nobody")\n') == []
    assert found("pipeline/detectors/one.py", 'SAMPLE = "nobody else may read this anew"\n') == []
    assert found("configs/one.yaml", "subject: nobody\n") == []


def test_names_of_tests_are_prose() -> None:
    assert found("tests/one.py", "def test_nobody_reads_it() -> None:\n    pass\n") == ["nobody"]


def test_a_hit_names_its_line() -> None:
    (hit,) = hits("notes/one.md", "# Title\n\n```\ncode\n```\n\nIt is judged\nanew.\n")
    assert (hit.line, hit.pattern) == (8, "anew")


NAMES = st.sampled_from(["a.py", "b.py", "c.py", "d.py"])
COUNTS = st.dictionaries(NAMES, st.integers(0, 9))


@given(COUNTS, COUNTS)
def test_a_new_baseline_is_never_higher(allowed: dict[str, int], counts: dict[str, int]) -> None:
    result = lowered(allowed, counts)
    assert sum(result.values()) <= sum(allowed.values())
    for name, count in result.items():
        assert 0 < count <= counts[name]
        assert name not in allowed or count <= allowed[name]


def test_a_renamed_file_takes_its_allowance_along() -> None:
    assert lowered({"old.py": 3, "kept.py": 2}, {"new.py": 3, "kept.py": 1}) == {"kept.py": 1, "new.py": 3}
