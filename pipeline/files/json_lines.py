"""Files of models, one JSON object a line, as runs leave them for their workers."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def encoded(records: Iterable[BaseModel]) -> Iterator[bytes]:
    """The lines of a file, each with its line break."""
    return (record.model_dump_json().encode() + b"\n" for record in records)


def write_records(path: Path, records: Iterable[BaseModel]) -> None:
    """Write models to a file, replacing it."""
    with path.open("wb") as stream:
        stream.writelines(encoded(records))


def read_records(path: Path, model: type[Model]) -> Iterator[Model]:
    """The models of a file, read line by line. Raises `OSError` if it cannot be read."""
    with path.open("rb") as stream:
        yield from map(model.model_validate_json, stream)
