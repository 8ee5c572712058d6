"""A record of a log: which document it is a version of, in which order, and what is wrong with it.

A record's key names the document; its value has the form of a line of a JSON Lines feed. Versions are ordered by the
number that the producer gives (a header or a field `version`), else by the record's offset in its partition.

Invariants: pure. Every record becomes one version of one document. A record without a certain name and order is a
document of its own, named by its place in the topic, with problems, which the policy quarantines: it does not replace
or delay versions of another document. The same record gives the same answer whenever it is read.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pipeline.domain.declarations.feeds import record_name
from pipeline.domain.frozen import Frozen

MAX_ORDER, MAX_DIGITS = 2**63 - 1, 19
VERSION = "version"
"""The header, and the field of the value, that orders the versions of a document."""

BAD_KEY = "The record's key is no printable text of at most 500 characters."
NO_NAME = "The record has neither a key nor a usable `id`."
OTHER_NAME = "The record's key and its `id` differ."
BAD_VERSION = "The record's `version` is no whole number from 0 on."
OTHER_VERSION = "The record declares its `version` twice, with different values."
NOBODY_DELETED = "The record deletes a document and has no key that names it."


class Record(Frozen):
    """What is known of a record beside its text."""

    uri: str
    """Stable name of the document inside its source: `TOPIC#NAME`, as for a record of a feed file."""
    order: int
    partition: int
    offset: int
    digest: str
    """SHA-256 of the record as it is landed; empty for a deletion."""
    gone: bool = False
    problems: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[int, bool, str]:
        """Its place among the versions of its document, the larger the later.

        Two records with one number differ by the rest, so that which of them came first does not matter.
        """
        return self.order, self.gone, self.digest


def line_of(value: bytes | None) -> bytes:
    """The record as a line of a feed."""
    value = value or b""
    return value if value.endswith(b"\n") else value + b"\n"


def record_of(
    topic: str, partition: int, offset: int, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]
) -> Record:
    """What a record says of itself."""
    said = _object(value)
    problems: tuple[str, ...] = ()
    try:
        name, order = _name(key, value, said), _order(offset, headers.get(VERSION), said)
    except _Uncertain as uncertain:
        name, order, problems = f"partition-{partition}-offset-{offset}", offset, (str(uncertain),)
    gone = value is None and not problems
    return Record(
        uri=f"{topic}#{name}",
        order=order,
        partition=partition,
        offset=offset,
        digest="" if gone else hashlib.sha256(line_of(value)).hexdigest(),
        gone=gone,
        problems=problems,
    )


class _Uncertain(ValueError):
    """Nobody can say which document a record is of, or which version."""


def _object(value: bytes | None) -> dict[str, Any]:
    try:
        said = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _name(key: bytes | None, value: bytes | None, said: dict[str, Any]) -> str:
    own = record_name(said.get("id"))
    # What is no UTF-8 decodes to what is not printable, which is no name.
    name = record_name(key.decode("utf-8", "surrogateescape")) if key else own
    if name is None:
        raise _Uncertain(BAD_KEY if key else NO_NAME if value is not None else NOBODY_DELETED)
    if own is not None and own != name:
        raise _Uncertain(OTHER_NAME)
    return name


def _order(offset: int, header: bytes | None, said: dict[str, Any]) -> int:
    told = [said[VERSION]] if said.get(VERSION) is not None else []
    if header is not None:
        told.append(int(header) if header.isdigit() and len(header) <= MAX_DIGITS else None)
    if any(type(number) is not int or not 0 <= number <= MAX_ORDER for number in told):
        raise _Uncertain(BAD_VERSION)
    if len(set(told)) > 1:
        raise _Uncertain(OTHER_VERSION)
    return int(told[0]) if told else offset
