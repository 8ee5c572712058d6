"""Tables of AsciiDoc with a cell on each line are read in rows, however many columns they have."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.cells_a_line import cells_a_line
from pipeline.domain.documents.tables import tables

CELL = st.text(st.sampled_from("abcdefgh 0123456789.-"), min_size=1, max_size=12).map(str.strip).filter(bool)


def read(text):
    return [[[text[start:end] for start, end in row] for row in rows] for rows in cells_a_line(text)]


@st.composite
def rows_of_cells(draw):
    width = draw(st.integers(2, 6))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=6))


@settings(max_examples=60, deadline=None)
@given(rows_of_cells(), st.sampled_from(["cols", "first line", "first block"]))
def test_cells_on_their_own_lines_form_rows_of_the_stated_width(rows, stated):
    first = " ".join(f"|{cell}" for cell in rows[0]) if stated == "first line" else "\n".join(f"|{c}" for c in rows[0])
    body = "\n".join(f"|{cell}" for row in rows[1:] for cell in row)
    attributes = f'[cols="{",".join("1" for _ in rows[0])}"]\n' if stated == "cols" else ""
    text = f"Before\n\n{attributes}|===\n{first}\n\n{body}\n|===\nAfter |"
    assert read(text) == [rows]


def test_repeated_columns_are_counted():
    assert read('[cols="2*,1"]\n|===\n|a\n|b\n|c\n|d\n|e\n|f\n|===\n') == [[["a", "b", "c"], ["d", "e", "f"]]]


def test_rows_on_one_line_and_cells_left_over_are_not_read():
    assert read("|===\n|a |b\n|1 |2\n|===\n") == []
    assert read("|===\n|a |b\n\n|1\n|2\n|3\n|===\n") == []
    assert read("|===\n") == []


def test_headers_name_the_columns():
    text = "|===\n|Name |Born\n\n|Ada\n|12.03.1971\n\n|Leo\n|01.04.1980\n|===\n"
    found = [column for table in tables(text) if table.in_rows for column in table.columns]
    assert [(c.header, [text[a:b] for a, b in zip(c.starts, c.ends, strict=True)]) for c in found] == [
        ("Name", ["Ada", "Leo"]),
        ("Born", ["12.03.1971", "01.04.1980"]),
    ]
