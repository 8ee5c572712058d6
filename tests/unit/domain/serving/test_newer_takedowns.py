"""Takedowns in the part of a log that a backup lacks are all applied, and doubt takes a document out (law 10)."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.audit import AuditEvent
from pipeline.domain.digests import canonical_json
from pipeline.domain.serving.newer_takedowns import newer_takedowns
from pipeline.domain.serving.revocations import RevocationKind

DOCUMENTS = ("wiki:a", "wiki:b", "wiki:c")
ADMITTED = ("document.admit", "document.rolled_back")
REFUSED = (
    *("document.quarantine", "document.reject", "document.redact", "document.deleted"),
    *("review.reject", "review.quarantine", "review.glass_undo"),
)
WITHOUT_EFFECT = ("document.review", "document.held", "document.to_be_judged_again", "review.approve", "run.started")


def event(action: str, subject: str, fields: Mapping[str, object] | None = None) -> AuditEvent:
    details = canonical_json(dict(fields or {})).decode()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return AuditEvent(
        seq=1, at=at, actor="user:ana", action=action, subject=subject, details=details, prev_hash="", hash=""
    )


entries = st.tuples(
    st.sampled_from(DOCUMENTS), st.sampled_from((*ADMITTED, *REFUSED, *WITHOUT_EFFECT)), st.sampled_from(("v1", "v2"))
)


@given(st.lists(entries, max_size=12))
def test_a_document_stays_only_if_its_last_word_is_the_version_that_the_backup_serves(
    happened: list[tuple[str, str, str]],
) -> None:
    found = newer_takedowns(event(action, name, {"version_id": version}) for name, action, version in happened)
    leaving = found.leaving(dict.fromkeys(DOCUMENTS, "v1"))
    for name in DOCUMENTS:
        words = [(action, version) for one, action, version in happened if one == name and action in ADMITTED + REFUSED]
        stays = not words or (words[-1][0] in ADMITTED and words[-1][1] == "v1")
        assert (name not in leaving) is stays


@given(st.lists(st.tuples(st.sampled_from(("made", "lifted")), st.sampled_from(DOCUMENTS)), max_size=12))
def test_a_revocation_is_in_force_if_it_was_made_and_not_lifted_after_that(happened: list[tuple[str, str]]) -> None:
    found = newer_takedowns(event(f"revocation.{what}", name, {"kind": "document"}) for what, name in happened)
    last = {name: what for what, name in happened}
    assert found.revoked == {(RevocationKind.DOCUMENT, name) for name, what in last.items() if what == "made"}


def test_an_erasure_counts_even_if_it_was_allowed_again() -> None:
    erased = [event("erasure.started", "wiki:a"), event("erasure.allowed_again", "wiki:a")]
    assert newer_takedowns(erased).erased == {"wiki:a"}


def test_a_review_of_a_lapsed_waiver_takes_the_document_out() -> None:
    lapsed = event("document.review", "wiki:a", {"version_id": "v1", "waiver_lapsed": True})
    assert newer_takedowns([lapsed]).leaving({"wiki:a": "v1"}) == {"wiki:a"}


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("source.revoked", {}, "revoked_sources"),
        ("source.narrowed", {}, "narrowed_sources"),
        ("submission.withdrawn", {}, "withdrawn"),
        ("principal.written", {"origin": "file"}, "principals"),
        ("principal.removed", {"origin": "file"}, "principals"),
        ("key.revoked", {}, "revoked_keys"),
        ("key.rotated", {}, "new_keys"),
    ],
)
def test_each_kind_of_takedown_is_found_by_its_name(action: str, fields: dict[str, str], field: str) -> None:
    assert getattr(newer_takedowns([event(action, "name", fields)]), field) == {"name"}


@pytest.mark.parametrize(
    ("action", "key", "field"),
    [("waiver.ended", "waiver_id", "ended_waivers"), ("token.revoked", "token_id", "ended_tokens")],
)
def test_waivers_and_tokens_are_found_by_their_ids(action: str, key: str, field: str) -> None:
    assert getattr(newer_takedowns([event(action, "user:eve", {key: "abc"})]), field) == {"abc"}


def test_a_source_that_was_released_again_is_not_restricted() -> None:
    happened = [event("source.revoked", "a"), event("source.narrowed", "b")]
    found = newer_takedowns([*happened, event("source.released", "a"), event("source.released", "b")])
    assert (found.revoked_sources, found.narrowed_sources) == (set(), set())
