"""Details of audit entries in words."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.audit import AuditEvent

DIGESTS = st.text("0123456789abcdef", min_size=16, max_size=64)
PLAIN = st.integers(-9, 9999) | st.sampled_from(["new", "because", ""]) | st.booleans() | st.none()
DETAILS = st.dictionaries(
    st.sampled_from(["kind", "content_digest", "version_id", "rules"]), DIGESTS | PLAIN | st.lists(PLAIN, max_size=2)
)


def event(details: object) -> AuditEvent:
    return AuditEvent(
        seq=1, at="2026-01-02T12:00:00+00:00", actor="a", action="b", subject="c", details=json.dumps(details),
        prev_hash="", hash="",
    )  # fmt: skip


@given(DETAILS)
def test_digests_and_long_ids_are_left_out_unless_they_are_asked_for(details: dict[str, object]) -> None:
    assert not re.search(r"[0-9a-f]{16}", event(details).said())
    for value in details.values():
        if isinstance(value, str):
            assert value in event(details).said(digests=True)


def test_names_and_lists_read_as_words() -> None:
    said = event({"run_id": "20260102-1", "rules": ["live-secret", "untagged"], "forced": True, "left": None}).said()
    assert said == "run id 20260102-1 · rules live-secret, untagged · forced yes"
