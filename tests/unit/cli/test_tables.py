"""Tables and facts at any width: every value is there, and no word of it is folded."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from pipeline.cli import output
from pipeline.cli.columns import GAP, READABLE, arranged

ITEM = "4f2a9c01d37b5e88a1b2c3d4e5f60718"
WORDS = st.text(st.sampled_from("abcXYZ019:/.-_é文書"), min_size=1, max_size=50)
CELLS = st.lists(WORDS, max_size=12).map(" ".join) | st.integers(-5, 10**7)
WIDTHS = st.integers(20, 200)


def words_of(cell: str | int) -> list[str]:
    """The words of a cell as they are shown."""
    return (f"{cell:,}" if isinstance(cell, int) else cell).split()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str | int]]]:
    """Names of columns, and rows that have a first cell: it names the row."""
    names = draw(st.lists(WORDS, min_size=1, max_size=8, unique=True))
    rest = [CELLS] * (len(names) - 1)
    return names, draw(st.lists(st.tuples(WORDS, *rest).map(list), min_size=1, max_size=5))


def printed(width: int, *, table: tuple[list[str], list[list[str | int]]]) -> str:
    return shown(width, lambda: output.table("Things", *table))


def shown(width: int, show: Callable[[], None]) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, soft_wrap=True, emoji=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(output, "out", console)
        show()
    return stream.getvalue()


@given(tables(), WIDTHS)
def test_every_word_of_every_cell_is_shown_whole(
    given_table: tuple[list[str], list[list[str | int]]], width: int
) -> None:
    words = printed(width, table=given_table).split()
    for row in given_table[1]:
        for cell in row:
            assert set(words_of(cell)) <= set(words)


@given(tables(), WIDTHS)
def test_no_line_is_wider_than_the_terminal_unless_a_word_has_no_room(
    given_table: tuple[list[str], list[list[str | int]]], width: int
) -> None:
    names, rows = given_table
    longest = max(cell_len(word) for row in (names, *rows) for cell in row for word in words_of(cell))
    if longest + max(map(cell_len, names)) + 2 * GAP <= width:
        assert max(cell_len(line.rstrip()) for line in printed(width, table=given_table).splitlines()) <= width


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(1, 120)), min_size=1, max_size=9), WIDTHS)
def test_columns_fit_or_go_beneath_and_none_is_narrower_than_its_words(
    sizes: list[tuple[int, int]], width: int
) -> None:
    natural, words = [max(sizes_of) for sizes_of in sizes], [min(sizes_of) for sizes_of in sizes]
    beside, beneath = arranged(natural, words, width)
    assert sorted([*beside, *beneath]) == list(range(len(sizes)))
    assert sum(beside.values()) + GAP * max(0, len(beside) - 1) <= width
    assert all(words[index] <= wide <= natural[index] for index, wide in beside.items())
    assert all(wide >= min(natural[index], READABLE) for index, wide in beside.items())
    if sum(natural) + GAP * (len(sizes) - 1) <= width:
        assert beside == dict(enumerate(natural)), "what fits is left as it is"


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_queue_of_reviews_keeps_its_ids_and_names_whole(width: int) -> None:
    name, why = (
        "board:minutes/contractor-programme-paper-2026.pdf",
        "The document is restricted. Two people approve it.",
    )
    columns = ["item", "document", "about", "state", "impact", "approvals", "claimed by", "why"]
    text = printed(width, table=(columns, [[ITEM, name, "version", "open", 64, "0 of 2", "user:grace", why]]))
    assert {ITEM, name, "user:grace"} <= set(text.split())
    assert max(map(len, text.splitlines())) <= width
    assert text.splitlines()[2].startswith(ITEM)


@given(st.lists(st.tuples(WORDS, CELLS), min_size=1, max_size=6), WIDTHS)
def test_facts_keep_every_word_whole(pairs: list[tuple[str, str | int]], width: int) -> None:
    words = shown(width, lambda: output.facts("A thing", pairs)).split()
    for name, value in pairs:
        if value != "":
            assert {name, *words_of(value)} <= set(words)


def test_facts_leave_out_values_that_are_missing() -> None:
    text = shown(80, lambda: output.facts("A thing", [("here", 0), ("gone", None), ("empty", "")]))
    assert text.splitlines() == ["A thing", "here   0", ""]
