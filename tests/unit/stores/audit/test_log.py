import json
import re
import threading
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.domain.audit import AuditReport
from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.digests import EMPTY_ROOT, canonical_json
from pipeline.domain.errors import IntegrityError, LedgerError
from pipeline.domain.log_tree import LogTree, leaf_hash
from pipeline.index.signing import Signer, Verifier, create_keypair
from pipeline.stores import tables
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.checkpoints import Checkpoints
from pipeline.stores.audit.log import LONGEST_NAME, AuditEntry, written_name
from pipeline.stores.audit.verification import CHECKPOINT_TYPE, AuditLog
from pipeline.stores.database import Database
from tests.support.ledger_samples import NOON

LOG = tables.audit_log


class Auditor:
    """Holds only what an outsider would: the key pair, and checkpoints copied away."""

    def __init__(self, database: Database, folder: Path) -> None:
        create_keypair(folder / "keys")
        self.signer, verifier = Signer.load(folder / "keys"), Verifier.load(folder / "keys")
        self.log = AuditLog(database, verifier.open_note, partial(verifier.verify, payload_type=CHECKPOINT_TYPE))
        self.checkpoints, self._database = Checkpoints(database), database

    def checkpoint(self) -> str:
        return self.checkpoints.make(self.signer.sign_note).note

    def older_checkpoint(self) -> dict[str, object]:
        """A checkpoint as Corpusgate made them before the log was a tree."""
        with self._database.read() as connection:
            seq, head = audit_log.head(connection)
        payload = {"seq": seq, "hash": head, "at": NOON.isoformat()}
        return self.signer.sign(canonical_json(payload), CHECKPOINT_TYPE)

    def verify(self, kept: str | dict[str, object] | None = None) -> AuditReport:
        return self.log.verify(kept)


@pytest.fixture
def auditor(database: Database, tmp_path: Path) -> Auditor:
    return Auditor(database, tmp_path)


def write(database: Database, count: int, start: int = 0) -> None:
    with audit_log.audited(database) as connection:
        entries = [AuditEntry("user:ann", "test.happened", f"thing {start + i}", {"count": i}) for i in range(count)]
        audit_log.append(connection, NOON, entries)


def tamper(database: Database, *statements: sa.Executable) -> None:
    """Change the log as somebody would who owns the database: without its triggers."""
    with database.begin() as connection:
        if connection.dialect.name == "sqlite":
            for event in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER IF EXISTS audit_log_no_{event}"))
        else:
            connection.execute(sa.text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(statement)


def rewrite(database: Database, keep: int, add: int) -> None:
    """Cut the log after `keep` entries and write others, every hash and the head in order again."""
    tamper(
        database,
        sa.delete(LOG).where(LOG.c.seq > keep),
        sa.update(tables.audit_head).values(
            seq=keep,
            hash=sa.select(LOG.c.hash).where(LOG.c.seq == keep).scalar_subquery() if keep else audit_log.GENESIS,
        ),
        sa.delete(tables.audit_notes).where(tables.audit_notes.c.size > keep),
        sa.update(tables.audit_tree).values(size=0, frontier=[]),
    )
    write(database, add, start=1_000)


def test_an_untouched_log_verifies(database: Database, auditor: Auditor) -> None:
    assert auditor.verify() == AuditReport(events=0, head_hash=audit_log.GENESIS, root=EMPTY_ROOT)
    write(database, 5)
    early = auditor.checkpoint()
    write(database, 2_500)  # more than a page
    report = auditor.verify(early)
    assert report.ok
    assert report.events == 2_505
    assert report.checkpoints == 2


def test_entries_form_a_chain_a_stranger_can_recompute(database: Database) -> None:
    import hashlib

    write(database, 3)
    previous = "0" * 64
    for number, event in enumerate(AuditLog(database).events(), start=1):
        body = {
            "seq": number,
            "at": "2026-03-01T12:00:00.000000+00:00",
            "actor": "user:ann",
            "action": "test.happened",
            "subject": f"thing {number - 1}",
            "details": f'{{"count":{number - 1}}}',
            "prev_hash": previous,
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        assert event.hash == hashlib.sha256(text.encode()).hexdigest()
        previous = event.hash


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "details", "prev_hash", "hash"])
def test_law_11_an_edit_is_named(database: Database, auditor: Auditor, column: str) -> None:
    write(database, 9)
    changed = "f" * 64 if "hash" in column else "2026-03-01T13:00:00.000000+00:00"
    tamper(database, sa.update(LOG).where(LOG.c.seq == 5).values({column: changed}))
    assert auditor.verify().first_bad_seq == 5


def test_law_11_an_edit_with_its_own_hash_recomputed_is_named(database: Database, auditor: Auditor) -> None:
    write(database, 9)
    with database.read() as connection:
        row = dict(connection.execute(sa.select(LOG).where(LOG.c.seq == 5)).mappings().one())
    row["actor"] = "user:eve"
    row["hash"] = audit_log.entry_hash(row)
    tamper(database, sa.update(LOG).where(LOG.c.seq == 5).values(row))
    report = auditor.verify()
    assert report.first_bad_seq == 6  # the first entry that does not follow


@pytest.mark.parametrize("seq", [1, 5, 9])
def test_law_11_a_removal_is_named(database: Database, auditor: Auditor, seq: int) -> None:
    write(database, 9)
    tamper(database, sa.delete(LOG).where(LOG.c.seq == seq))
    assert auditor.verify().first_bad_seq == seq


def test_law_11_a_reordering_is_named(database: Database, auditor: Auditor) -> None:
    write(database, 9)
    move = [sa.update(LOG).where(LOG.c.seq == old).values(seq=new) for old, new in ((4, 100), (7, 4), (100, 7))]
    tamper(database, *move)
    assert auditor.verify().first_bad_seq == 4


def test_law_11_a_truncation_that_forgets_the_head_is_named(database: Database, auditor: Auditor) -> None:
    write(database, 9)
    tamper(database, sa.delete(LOG).where(LOG.c.seq > 6))
    assert auditor.verify().first_bad_seq == 7


@pytest.mark.parametrize("keep", [0, 3, 6])
def test_law_11_a_clean_truncation_shows_against_an_older_checkpoint(
    database: Database, auditor: Auditor, keep: int
) -> None:
    write(database, 7)
    held = auditor.checkpoint()
    rewrite(database, keep=keep, add=0)
    assert auditor.verify().ok  # the database alone cannot tell
    report = auditor.verify(held)
    assert report.first_bad_seq == keep + 1
    assert "cut off" in str(report.problem)


def test_law_11_a_rewritten_log_shows_against_an_older_checkpoint(database: Database, auditor: Auditor) -> None:
    write(database, 7)
    held = auditor.checkpoint()
    rewrite(database, keep=3, add=20)
    assert auditor.verify().ok
    report = auditor.verify(held)
    assert report.first_bad_seq == 7
    assert "rewritten" in str(report.problem)


def test_a_stored_checkpoint_is_compared_too(database: Database, auditor: Auditor) -> None:
    write(database, 7)
    auditor.checkpoint()
    tamper(
        database,
        sa.delete(LOG).where(LOG.c.seq == 7),
        sa.update(tables.audit_head).values(seq=6, hash=sa.select(LOG.c.hash).where(LOG.c.seq == 6).scalar_subquery()),
    )
    assert auditor.verify().first_bad_seq == 7


def test_a_checkpoint_nobody_trusted_signed_proves_nothing(
    database: Database, auditor: Auditor, tmp_path: Path
) -> None:
    write(database, 3)
    stranger = Auditor(database, tmp_path / "stranger")
    forged = stranger.checkpoint()
    with pytest.raises(IntegrityError, match="unknown key"):
        auditor.verify(forged)
    report = auditor.verify()
    assert (report.ok, report.checkpoints, report.refused_checkpoints) == (True, 0, 1)


def test_a_checkpoint_of_the_same_state_is_made_once(database: Database, auditor: Auditor) -> None:
    write(database, 3)
    assert auditor.checkpoint() == auditor.checkpoint()
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.audit_notes)).scalar() == 1


@pytest.mark.parametrize(
    "statement", [sa.update(LOG).values(actor="eve"), sa.delete(LOG), sa.text("TRUNCATE audit_log")]
)
def test_law_11_the_database_itself_refuses_changes(database: Database, statement: sa.Executable) -> None:
    if database.is_sqlite and isinstance(statement, sa.TextClause):
        return  # SQLite has no such statement
    write(database, 3)
    with pytest.raises(LedgerError), database.begin() as connection:
        connection.execute(statement)
    assert AuditLog(database).verify().events == 3


def test_recorded_provenance_cannot_be_updated(database: Database) -> None:
    from tests.support.ledger_samples import approved_source, outcome, run

    approved_source(database)
    run(database, "run-1", outcome("a.md"))
    with pytest.raises(LedgerError), database.begin() as connection:
        connection.execute(sa.update(tables.versions).values(owner="eve"))


def test_appends_from_several_threads_form_one_chain(database: Database) -> None:
    threads = [threading.Thread(target=lambda: [write(database, 2) for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = AuditLog(database).verify()
    assert report.ok
    assert report.events == 40


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("note", "two words"),
        ("note", "ends with a line\n"),
        ("note", "UpperCase"),
        ("note", "x" * 65),
        ("note", ["fine", "not fine"]),
        ("note", 0.5),
        ("note", {"a": "b"}),
        ("note", b"bytes"),
        ("run_id", "has space"),
        ("Bad Key", 1),
    ],
)
def test_law_04_no_text_gets_into_details(database: Database, key: str, value: object) -> None:
    with pytest.raises(LedgerError, match="free text never") as caught, audit_log.audited(database) as connection:
        audit_log.append(connection, NOON, [AuditEntry("ann", "test.happened", "thing", {key: value})])  # type: ignore[dict-item]
    assert str(value) not in str(caught.value)
    assert AuditLog(database).verify().events == 0


@given(st.text())
def test_law_04_whatever_passes_as_a_detail_is_one_short_word(text: str) -> None:
    try:
        audit_log._check(AuditEntry("ann", "test.happened", "thing", {"note": text}))
    except LedgerError:
        return
    assert text.isascii()
    assert len(text) <= 128
    assert not any(character.isspace() or character.isupper() for character in text)


@given(st.text(min_size=1, max_size=40).map(lambda name: f"notes:{name}"))
@example("notes:" + "x" * 5_000)
@example("notes:\ud800 \x1b[2J \u202e.md")
def test_law_15_an_entry_can_be_written_whatever_its_subject_is_called(subject: str) -> None:
    written = written_name(subject)
    assert written.isprintable()
    assert len(written) <= LONGEST_NAME
    assert written_name(written) == written
    row = audit_log._row(1, "2026-01-01T00:00:00+00:00", AuditEntry("user:ann", "document.admit", subject), "0" * 64)
    assert row["subject"] == written
    assert re.fullmatch("[0-9a-f]{64}", audit_log.entry_hash(row))


def test_law_11_a_checkpoint_of_the_older_format_still_proves_the_log(database: Database, auditor: Auditor) -> None:
    write(database, 7)
    held = auditor.older_checkpoint()
    assert auditor.verify(held).checkpoints == 1
    rewrite(database, keep=3, add=20)
    report = auditor.verify(held)
    assert (report.first_bad_seq, "rewritten" in str(report.problem)) == (7, True)


def test_law_11_an_exported_line_is_the_leaf_and_gives_the_hash(database: Database, auditor: Auditor) -> None:
    import hashlib

    write(database, 5)
    lines = [event.line for event in auditor.log.events()]
    for line in lines:
        fields = json.loads(line)
        said = fields.pop("hash")
        again = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(again.encode()).hexdigest() == said
    assert LogTree([leaf_hash(line) for line in lines]).root().hex() == auditor.verify().root


def test_a_checkpoint_reads_only_what_was_added(database: Database, auditor: Auditor) -> None:
    write(database, 40)
    auditor.checkpoint()
    tamper(database, sa.update(LOG).where(LOG.c.seq == 5).values(actor="user:eve"))
    write(database, 3)
    auditor.checkpoint()  # signs the tree as it was, so the edit shows
    assert auditor.verify().first_bad_seq == 5
    made = auditor.checkpoints.newest()
    assert made is not None
    with pytest.raises(IntegrityError, match="not those of the checkpoint"):
        auditor.checkpoints.tree(made)


@pytest.mark.parametrize("change", ["edit", "cut", "tree", "head"])
def test_law_11_entries_that_do_not_continue_what_was_signed_are_not_signed(
    database: Database, auditor: Auditor, change: str
) -> None:
    write(database, 6)
    auditor.checkpoint()
    write(database, 3)
    tamper(
        database,
        {
            "edit": sa.update(LOG).where(LOG.c.seq == 8).values(actor="user:eve"),
            "cut": sa.delete(LOG).where(LOG.c.seq > 7),
            "tree": sa.update(tables.audit_tree).values(size=4, frontier=[]),
            "head": sa.update(tables.audit_head).values(seq=4),
        }[change],
    )
    with pytest.raises(IntegrityError, match="cannot be signed"):
        auditor.checkpoint()
    assert not auditor.verify().ok


def test_law_11_a_checkpoint_of_another_log_is_named(database: Database, auditor: Auditor) -> None:
    write(database, 2)
    foreign = LogCheckpoint(origin="corpusgate.dev/audit/other", size=2, root=auditor.verify().root)
    report = auditor.verify(auditor.signer.sign_note(foreign))
    assert "another log" in str(report.problem)
