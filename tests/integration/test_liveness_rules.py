"""The rules that keep a version from being served, asked in SQL as the ledger does and asked for their reasons."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.audit import timestamp
from pipeline.stores import tables
from pipeline.stores.ledger import liveness
from pipeline.stores.tables import documents, sources, verdicts, versions
from pipeline.stores.takedown.taken_back import taken_back

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BEFORE, EARLIER, LATER = AT - timedelta(hours=1), AT - timedelta(hours=2), AT + timedelta(hours=1)
_MEMORY = sa.create_engine("sqlite://")
_BARE = sa.MetaData()
"""Every table without its keys and constraints, so that a row needs only the columns that the rules read."""
for _table in tables.metadata.sorted_tables:
    sa.Table(_table.name, _BARE, *(sa.Column(column.name, column.type) for column in _table.c))
_BARE.create_all(_MEMORY)

Record = tuple[str, dict[str, Any]]
"""A table and a row of it."""


def placed(number: int) -> list[Record]:
    """A live version with names of its own and a waiver of its own, in a source of its own."""
    run, doc_id = f"run-{number}", f"s{number}:a.md"
    return [
        ("sources", {"name": f"s{number}", "state": "approved"}),
        (
            "documents",
            {
                "doc_id": doc_id,
                "source": f"s{number}",
                "live_version": f"v{number}",
                "live_verdict": f"d{number}",
            },
        ),
        (
            "versions",
            {
                "version_id": f"v{number}",
                "doc_id": doc_id,
                "owner": f"user:o{number}",
                "submitter": f"user:s{number}",
                "run_id": run,
            },
        ),
        (
            "verdicts",
            {
                "verdict_id": f"d{number}",
                "version_id": f"v{number}",
                "action": "admit",
                "run_id": f"{run}-again",
                "model_digest": f"m{number}",
                "decided_at": EARLIER,
            },
        ),
        ("verdict_waivers", {"verdict_id": f"d{number}", "waiver_id": f"w{number}"}),
    ]


def revocation(kind: str, subject: str, *, lifted: bool = False) -> Record:
    return "revocations", {
        "kind": kind, "subject": subject, "revoked_at": EARLIER, "lifted_at": BEFORE if lifted else None,
    }  # fmt: skip


def waiver(number: int, *, approved: bool = True, ended: bool = False, over: bool = False) -> Record:
    return "waivers", {
        "waiver_id": f"w{number}",
        "approved_at": EARLIER if approved else None,
        "ended_at": EARLIER if ended else None,
        "expires_at": BEFORE if over else LATER,
    }


def glass(number: int, *, undone: bool = False, confirmed: bool = False, over: bool = False) -> Record:
    return "break_glass", {
        "verdict_id": f"d{number}",
        "undone_at": BEFORE if undone else None,
        "confirmed_at": EARLIER if confirmed else None,
        "expires_at": BEFORE if over else LATER,
    }


def erasure(number: int, *, allowed: bool = False) -> Record:
    return "erasures", {"doc_id": f"s{number}:a.md", "erased_at": EARLIER, "allowed_at": BEFORE if allowed else None}


def withdrawal(number: int, *, withdrawn: bool = True) -> Record:
    return "submitted_documents", {"doc_id": f"s{number}:a.md", "withdrawn_at": EARLIER if withdrawn else None}


def revoked_source(number: int) -> Record:
    return "audit_log", {"seq": number, "subject": f"s{number}", "action": "source.revoked", "at": timestamp(EARLIER)}


def judged(records: Iterable[Record]) -> tuple[set[str], dict[str, list[tuple[str, str, datetime]]]]:
    """Live versions as SQL gives them, and the reasons with their times that keep the others out."""
    with _MEMORY.connect() as connection:
        for table in _BARE.sorted_tables:
            connection.execute(sa.delete(table))
        for name, row in records:
            connection.execute(sa.insert(_BARE.tables[name]).values(**row))
            if name == "audit_log":
                stopped = sa.update(_BARE.tables["sources"]).where(_BARE.tables["sources"].c.name == row["subject"])
                connection.execute(stopped.values(state="revoked"))
        live = (
            sa.select(documents.c.live_version)
            .join(versions, versions.c.version_id == documents.c.live_version)
            .join(verdicts, verdicts.c.verdict_id == documents.c.live_verdict)
            .join(sources, sources.c.name == documents.c.source)
            .where(~taken_back(AT))
        )
        known = liveness.standings(connection, ("v1", "v2"), AT)
        assert set(known) == {"v1", "v2"}
        reasons = liveness.obstacles(connection, known.values(), AT)
        told = {
            version: [(one.rule, one.subject, one.since) for one in found if one.since is not None]
            for version, found in reasons.items()
        }
        return set(connection.execute(live).scalars()), told


@pytest.mark.parametrize(
    ("record", "rule", "subject", "since"),
    [
        (revocation("document", "s1:a.md"), "revoked", "document s1:a.md", EARLIER),
        (revocation("source", "s1"), "revoked", "source s1", EARLIER),
        (revocation("owner", "user:o1"), "revoked", "owner user:o1", EARLIER),
        (revocation("principal", "user:s1"), "revoked", "principal user:s1", EARLIER),
        (revocation("run", "run-1"), "revoked", "run run-1", EARLIER),
        (revocation("run", "run-1-again"), "revoked", "run run-1-again", EARLIER),
        (revocation("model", "m1"), "revoked", "model m1", EARLIER),
        (revoked_source(1), "source-revoked", "s1", EARLIER),
        (waiver(1, over=True), "waiver-over", "w1", BEFORE),
        (waiver(1, ended=True), "waiver-over", "w1", EARLIER),
        (waiver(1, approved=False), "waiver-over", "w1", LATER),
        (glass(1, over=True), "glass-over", "d1", BEFORE),
        (glass(1, undone=True), "glass-over", "d1", BEFORE),
        (glass(1, undone=True, confirmed=True), "glass-over", "d1", BEFORE),
        (withdrawal(1), "withdrawn", "s1:a.md", EARLIER),
        (erasure(1), "erased", "s1:a.md", EARLIER),
    ],
)
def test_law_02_a_record_keeps_out_the_version_it_names_and_no_other(
    record: Record, rule: str, subject: str, since: datetime
) -> None:
    live, reasons = judged([*placed(1), *placed(2), record])
    assert live == {"v2"}
    assert reasons == {"v1": [(rule, subject, since)]}


@pytest.mark.parametrize(
    "record",
    [
        revocation("document", "s1:a.md", lifted=True),
        revocation("owner", "user:s1"),
        revocation("document", "s1"),
        waiver(1),
        waiver(3, over=True),
        glass(1),
        glass(1, confirmed=True, over=True),
        withdrawal(1, withdrawn=False),
        erasure(1, allowed=True),
        erasure(3),
    ],
)
def test_law_02_a_record_that_is_over_or_names_something_else_keeps_nothing_out(record: Record) -> None:
    assert judged([*placed(1), *placed(2), record]) == ({"v1", "v2"}, {})


_NUMBER, _FLAG = st.integers(1, 3), st.booleans()
_SUBJECTS = st.sampled_from(["s1:a.md", "s2:a.md", "s1", "user:o1", "user:s2", "run-2", "run-1-again", "m1", "m3"])
_RECORDS = st.one_of(
    st.builds(
        revocation,
        st.sampled_from(["document", "source", "owner", "principal", "run", "model"]),
        _SUBJECTS,
        lifted=_FLAG,
    ),
    st.builds(waiver, _NUMBER, approved=_FLAG, ended=_FLAG, over=_FLAG),
    st.builds(glass, _NUMBER, undone=_FLAG, confirmed=_FLAG, over=_FLAG),
    st.builds(erasure, _NUMBER, allowed=_FLAG),
    st.builds(withdrawal, _NUMBER, withdrawn=_FLAG),
    st.builds(revoked_source, _NUMBER),
)


@given(st.lists(_RECORDS, max_size=4))
def test_law_02_a_version_is_live_in_sql_exactly_if_there_is_no_reason_against_it(records: list[Record]) -> None:
    live, reasons = judged([*placed(1), *placed(2), *records])
    assert live == {"v1", "v2"} - set(reasons)
