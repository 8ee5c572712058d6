"""Every row of the database, as an erasure searches it: the identifiers that stay, and everything else.

An erased document's own line may equal a piece of an identifier: a page that says "release-notes.md" where a document
has that name, or a list of checksums. Such words say nothing in a column that holds identifiers.

Invariants: a text column that is not in `IDENTIFIERS` counts as words, so a new column is searched in full. What a
document is called or says about itself is told apart by the document it belongs to.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Text, text

from pipeline.stores.database import Database
from pipeline.stores.tables import metadata
from pipeline.stores.tables.columns import Json

PAGE = 1_000

IDENTIFIERS = frozenset(
    """
    activated_by actor allow allowed_by answered_by approved_by asked_by body breaches broken_by changes claims
    created_by decided_by deny details detector doc_id ended_by entity envelope erased_by extractor figures frontier
    grants groups host impact key licence lifted_by limits machine manifest name note on_behalf_of owner person
    pinned_by policy_text principal proposed_by reasons receipt ref registered_by renamed_from report revoked_by
    roles rule rule_ids scope scopes searched sources subject submitter submitters tags tenant uri withdrawn_by
    canary_answers.answer
    """.split()  # noqa: SIM905 - a list of one name a line would be longer than the module
)
"""Text columns, of every table or as `table.column`, that hold names, codes and what operators configured.

Columns of a limited length hold identifiers, codes and digests only.
"""
WORDS = frozenset(
    """
    allow_reason decision_reason declared end_reason evidence lift_reason preview provenance question reason remark
    result summary withdrawn_reason review_questions.answer
    """.split()  # noqa: SIM905
)
"""Text columns in which a document's own words could stand."""
_OF_DOCUMENT = {"versions": "provenance", "submissions": "declared"}
"""Columns with what a document says about itself; the row names the document."""
_TITLE = "title"


@dataclass(frozen=True)
class StoredRow:
    """One row."""

    table: str
    values: Mapping[str, str | bytes]
    """Its texts by column."""

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"\0".join(map(_encoded, self.values.values()))

    @property
    def identifiers(self) -> bytes:
        """What stays because it names something, the keys of JSON objects included."""
        names = [_encoded(value) for column, value in self.values.items() if is_identifier(self.table, column)]
        for column, value in self.values.items():
            if not is_identifier(self.table, column):
                names.extend(key.encode() for key in _keys(_parsed(value)))
        return b"\0".join([*names, *self._provenance[0]])

    @property
    def words(self) -> bytes:
        """Everything else."""
        skipped = _OF_DOCUMENT.get(self.table)
        return b"\0".join(
            _encoded(value)
            for column, value in self.values.items()
            if column != skipped and not is_identifier(self.table, column)
        )

    @property
    def doc_id(self) -> str:
        """The document the row is about; empty where it names none."""
        return str(self.values.get("doc_id", ""))

    @property
    def of_document(self) -> bytes:
        """What the document says about itself."""
        return b"\0".join(self._provenance[1])

    @cached_property
    def _provenance(self) -> tuple[list[bytes], list[bytes]]:
        """Identifiers and words of what is recorded about a document."""
        recorded = self.values.get(_OF_DOCUMENT.get(self.table, ""))
        if recorded is None:
            return [], []
        fields = _parsed(recorded)
        if self.table != "versions" or not isinstance(fields, dict):
            return [], [_encoded(recorded)]
        title = fields.pop(_TITLE, None)
        return [json.dumps(fields, ensure_ascii=False).encode()], [] if title is None else [str(title).encode()]


def stored_rows(database: Database) -> Iterator[StoredRow]:
    """Every row of every table."""
    for table in metadata.sorted_tables:
        with database.read() as connection:
            query = text(f'SELECT * FROM "{table.name}"')  # noqa: S608 - the name of a table of ours
            found = connection.execute(query.execution_options(yield_per=PAGE))
            columns = tuple(found.keys())
            for row in found:
                pairs = zip(columns, row, strict=True)
                values = {name: value for name, value in pairs if isinstance(value, str | bytes | memoryview)}
                yield StoredRow(
                    table.name, {n: bytes(v) if isinstance(v, memoryview) else v for n, v in values.items()}
                )


def is_identifier(table: str, column: str) -> bool:
    """Whether a column holds identifiers, codes, digests or moments, and no words."""
    kind = metadata.tables[table].columns[column].type
    if not isinstance(kind, Text | Json):
        return True
    return bool(IDENTIFIERS & {column, f"{table}.{column}"})


def schema_words(database: Database) -> bytes:
    """The words the schema itself is made of, as they stand in an embedded database's file."""
    names = [name for table in metadata.sorted_tables for name in (table.name, *table.columns.keys())]
    statements: list[Any] = []
    if database.is_sqlite:
        with database.read() as connection:
            statements = list(connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).scalars())
    return "\0".join([*names, *statements]).encode()


def _encoded(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _parsed(value: str | bytes) -> Any:
    """What a column of JSON holds; None for any other text."""
    if value[:1] not in ("{", "[", b"{", b"["):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
