"""What kept versions from being served at each past moment, against what the ledger itself said at that moment."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import CorpusgateError
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger import liveness
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.serving_times import served_at, serving_times
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.takedown import rules
from pipeline.stores.takedown.revocations import Revocations
from tests.support.ledger_samples import approved_source, outcome, publication

_MEMORY = sa.create_engine("sqlite://")
_BARE = sa.MetaData()
"""The tables of the rules, without keys and constraints."""
for _name in ("waivers", "break_glass", "revocations", "erasures", "submitted_documents"):
    _columns = tables.metadata.tables[_name].c
    sa.Table(_name, _BARE, *(sa.Column(column.name, column.type) for column in _columns))
_BARE.create_all(_MEMORY)
SOURCES = ("handbook", "wiki")
OUTCOMES = [
    outcome(f"{number}.md", source=source, submitter=f"user:s{number % 2}", run_id=f"run-{source}")
    for source in SOURCES
    for number in range(3)
]
VERSIONS = [one.version_id for one in OUTCOMES]
SUBJECTS = [
    (RevocationKind.DOCUMENT, OUTCOMES[0].doc_id),
    (RevocationKind.DOCUMENT, OUTCOMES[4].doc_id),
    (RevocationKind.SOURCE, "wiki"),
    (RevocationKind.OWNER, "user:olga"),
    (RevocationKind.PRINCIPAL, "user:s1"),
    (RevocationKind.RUN, "run-handbook"),
    (RevocationKind.MODEL, OUTCOMES[0].verdict.binding.model_digest if OUTCOMES[0].verdict else ""),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_past_moment_is_told_as_the_ledger_told_it_then(database: Database, seed: int) -> None:
    """Random revocations, liftings and changes of sources: the ledger's own answer at each step is the oracle."""
    ledger, revocations, registry = Ledger(database), Revocations(database), SourceRegistry(database)
    for source in SOURCES:
        approved_source(database, source)
        mine = [one for one in OUTCOMES if one.tagged and one.tagged.ref.source == source]
        ledger.start_run(f"run-{source}", [source], datetime.now(UTC))
        ledger.commit_publication(publication(*mine, run_id=f"run-{source}"), {}, datetime.now(UTC))
    steps = random.Random(seed)
    seen: list[tuple[datetime, set[str]]] = []
    for _ in range(30):
        kind, subject = steps.choice(SUBJECTS)
        source = steps.choice(SOURCES)
        action = steps.choice(
            [
                lambda k=kind, s=subject: revocations.revoke(k, s, "user:op", "why"),
                lambda k=kind, s=subject: revocations.lift(k, s, "user:op", "why"),
                lambda s=source: registry.revoke_source(s, "user:op", "why"),
                lambda s=source: registry.release_source(s, "user:op", "why"),
            ]
        )
        try:
            action()
        except CorpusgateError:
            continue  # nothing to lift or to release
        time.sleep(0.002)  # moments must differ
        with database.read() as connection:
            at = database.now(connection)
        seen.append((at, ledger.live_versions(VERSIONS)))
        time.sleep(0.002)
    assert len({frozenset(live) for _, live in seen}) > 2
    with database.read() as connection:
        for at, live in seen:
            known = liveness.standings(connection, VERSIONS, at)
            kept_out = liveness.obstacles(connection, known.values(), at)
            assert set(known) - set(kept_out) == live


def test_a_version_decided_later_was_not_admitted_then(database: Database) -> None:
    approved_source(database)
    before = datetime.now(UTC)
    time.sleep(0.002)
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], before)
    ledger.commit_publication(publication(OUTCOMES[0], run_id="run-1"), {}, datetime.now(UTC))
    with database.read() as connection:
        assert liveness.standings(connection, VERSIONS, before) == {}
        assert set(liveness.standings(connection, VERSIONS, datetime.now(UTC))) == {VERSIONS[0]}


def test_a_generation_is_served_from_its_commit_to_the_next_one(database: Database) -> None:
    approved_source(database)
    ledger = Ledger(database)
    moments = []
    for number, one in enumerate(OUTCOMES[:3], start=1):
        run_id = f"run-{number}"
        ledger.start_run(run_id, ["handbook"], datetime.now(UTC))
        moments.append(datetime.now(UTC))
        made = publication(one, run_id=run_id, number=number, parent=number - 1 or None)
        ledger.commit_publication(made, {}, moments[-1])
        time.sleep(0.002)
    with database.read() as connection:
        times = serving_times(connection)
        assert [(t.record.number, t.since, t.until) for t in times] == [
            (1, moments[0], moments[1]),
            (2, moments[1], moments[2]),
            (3, moments[2], None),
        ]
        second = served_at(connection, moments[1])
        assert second is not None
        assert second.record.number == 2
        assert served_at(connection, datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_law_02_a_committed_revocation_counts_whatever_the_clock_says(database: Database) -> None:
    """A clock that was set back makes the recorded time lie ahead; the document is kept out all the same."""
    approved_source(database)
    ledger = Ledger(database)
    ledger.start_run("run-1", ["handbook"], datetime.now(UTC))
    ledger.commit_publication(publication(OUTCOMES[0], run_id="run-1"), {}, datetime.now(UTC))
    Revocations(database).revoke(RevocationKind.DOCUMENT, OUTCOMES[0].doc_id, "user:op", "why")
    with database.begin() as connection:
        later = datetime.now(UTC) + timedelta(days=1)
        connection.execute(sa.update(tables.revocations).values(revoked_at=later))
    assert ledger.live_versions([VERSIONS[0]]) == set()


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(1, 2))
def test_law_02_both_forms_of_a_rule_agree_once_everything_lies_in_the_past(
    approved: int, ended: int, undone: int, confirmed: int, expires: int
) -> None:
    """0 is never, 1 is an hour ago, and an expiry of 2 is in an hour."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [None, at - timedelta(hours=1), at - timedelta(minutes=1)]
    end = at + timedelta(hours=1 if expires == 2 else -1)
    row = {
        "waivers": {"approved_at": moments[approved], "ended_at": moments[ended], "expires_at": end},
        "break_glass": {"undone_at": moments[undone], "confirmed_at": moments[confirmed], "expires_at": end},
        "revocations": {"revoked_at": moments[1], "lifted_at": moments[ended]},
        "erasures": {"erased_at": moments[1], "allowed_at": moments[ended]},
        "submitted_documents": {"withdrawn_at": moments[ended]},
    }
    for name, in_force in (
        ("waivers", rules.waiver_in_force),
        ("break_glass", rules.glass_in_force),
        ("revocations", rules.revocation_in_force),
        ("erasures", rules.erasure_in_force),
        ("submitted_documents", rules.withdrawal_in_force),
    ):
        with _MEMORY.connect() as connection:
            connection.execute(sa.delete(_BARE.tables[name]))
            connection.execute(sa.insert(_BARE.tables[name]).values(**row[name]))
            counted = [
                connection.execute(
                    sa.select(sa.func.count()).select_from(tables.metadata.tables[name]).where(in_force(at, then=then))
                ).scalar()
                for then in (False, True)
            ]
        assert counted[0] == counted[1], name
