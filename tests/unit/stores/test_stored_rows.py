"""Rows as an erasure searches them: every text column is named, and nothing of a row is left out."""

import json

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Text

from pipeline.stores.tables import metadata
from pipeline.stores.tables.columns import Json
from pipeline.stores.takedown.stored_rows import IDENTIFIERS, WORDS, StoredRow, is_identifier

TEXTS = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Text | Json)
]


def test_every_text_column_is_known_to_hold_identifiers_or_words_and_none_both() -> None:
    for table, column in TEXTS:
        names = {column, f"{table}.{column}"}
        assert bool(IDENTIFIERS & names) != bool(WORDS & names), f"say in stored_rows what {table}.{column} holds"


def test_no_name_is_listed_that_no_column_has() -> None:
    assert {name for table, column in TEXTS for name in (column, f"{table}.{column}")} >= IDENTIFIERS | WORDS


def test_a_column_that_is_not_listed_counts_as_words() -> None:
    assert not is_identifier("versions", "provenance")
    assert is_identifier("versions", "doc_id")
    assert is_identifier("versions", "content_digest")


TABLES = st.sampled_from(metadata.sorted_tables)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters='"\\\x00'), max_size=12).map(lambda t: f"piece {t}")
VALUES = st.one_of(PLAIN, st.dictionaries(st.sampled_from(["title", "owner", "a"]), PLAIN).map(json.dumps))


@given(st.data())
def test_every_value_of_a_row_is_among_its_identifiers_its_words_or_what_its_document_says(data: st.DataObject) -> None:
    table = data.draw(TABLES)
    values = {column.name: data.draw(VALUES) for column in table.columns if isinstance(column.type, Text | Json)}
    row = StoredRow(table.name, values)
    parts = row.identifiers + b"\0" + row.words + b"\0" + row.of_document
    for value in values.values():
        fields = json.loads(value) if value.startswith("{") else {"": value}
        for piece in fields.values():
            escaped = json.dumps(piece)[1:-1].encode()
            assert piece.encode() in parts or escaped in parts
