"""Tables are read cell by cell whatever they are written in, and nothing else is read as one by accident."""

import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.tables import tables
from pipeline.domain.documents.tables_in_markup import tables_in_markup
from pipeline.domain.documents.turned_tables import first_cells, turned

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "caret": "^", "blanks": "   "}
WORD = st.text("abcdefghijklmnopqrstuvwxyzäßżñ漢字", min_size=1, max_size=8)
CELL = st.text("abcXYZ0123456789.-/äż漢", min_size=1, max_size=12).filter(lambda cell: any(map(str.isalnum, cell)))


@st.composite
def grids(draw):
    width = draw(st.integers(2, 6))
    headers = draw(st.lists(WORD, min_size=width, max_size=width, unique=True))
    rows = draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=2, max_size=8))
    return headers, rows


def columns_of(text):
    return {
        column.header: [text[start:end] for start, end in zip(column.starts, column.ends, strict=True)]
        for table in tables(text)
        if table.in_rows
        for column in table.columns
    }


def expected(headers, rows):
    return {header: [row[at] for row in rows] for at, header in enumerate(headers)}


@given(grids(), st.sampled_from(sorted(SEPARATORS)))
def test_rows_with_one_separator_give_their_columns(grid, separator):
    headers, rows = grid
    lines = [SEPARATORS[separator].join(row) for row in (headers, *rows)]
    assert columns_of("\n".join(lines) + "\n") == expected(headers, rows)


@given(grids(), st.booleans())
def test_a_markdown_table_inside_prose_gives_its_columns(grid, closed):
    headers, rows = grid
    end = " |" if closed else ""
    lines = ["| " + " | ".join(row) + end for row in (headers, *rows)]
    lines.insert(1, "|" + "---|" * len(headers))
    text = "The list of today.\n\n" + "\n".join(lines) + "\n\nThat is all of it.\n"
    assert columns_of(text) == expected(headers, rows)


@given(grids(), st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", " ; ", ", ", ' ""x"" ']))
def test_quotation_marks_hold_a_cell_together(grid, separator, inside):
    headers, rows = grid
    rows = [[f"{cell}{inside}z" for cell in row] for row in rows]
    lines = [separator.join(headers), *(separator.join(f'"{cell}"' for cell in row) for row in rows)]
    assert columns_of("\n".join(lines)) == expected(headers, rows)


@given(grids(), st.integers(1, 4))
def test_repeated_headers_are_left_out_of_the_cells(grid, every):
    headers, rows = grid
    lines = [",".join(headers)]
    for number, row in enumerate(rows):
        lines.append(",".join(row))
        if number % every == 0:
            lines.append(",".join(headers))
    assert columns_of("\n".join(lines) + "\n") == expected(headers, rows)


@given(grids(), st.sampled_from(["array", "lines", "yaml", "form", "xml", "two columns"]))
def test_labelled_values_form_a_column_for_each_label(grid, form):
    headers, rows = grid
    records = [dict(zip(headers, row, strict=True)) for row in rows]
    pairs = [list(record.items()) for record in records]
    text = {
        "array": json.dumps(records, ensure_ascii=False, indent=1),
        "lines": "\n".join(json.dumps(record, ensure_ascii=False) for record in records),
        "yaml": "\n".join("- " + "\n  ".join(f'{label}: "{value}"' for label, value in record) for record in pairs),
        "form": "\n\n".join("\n".join(f"{label}: {value}" for label, value in record) for record in pairs),
        "xml": "\n".join("".join(f"<{label}>{value}</{label}>" for label, value in record) for record in pairs),
        "two columns": "\n\n".join(
            "\n".join(("| a | b |", "|---|---|", *(f"| {label} | {value} |" for label, value in record)))
            for record in pairs
        ),
    }[form]
    if form == "xml" and not all(header.isascii() for header in headers):
        return
    found = {
        column.header: [text[start:end] for start, end in zip(column.starts, column.ends, strict=True)]
        for table in tables(text)
        if not table.in_rows
        for column in table.columns
    }
    assert {header: found.get(header) for header in headers} == expected(headers, rows)


@given(st.text('ab1,;|\t "\n:-{}<>/=', max_size=200))
def test_cells_of_any_text_are_in_order_and_inside_it(text):
    for table in tables(text):
        for column in table.columns:
            places = [place for cell in zip(column.starts, column.ends, strict=True) for place in cell]
            assert places == sorted(places)
            assert all(0 <= place <= len(text) for place in places)


def test_a_row_of_values_is_not_taken_for_headers():
    text = "anna@posteo.de,2001-03-04\nbea@posteo.de,2002-05-06\n"
    assert [column.header for table in tables(text) for column in table.columns] == ["", ""]


def test_a_quotation_mark_that_nothing_closes_ends_with_its_cell():
    text = 'name,size\n"anna,12\nbea,13\n' + "word " * 3000
    assert columns_of(text)["size"] == ["12", "13"]


@given(grids(), st.booleans())
def test_a_grid_with_lines_gives_its_columns_to_the_last_row(grid, between):
    headers, rows = grid
    rule = "+" + "-----+" * len(headers)
    lines = [rule, "| " + " | ".join(headers) + " |", rule]
    for row in rows:
        lines += ["| " + " | ".join(row) + " |", *([rule] if between else [])]
    text = "\n".join((*lines, *([] if between else [rule]))) + "\n\nThat is all.\n"
    assert columns_of(text) == expected(headers, rows)


def test_blanks_behind_the_last_cell_are_not_a_cell():
    text = "Name      Passport\nAda       K1234567   \nBo        K7654321 \nCy        K1111111   \n"
    assert columns_of(text) == {"Name": ["Ada", "Bo", "Cy"], "Passport": ["K1234567", "K7654321", "K1111111"]}


def test_a_cell_stands_below_its_header_though_the_cell_before_it_is_empty():
    text = (
        "Name      Phone       Town\nAda       0113 4960   Leeds\nBo                    York\n"
        "Cy        0113 4961   Ripon\n"
    )
    assert columns_of(text) == {
        "Name": ["Ada", "Bo", "Cy"],
        "Phone": ["0113 4960", "0113 4961"],
        "Town": ["Leeds", "York", "Ripon"],
    }


def test_a_value_has_one_label_and_the_whole_of_it():
    text = 'build number: "20118833"\n{"lot number": "77120034", "system": "phone", "value": "0113 4960"}\n'
    labels = [column.header for table in tables(text) if not table.in_rows for column in table.columns]
    assert labels == ["build number", "lot number", "system", "phone"]


def test_rows_of_latex_a_wiki_and_a_dump_give_their_columns():
    latex = (
        "\\begin{tabular}{ll}\nName & Born \\\\ \\hline\nAda & 1984-03-12 \\\\\nBo & 1990-01-30 \\\\\n\\end{tabular}\n"
    )
    dump = "COPY people (name, born) FROM stdin;\nAda\t1984-03-12\nBo\t1990-01-30\n\\.\n"
    assert columns_of(latex) == {"Name": ["Ada", "Bo"], "Born": ["1984-03-12", "1990-01-30"]}
    assert columns_of(dump)["born"] == ["1984-03-12", "1990-01-30"]
    wiki = '{| class="wikitable"\n! Name !! Born\n|-\n| Ada || 1984-03-12\n|-\n| Bo || 1990-01-30\n|}\n'
    (table,) = tables_in_markup(wiki)
    cells = [[wiki[s:e] for s, e in zip(c.starts, c.ends, strict=True)] for c in table.columns]
    assert [column.header for column in table.columns] == ["Name", "Born"]
    assert cells == [["Ada", "Bo"], ["1984-03-12", "1990-01-30"]]


def test_a_turned_table_has_its_rows_as_columns():
    text = "Born,1984-03-12,1990-01-30,1971-11-02\nPhone,0113 4960,,0113 4962\n"
    (table,) = (table for table in tables(text) if table.in_rows)
    assert list(first_cells(text, table)) == ["Born", "Phone"]
    cells = {c.header: [text[s:e] for s, e in zip(c.starts, c.ends, strict=True)] for c in turned(text, table).columns}
    assert cells == {"Born": ["1984-03-12", "1990-01-30", "1971-11-02"], "Phone": ["0113 4960", "0113 4962"]}


@given(grids(), st.integers(1, 4), st.booleans())
def test_a_table_with_rules_of_equals_signs_gives_its_columns(grid, gap, closed):
    headers, rows = grid
    widths = [max(len(row[at]) for row in (headers, *rows)) + 1 for at in range(len(headers))]
    rule = (" " * gap).join("=" * width for width in widths)
    lines = [
        (" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (headers, *rows)
    ]
    text = "\n".join([rule, lines[0].rstrip(), rule, *(line.rstrip() for line in lines[1:]), *[rule] * closed])
    assert columns_of(text) == expected(headers, rows)
