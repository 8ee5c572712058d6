"""Compares the ledger with the audit log: what the log says was published, revoked and erased must be in the tables.

Invariants: reads only. The log was verified before, so it is the log that is believed. Entries from before a detail was
recorded are passed over.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from pipeline.stores.audit import log as audit_log
from pipeline.stores.tables import current_generation, erasures, generations, revocations


def disagreement(connection: Connection) -> str | None:
    """The first difference, as a sentence; None if ledger and log agree."""
    return next(_differences(connection), None)


def _differences(connection: Connection) -> Iterator[str]:
    published: dict[int, str] = {}
    revoked: dict[str, bool] = {}
    erased: dict[str, str] = {}
    allowed: set[str] = set()
    for event in audit_log.events(connection):
        fields = event.fields
        match event.action:
            case "generation.published" | "generation.rewritten" if "digest" in fields:
                published[int(event.subject)] = fields["digest"]
            case "revocation.made" | "revocation.lifted" if "revocation_id" in fields:
                revoked[fields["revocation_id"]] = event.action == "revocation.made"
            case "erasure.started" if "erasure_id" in fields:
                erased[fields["erasure_id"]] = event.subject
            case "erasure.allowed_again":
                allowed |= {erasure_id for erasure_id, doc_id in erased.items() if doc_id == event.subject}
    yield from _generations(connection, published)
    rows = {row.revocation_id: row.lifted_at is None for row in connection.execute(select(revocations))}
    for revocation_id, holds in revoked.items():
        if rows.get(revocation_id) != holds:
            state = "made" if holds else "lifted"
            yield f"The audit log says that revocation {revocation_id} was {state}, and the ledger says otherwise."
    if unknown := sorted(rows.keys() - revoked.keys()):
        yield f"The ledger has revocation {unknown[0]}, which the audit log does not."
    tombstones = {row.erasure_id: row.allowed_at is None for row in connection.execute(select(erasures))}
    for erasure_id in erased:
        if tombstones.get(erasure_id) != (erasure_id not in allowed):
            yield f"The audit log and the ledger differ about erasure {erasure_id}."


def _generations(connection: Connection, published: dict[int, str]) -> Iterator[str]:
    recorded = {row.number: row.digest for row in connection.execute(select(generations))}
    for number, digest in published.items():
        if recorded.get(number) != digest:
            yield f"The audit log says that generation {number} was published, and the ledger has another or none."
    current = connection.execute(select(current_generation.c.number)).scalar()
    if published and current != max(published):
        yield f"The audit log says that generation {max(published)} is current, and the ledger says {current}."
    if unknown := sorted(recorded.keys() - published.keys()):
        yield f"The ledger has generation {unknown[0]}, which the audit log does not."
