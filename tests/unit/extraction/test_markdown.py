"""Escapes and padding go, text stays."""

import pytest

from pipeline.extraction.markdown import tidy


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (r"token \= abc\_def\*\*", "token = abc_def**"),
        (r"| key | sk\_a\_b |", "| key | sk_a_b |"),
        (r"C:\temp and \n stay", r"C:\temp and \n stay"),
        ("| a      | b |\n| ------ | - |", "| a | b |\n| --- | - |"),
        ("one&#9;two", "one\ttwo"),
        (f"![logo](data:image/png;base64,{'A' * 100})", "![logo]()"),
        ("[a](data:text/plain,short)", "[a](data:text/plain,short)"),
    ],
)
def test_tidy(written: str, wanted: str) -> None:
    assert tidy(written, escaped_everywhere=True) == wanted


def test_code_is_left_alone() -> None:
    code = "```sh\nsed 's/a\\_b/c/'   | cat\n```\nafter\\_wards"
    assert tidy(code, escaped_everywhere=True) == "```sh\nsed 's/a\\_b/c/'   | cat\n```\nafter_wards"


def test_a_writer_that_escapes_only_cells_keeps_other_backslashes() -> None:
    assert tidy("a\\_b\n| c\\_d |", escaped_everywhere=False) == "a\\_b\n| c_d |"
