"""What SQL inserts is read cell by cell; what is broken ends its own row only."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.sql_rows import copied_rows, inserted_rows

VALUES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=20), min_size=1, max_size=5)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_each_value_is_found_where_it_stands(rows):
    quoted = [[value.replace("'", "''") for value in row] for row in rows]
    text = "INSERT INTO t VALUES " + ",\n ".join("(" + ", ".join(f"'{v}'" for v in row) + ")" for row in quoted) + ";"
    found = [[text[start:end] for start, end in row] for _, _, row in inserted_rows(text)]
    assert found == quoted


def test_names_of_columns_are_bare():
    text = 'insert into "a" (`b c`, [d], "e") values (1, NULL, N\'x\')'
    assert [names for _, names, _ in inserted_rows(text)] == [("b c", "d", "e")]


def test_a_row_that_nothing_closes_does_not_hide_the_next_statement():
    text = "INSERT INTO t (a) VALUES ('open\nINSERT INTO t (a) VALUES (7)"
    assert [text[start:end] for _, _, row in inserted_rows(text) for start, end in row] == ["7"]


def test_each_line_of_a_dump_without_an_end_is_read_once():
    assert len(list(copied_rows("COPY a (b) FROM stdin;\n" * 50))) == 49
