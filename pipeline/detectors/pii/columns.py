"""Personal data by the column it stands in.

A header is context for its whole column, and the values of a column vote: what the header says counts only if most of
them are written like it. Where a header says nothing, values alone decide, strictly. And where a column holds something
else, a value that only looks like personal data is lowered.

Invariants: deterministic; a vote reads a bounded sample of a column, so time is linear in the text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.detectors.pii.cells import LONGEST_CELL, SHAPES, starts_a_name
from pipeline.detectors.pii.figures import Reading
from pipeline.detectors.pii.headers import HeaderMeaning, Headers, numbers_something, words
from pipeline.detectors.pii.places_of_cells import CellPlaces
from pipeline.detectors.pii.recognisers import Recogniser
from pipeline.detectors.pii.settings import ColumnKind, PiiSettings
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.detectors.pii.things import Things
from pipeline.detectors.pii.unheaded import kinds_of
from pipeline.detectors.pii.words import Phrases
from pipeline.domain.documents.tables import DocumentTable, TableColumn, tables
from pipeline.domain.documents.tables_in_markup import tables_in_markup
from pipeline.domain.documents.turned_tables import first_cells, turned
from pipeline.domain.findings.findings import Lowering, Severity

_SAMPLE = 64
_MOST = 0.6
"""Share of a column's values that must be written as its header says."""
_NAMES = 0.3
"""Share of values with a given name from which on a column holds names: no list has every name."""
_NEARLY_ALL = 0.9
_FEW = 0.4
"""Share of values alike below which a match is chance: one number in ten passes a check digit."""
_ALIKE = 3
"""Values that must be written alike before chance is judged."""
_UNNAMED = 8
"""Values a column without a telling header needs, all with the right check digits."""
_UNNAMED_OF_PEOPLE = 3
_LEAST_LABELS = 2
_VARIED = 0.2
_CONFIDENCE = 0.85
_ABOUT_PEOPLE = frozenset({"name", "date", "long_code"})
"""Shapes of the columns that make a table one about people."""
_REACHES = frozenset({"email", "phone"})
"""Shapes of the columns next to which an address is a postal one."""
_MACHINES = frozenset({"IP_ADDRESS", "MAC_ADDRESS"})
_ACROSS = frozenset({"STREET_ADDRESS", "PERSON"})
"""Values that people spread over several columns."""
_OF_SOMEBODY = frozenset({"client", "user", "visitor", "remote", "login", "customer", "employee", "source", "src"})
"""Words in a header that make the address of a machine the address of a person's machine."""
_NEVER_LOWERED = frozenset({"EMAIL_ADDRESS", "PERSON", "IBAN_CODE"})


@dataclass(slots=True)
class _Judged:
    """A column, and what its header and its values say together."""

    column: TableColumn
    meaning: HeaderMeaning | None
    sample: list[str]
    table: int
    in_rows: bool
    named: frozenset[str] = frozenset()
    """Rules of whose words its header holds one."""
    not_here: frozenset[str] = frozenset()
    """Entities that it does not hold, because its table is about things."""
    accepted: bool = False
    numbers: bool = False
    """Whether its header says that its values number something, and nothing that the settings know."""


class ReadTables:
    """The tables of one text, judged."""

    def __init__(self, text: str, columns: Sequence[_Judged], about_people: Sequence[bool], matches: list[PiiMatch]):
        self.matches = matches
        self._text = text
        self._columns = columns
        self._about_people = about_people

    def lowered(self, matches: Iterable[PiiMatch]) -> Iterator[PiiMatch]:
        """`matches`, those lowered that stand in a column of something else."""
        matches = list(matches)
        rows = CellPlaces([judged.column if judged.in_rows else TableColumn("") for judged in self._columns])
        labels = CellPlaces([TableColumn("") if judged.in_rows else judged.column for judged in self._columns])
        alike: Counter[tuple[int, str]] = Counter()
        placed: list[tuple[PiiMatch, list[int]]] = []
        for match in matches:
            cells: list[int] = []
            if match.lowered is None and match.entity not in _NEVER_LOWERED:
                found = (places.column(match.start, match.end) for places in (rows, labels))
                cells = [column for column in found if column is not None]
            alike.update((column, match.entity) for column in cells)
            placed.append((match, cells))
        for match, cells in placed:
            announced = any(self._columns[column].accepted for column in cells)
            other = any(self._is_other(match, column, alike[column, match.entity]) for column in cells)
            other |= match.lowered is None and match.entity not in _ACROSS and self._mixes(rows, match)
            yield replace(match, lowered=Lowering.COLUMN) if other and not announced else match

    def _mixes(self, rows: CellPlaces, match: PiiMatch) -> bool:
        """Whether a match is made of the cells of two columns, one of which is known to hold something."""
        crossed = rows.crossed(match.start, match.end)
        return crossed is not None and any(self._columns[column].meaning is not None for column in crossed)

    def _is_other(self, match: PiiMatch, place: int, count: int) -> bool:
        judged = self._columns[place]
        meaning, size = judged.meaning, len(judged.column)
        if match.entity in judged.not_here:
            return True
        if not self._about_people[judged.table] and self._turned_down(match, judged):
            return True
        if match.entity in _MACHINES:
            listed = bool(judged.column.header) and (judged.in_rows or size > 2)
            return listed and not self._about_people[judged.table] and not _OF_SOMEBODY & {*words(judged.column.header)}
        if meaning is not None and meaning.kind is None:
            if not (judged.in_rows or meaning.sure):
                return False
            # One value under a header that an author chose proves nothing; many alike that all pass do.
            weak = match.leans or match.severity.rank < Severity.HIGH.rank
            return weak or (size > 2 and count < _NEARLY_ALL * size and not self._stands_out(match, judged))
        if judged.numbers and (match.leans or (judged.in_rows and size > 2 and count < _NEARLY_ALL * size)):
            return True
        if size < _ALIKE or count >= _FEW * size:
            return False
        form = _form(self._text[match.start : match.end])
        return sum(_form(cell) == form for cell in judged.sample) >= _MOST * len(judged.sample)

    @staticmethod
    def _turned_down(match: PiiMatch, judged: _Judged) -> bool:
        """Whether a match rests on a header that means something else here, or on a word of another column."""
        listed = judged.in_rows or len(judged.column) >= _ALIKE
        if not listed or judged.accepted:
            return False
        if judged.meaning is None:
            return match.leans and bool(judged.column.header) and match.rule not in judged.named
        kind = judged.meaning.kind
        street = kind is not None and match.entity == kind.entity == "STREET_ADDRESS"
        return street or (kind is not None and (match.leans or match.labelled))

    def _stands_out(self, match: PiiMatch, judged: _Judged) -> bool:
        """Whether a match has separators, and nothing else in its column is written like it: no chance among alike."""
        text = self._text[match.start : match.end]
        form = _form(text)
        return not text.isalnum() and all(_form(cell) != form for cell in judged.sample if cell.strip() != text)


class Columns:
    """Reads the tables of a text."""

    def __init__(
        self,
        settings: PiiSettings,
        given: frozenset[str],
        rules: Sequence[tuple[Recogniser, Sequence[str]]],
        named_by: Mapping[str, frozenset[str]],
    ) -> None:
        self._named_by = Phrases(named_by)
        self._headers = Headers(settings)
        self._things = Things(settings)
        self._given = given
        self._threshold = settings.threshold
        by_phrase: dict[str, list[Recogniser]] = {}
        for recogniser, context in rules:
            for phrase in context:
                by_phrase.setdefault(phrase, []).append(recogniser)
        self._rules_by_word = Phrases(by_phrase)
        self._checked = [recogniser for recogniser, _ in rules if recogniser.checks and recogniser.rule.standalone]
        self._numbers_of_people = [
            recogniser for recogniser in self._checked if recogniser.rule.severity is Severity.HIGH
        ]
        self._by_shape: dict[str, ColumnKind] = {kind.shape: kind for kind in reversed(settings.columns)}

    def read(self, reading: Reading) -> ReadTables:
        """Every table of a text, with the personal data that its columns announce."""
        text = reading.figures
        found = [*tables(reading.words), *tables_in_markup(reading.words)]
        found += [turned(text, table) for table in found if self._is_turned(first_cells(text, table))]
        columns = [judged for number, table in enumerate(found) for judged in self._judged(text, number, table)]
        about_people = [False] * len(found)
        reaches = {judged.table for judged in columns if _is_of(judged, _REACHES)}
        of_people = self._read_unheaded(columns)
        self._leave_things(columns, of_people)
        for judged in columns:
            about_people[judged.table] |= judged.table in of_people or _is_of(judged, _ABOUT_PEOPLE)
        for judged in columns:
            kind = judged.meaning.kind if judged.meaning else None
            if kind is None or judged.accepted or kind.entity in judged.not_here:
                continue
            if about_people[judged.table] or (judged.in_rows and kind.shape == "address" and judged.table in reaches):
                judged.accepted = _votes(judged, kind)
        matches = [match for judged in columns for match in self._found(text, judged, judged.table in of_people)]
        return ReadTables(text, columns, about_people, matches)

    def _is_turned(self, labels: Sequence[str]) -> bool:
        """Whether the cells of a first column are headers, at least two of them of personal data."""
        meanings = [meaning for label in labels if (meaning := self._headers.meaning(label)) is not None]
        personal = sum(meaning.kind is not None and meaning.sure for meaning in meanings)
        return personal >= _LEAST_LABELS and len(meanings) >= _MOST * len(labels)

    def _read_unheaded(self, columns: Sequence[_Judged]) -> set[int]:
        """Give the columns of tables of people without headers the meaning that their values have.

        Returns:
            The numbers of the tables of people.

        """
        found: set[int] = set()
        by_table: dict[int, list[_Judged]] = {}
        for judged in columns:
            if judged.in_rows and not judged.column.header:
                by_table.setdefault(judged.table, []).append(judged)
        for number, members in by_table.items():
            kinds = kinds_of([judged.sample for judged in members], self._given)
            for place, shape in kinds.items():
                members[place].meaning = HeaderMeaning(self._by_shape[shape], sure=True)
                members[place].accepted = True
            if kinds:
                found.add(number)
        return found

    def _leave_things(self, columns: Sequence[_Judged], of_people: set[int]) -> None:
        """Turn down what a table about things only seems to hold."""
        by_table: dict[int, list[_Judged]] = {}
        for judged in columns:
            by_table.setdefault(judged.table, []).append(judged)
        for number, members in by_table.items():
            sizes = ((judged.column.header, len(judged.column)) for judged in members)
            told = self._things.of_table(sizes, in_rows=members[0].in_rows)
            if number in of_people or not any(told):
                continue
            if any(_tells_of_people(judged, not_here) for judged, not_here in zip(members, told, strict=True)):
                continue
            for judged, not_here in zip(members, told, strict=True):
                judged.not_here = not_here
                if judged.meaning and judged.meaning.kind and judged.meaning.kind.entity in not_here:
                    judged.accepted = False

    def _judged(self, text: str, number: int, table: DocumentTable) -> Iterator[_Judged]:
        for column in table.columns:
            if not column:
                continue
            step = max(1, len(column) // _SAMPLE)
            picked = range(0, len(column), step)
            sample = [
                text[column.starts[row] : min(column.ends[row], column.starts[row] + LONGEST_CELL)] for row in picked
            ]
            judged = _Judged(column, self._headers.meaning(column.header), sample, number, table.in_rows)
            if judged.meaning is None and numbers_something(column.header):
                judged.numbers = next(self._rules_by_word.find(column.header, 0, len(column.header)), None) is None
            if judged.meaning is None and 0 < len(column.header) <= LONGEST_CELL:
                found = self._named_by.find(column.header, 0, len(column.header))
                judged.named = frozenset().union(*(rules for _, _, rules in found))
            kind = judged.meaning.kind if judged.meaning else None
            if kind is not None and judged.meaning is not None:
                if judged.meaning.sure:
                    judged.accepted = _votes(judged, kind)
                elif kind.shape == "name":
                    names = sum(starts_a_name(cell, self._given) for cell in sample)
                    judged.accepted = names >= _NAMES * len(sample) and _votes(judged, kind)
            yield judged

    def _found(self, text: str, judged: _Judged, of_people: bool) -> Iterator[PiiMatch]:
        kind = judged.meaning.kind if judged.meaning else None
        if judged.accepted and kind is not None:
            yield from _announced(text, judged, kind)
        elif judged.meaning is None:
            yield from self._by_rules(text, judged, of_people)

    def _by_rules(self, text: str, judged: _Judged, of_people: bool) -> Iterator[PiiMatch]:
        """Values that one rule recognises all through the column: named by the header, or sure by check digits."""
        coded = sum(sum(map(str.isdigit, cell)) > 3 for cell in judged.sample) >= _NEARLY_ALL * len(judged.sample)
        if not coded:
            return
        header = judged.column.header
        named = [rule for _, _, rules in self._rules_by_word.find(header, 0, len(header)) for rule in rules]
        for recogniser in dict.fromkeys(named):
            if sum(_is_whole(recogniser, cell, 0.0) for cell in judged.sample) >= _MOST * len(judged.sample):
                yield from self._of_rule(text, judged, recogniser, 0.0)
                return
        if not judged.in_rows or len(set(judged.sample)) < (_UNNAMED_OF_PEOPLE if of_people else _UNNAMED):
            return
        for recogniser in self._numbers_of_people if of_people else self._checked:
            if all(_is_whole(recogniser, cell, 1.0) for cell in judged.sample):
                yield from self._of_rule(text, judged, recogniser, 1.0)
                return

    def _of_rule(self, text: str, judged: _Judged, recogniser: Recogniser, least: float) -> Iterator[PiiMatch]:
        rule = recogniser.rule
        if rule.near < self._threshold:
            return
        judged.accepted = True
        for start, end in zip(judged.column.starts, judged.column.ends, strict=True):
            if _is_whole(recogniser, text[start:end], least):
                yield PiiMatch(rule.id, rule.entity, rule.severity, start, end, rule.near, "Matched by its column.")


def _is_of(judged: _Judged, shapes: frozenset[str]) -> bool:
    """Whether a column is accepted as one of `shapes`."""
    return (
        judged.accepted
        and judged.meaning is not None
        and (judged.meaning.kind is not None and judged.meaning.kind.shape in shapes)
    )


def _tells_of_people(judged: _Judged, not_here: frozenset[str]) -> bool:
    """Whether a column makes a table one about people, whatever things its other columns speak of."""
    if not _is_of(judged, _ABOUT_PEOPLE | _REACHES) or judged.meaning is None or judged.meaning.kind is None:
        return False
    named = judged.meaning.kind.shape == "name" and not judged.meaning.sure
    pairs = sum(" " in cell for cell in judged.sample) >= _MOST * len(judged.sample)
    return judged.meaning.kind.entity not in not_here and (pairs or not named)


def _votes(judged: _Judged, kind: ColumnKind) -> bool:
    shape = SHAPES[kind.shape]
    written = sum(_fits(shape(cell), cell, judged.in_rows) for cell in judged.sample)
    if written < _MOST * len(judged.sample):
        return False
    numbered = kind.shape in ("code", "long_code", "account", "card", "phone")
    return not numbered or len(judged.sample) < 5 or len(set(judged.sample)) >= _VARIED * len(judged.sample)


def _fits(length: int, cell: str, in_rows: bool) -> bool:
    """Whether the value is all of a cell, but for a remark; text behind a label may go on."""
    return length > 0 and (not in_rows or 2 * length >= len(cell))


def _announced(text: str, judged: _Judged, kind: ColumnKind) -> Iterator[PiiMatch]:
    shape = SHAPES[kind.shape]
    reason = (
        "Stands under a header that announces it." if judged.in_rows else "Stands behind a label that announces it."
    )
    for start, end in zip(judged.column.starts, judged.column.ends, strict=True):
        cell = text[start : min(end, start + LONGEST_CELL)]
        length = shape(cell)
        if _fits(length, cell, judged.in_rows):
            stop = end if judged.in_rows and end - start <= LONGEST_CELL else start + length
            yield PiiMatch(kind.id, kind.entity, kind.severity, start, stop, _CONFIDENCE, reason)


def _is_whole(recogniser: Recogniser, cell: str, least: float) -> bool:
    return any(
        strength >= least and start == 0 and end == len(cell)
        for start, end, strength in recogniser.matches(cell, 0, len(cell))
    )


def _form(cell: str) -> str:
    """How a cell is written, whatever its letters and digits are."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", cell))
