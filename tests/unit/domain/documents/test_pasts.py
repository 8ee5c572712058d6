"""Laws 8 and 10: which older names of a content count, and for what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.pasts import Arrival, Barrier, Kept, Older, former_names, past_of
from pipeline.domain.identity.permissions import AccessRule, Classification

NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)
WIDE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:staff",))
NARROW = AccessRule(tenant="default", classification=Classification.CONFIDENTIAL, allow=("group:hr",))


def arrival(**more: Any) -> Arrival:
    given = {
        "doc_id": "docs:new.md", "version_id": "v-new", "compared": False, "content_digest": "c", "sketch": None,
        "source": "docs", "source_owner": "user:bea", "owner": "user:bea", "submitter": "user:bea", "access": WIDE,
    }  # fmt: skip
    return Arrival.model_validate(given | more)


def older(doc_id: str = "docs:old.md", **more: Any) -> Older:
    given = {
        "doc_id": doc_id, "version_id": f"v {doc_id}", "source": "docs", "source_owner": "user:bea",
        "owner": "user:bea", "access": WIDE, "share": 1.0, "equal": True, "served_at": NOON, "gone": True,
    }  # fmt: skip
    return Older.model_validate(given | more)


def kept(barrier: Barrier, subject: str = "docs:old.md") -> Kept:
    return Kept(barrier=barrier, subject=subject, since=NOON, generations=(4, 3))


@pytest.mark.parametrize(
    ("barrier", "subject", "action", "words"),
    [
        (Barrier.DOCUMENT, "docs:old.md", Action.REVIEW, "it is revoked since 2031-05-01"),
        (Barrier.SOURCE, "other", Action.REVIEW, "source other is revoked"),
        (Barrier.OWNER, "user:ole", Action.REVIEW, "owner user:ole is revoked"),
        (Barrier.PRINCIPAL, "user:ole", Action.REVIEW, "principal user:ole is revoked"),
        (Barrier.RUN, "run-3", Action.REVIEW, "run run-3 is revoked"),
        (Barrier.REJECTED, "docs:old.md", Action.REVIEW, "a reviewer rejected it"),
        (Barrier.ROLLED_BACK, "docs:old.md", Action.REVIEW, "from generation 4 to generation 3"),
        (Barrier.QUARANTINED, "docs:old.md", Action.QUARANTINE, "a reviewer put it into quarantine"),
        (Barrier.WITHDRAWN, "user:ole", Action.REVIEW, "withdrawn since 2031-05-01 by those who submitted it"),
    ],
)
def test_law_10_every_barrier_follows_the_content_to_another_name(
    barrier: Barrier, subject: str, action: Action, words: str
) -> None:
    past = past_of(arrival(), [older(kept=(kept(barrier, subject),))])
    assert past is not None
    assert past.action is action
    assert words in past.reasons[0]
    near = past_of(arrival(), [older(kept=(kept(barrier, subject),), equal=False, share=0.7)])
    assert near is not None
    assert near.action is Action.REVIEW, "only the same bytes are refused for good"


@pytest.mark.parametrize(
    ("barrier", "subject"),
    [(Barrier.SOURCE, "docs"), (Barrier.OWNER, "user:bea"), (Barrier.PRINCIPAL, "user:bea"),
     (Barrier.DOCUMENT, "docs:new.md"), (Barrier.WITHDRAWN, "user:bea")],
)  # fmt: skip
def test_a_barrier_that_names_the_arrival_itself_or_its_own_submitter_needs_no_review(
    barrier: Barrier, subject: str
) -> None:
    assert past_of(arrival(), [older(kept=(kept(barrier, subject),))]) is None


REVOKED = {"kept": (kept(Barrier.DOCUMENT),), "gone": False}
SHORT = {"by_words": True, "equal": False, "share": 0.9}


def test_law_10_a_short_text_with_a_word_changed_is_kept_out_as_its_original_is() -> None:
    assert past_of(arrival(), [older(**SHORT, **REVOKED)]) is not None
    assert past_of(arrival(), [older(**SHORT, **REVOKED, numbers=True)]) is None, "two forms with other numbers"
    renamed = older(**SHORT, kept=(kept(Barrier.DOCUMENT),), gone=True, numbers=True)
    assert past_of(arrival(), [renamed]) is not None, "its name is gone, so it is no second form"
    same_words = older(by_words=True, equal=False, share=1.0, **REVOKED)
    assert past_of(arrival(), [same_words, older("docs:other.md", **SHORT, live=True)]) is not None


def test_one_form_that_is_kept_out_keeps_no_other_form_out_while_others_are_served() -> None:
    revoked, served = older(**SHORT, **REVOKED), older("docs:other.md", **SHORT, live=True, gone=False)
    assert past_of(arrival(), [revoked, served]) is None
    barred = served.model_copy(update={"kept": (kept(Barrier.RUN, "run-9"),)})
    assert past_of(arrival(), [revoked, barred]) is not None
    narrow = served.model_copy(update={"access": NARROW})
    assert past_of(arrival(), [revoked, narrow]) is not None, "that form is not served to as many"


def test_law_08_a_short_text_that_was_narrower_under_a_name_that_is_gone_counts() -> None:
    past = past_of(arrival(), [older(**SHORT, access=NARROW)])
    assert past is not None
    assert [one.doc_id for one in past.narrower] == ["docs:old.md"]


def test_former_names_are_those_that_serve_the_content_no_longer_the_last_first() -> None:
    found = former_names(
        arrival(),
        [
            older("docs:first.md", served_at=NOON, until=3),
            older("docs:second.md", served_at=NOON + timedelta(days=2), until=7, equal=False, share=0.8),
            older("docs:second.md", served_at=NOON + timedelta(days=1), until=7),
            older("docs:copy.md", live=True, gone=False),
            older("docs:refused.md", served_at=None),
            older("docs:new.md"),
        ],
    )
    assert [(one.doc_id, one.equal, one.until) for one in found] == [
        ("docs:second.md", True, 7),
        ("docs:first.md", True, 3),
    ]
    assert found[0].sentence == "This content was served as docs:second.md until generation 7."
