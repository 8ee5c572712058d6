"""Takedowns that the current generation has applied, so that the next one looks only at what is new.

A generation is built from what the ledger calls live. Between two generations a served version stops being live only
because a record came into force, or because the commit that brought it in found it kept out.

Invariants: what was in force is read before the versions are compared with it, so a record that comes later is new to
the next generation. A record that is over or lifted is forgotten, so it is new when it comes back. Nothing here decides
whether a version is served: every search asks the rules themselves. `reconcile` compares every version.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select

from pipeline.domain.serving.publication import Publication, serves
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.database import insert_into
from pipeline.stores.tables import (
    applied_generation,
    applied_takedowns,
    unchecked_documents,
    verdict_waivers,
    verdicts,
)
from pipeline.stores.takedown.rules import ERASED, GLASS_OVER, REVOKED, RULES, WAIVER_OVER, WITHDRAWN
from pipeline.stores.takedown.taken_back import live_among

SLICE = 5_000
_ONE_DOCUMENT = f"{RevocationKind.DOCUMENT.value} "
Record = tuple[str, str]
"""The rule of a record, and what it names."""


@dataclass(frozen=True)
class TakedownCheck:
    """The takedowns that a new generation looks at."""

    in_force: frozenset[Record]
    """Everything in force when it was asked."""
    suspects: frozenset[str] | None
    """Served documents that may no longer be live; None for all of them."""

    def note(self, connection: Connection, number: int, publication: Publication, at: datetime) -> None:
        """Note in the transaction of a commit, after its pointers moved, that generation `number` has applied this."""
        before = _applied(connection)
        gone, new = before - self.in_force, self.in_force - before
        for record in gone:
            matches = applied_takedowns.c.rule == record[0], applied_takedowns.c.key == record[1]
            connection.execute(delete(applied_takedowns).where(*matches))
        _insert(connection, applied_takedowns, [{"rule": rule, "key": key} for rule, key in sorted(new)])
        coming = {outcome.version_id: outcome.doc_id for outcome in publication.outcomes if serves(outcome)}
        kept_out = coming.keys() - live_among(connection, coming, at)
        connection.execute(delete(unchecked_documents))
        _insert(connection, unchecked_documents, [{"doc_id": coming[version]} for version in sorted(kept_out)])
        pointer = insert_into(connection, applied_generation).values(id=1, number=number)
        connection.execute(
            pointer.on_conflict_do_update(index_elements=["id"], set_={"number": pointer.excluded.number})
        )


def check(connection: Connection, number: int, at: datetime) -> TakedownCheck:
    """The takedowns that the generation after `number` looks at."""
    in_force = frozenset(
        (rule.name, " ".join(key))
        for rule in RULES
        for key in connection.execute(select(*rule.key).where(rule.keeps_out(at), rule.key[-1].is_not(None)))
    )
    if connection.execute(select(applied_generation.c.number)).scalar() != number:
        return TakedownCheck(in_force, None)
    named = _documents(connection, in_force - _applied(connection))
    if named is None:
        return TakedownCheck(in_force, None)
    unchecked = connection.execute(select(unchecked_documents.c.doc_id)).scalars()
    return TakedownCheck(in_force, frozenset({*named, *unchecked}))


def _applied(connection: Connection) -> set[Record]:
    return {(rule, key) for rule, key in connection.execute(select(applied_takedowns.c.rule, applied_takedowns.c.key))}


def _insert(connection: Connection, table: Table, rows: list[dict[str, str]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _documents(connection: Connection, records: Iterable[Record]) -> set[str] | None:
    """The documents that records name; None where one names more than single documents."""
    found, given, waivers = set[str](), set[str](), set[str]()
    for rule, key in records:
        if rule in (ERASED.name, WITHDRAWN.name):
            found.add(key)
        elif rule == REVOKED.name and key.startswith(_ONE_DOCUMENT):
            found.add(key.removeprefix(_ONE_DOCUMENT))
        elif rule == GLASS_OVER.name:
            given.add(key)
        elif rule == WAIVER_OVER.name:
            waivers.add(key)
        else:
            return None
    for some in _slices(waivers):
        stands = select(verdict_waivers.c.verdict_id).where(verdict_waivers.c.waiver_id.in_(some))
        given.update(connection.execute(stands).scalars())
    for some in _slices(given):
        found.update(connection.execute(select(verdicts.c.doc_id).where(verdicts.c.verdict_id.in_(some))).scalars())
    return found


def _slices(names: Collection[str]) -> Iterable[list[str]]:
    wanted = sorted(names)
    return (wanted[start : start + SLICE] for start in range(0, len(wanted), SLICE))
