from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.frozen import Frozen
from pipeline.files.json_lines import read_records, write_records


class Row(Frozen):
    name: str
    number: int


@given(st.lists(st.builds(Row, name=st.text(), number=st.integers())))
def test_models_come_back_as_they_were_written(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    write_records(path, rows)
    assert list(read_records(path, Row)) == rows
    assert len(path.read_bytes().splitlines()) == len(rows)


def test_a_missing_file_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_records(tmp_path / "rows.jsonl", Row))
