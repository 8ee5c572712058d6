"""The rules of liveness stand twice, as SQL for now and in Python for any moment: each table one reads, both read."""

import re
from datetime import UTC, datetime

import sqlalchemy as sa

from pipeline.stores import tables
from pipeline.stores.database import Database
from pipeline.stores.ledger import liveness
from pipeline.stores.takedown.taken_back import taken_back

PLACE = {"documents", "versions", "verdicts", "sources", "verdict_waivers"}
"""What says where a version stands; the rules are in the other tables."""
RULES = {"revocations", "erasures", "submitted_documents", "waivers", "break_glass"}


def test_law_02_both_forms_of_liveness_consult_the_same_rules(database: Database) -> None:
    """A rule that is added to one only makes it read a table that the other does not."""
    at = datetime.now(UTC)
    asked: list[str] = []
    subject = liveness.VersionStanding(
        version_id="v", doc_id="hand:a.md", source="hand", owner="user:o", submitter="user:s",
        run_ids=frozenset({"run-1"}), model_digest=None, verdict_id="d", waivers=frozenset({"w"}),
    )  # fmt: skip
    with database.read() as connection:
        now = str(sa.select(sa.literal(1)).where(taken_back(at)).compile(dialect=connection.dialect))
        sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        liveness.obstacles(connection, [subject], at)
    assert _rules(now) == _rules(" ".join(asked)) == RULES


def _rules(statements: str) -> set[str]:
    """Names of the tables a statement reads, but for those of `PLACE` and the log that stands in for `sources`."""
    named = set(re.findall(r"[a-z_]+", statements)) & set(tables.metadata.tables)
    return named - PLACE - {tables.audit_log.name}
