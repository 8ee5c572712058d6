"""Where a submission stands, from what the ledger holds; and when a limit lets the next one in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action
from pipeline.domain.submissions.submissions import (
    NEXT,
    Reviewed,
    SubmissionStanding,
    SubmissionStatus,
    SubmissionVerdict,
    history_of,
    status_of,
    wait_for_bytes,
    wait_for_count,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def judged(action: Action, **more: object) -> SubmissionStanding:
    return SubmissionStanding.model_validate(
        {"received_at": NOON, "verdicts": (SubmissionVerdict(action=action, at=at(1)),), **more}
    )


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        (SubmissionStanding(received_at=NOON), "received"),
        (judged(Action.ADMIT, live=True), "indexed"),
        (judged(Action.REDACT, live=True), "indexed"),
        (judged(Action.ADMIT), "admitted"),
        (judged(Action.REDACT), "redacted"),
        (judged(Action.ADMIT, live=True, stopped=True), "revoked"),
        (judged(Action.REVIEW), "in review"),
        (judged(Action.REVIEW, review=Reviewed(state="open", at=at(1))), "in review"),
        (judged(Action.REVIEW, review=Reviewed(state="approved", at=at(2))), "approved"),
        (judged(Action.REVIEW, review=Reviewed(state="rejected", at=at(2))), "rejected"),
        (judged(Action.QUARANTINE), "quarantined"),
        (judged(Action.REJECT), "rejected"),
        (judged(Action.QUARANTINE, newer_at=at(5)), "superseded"),
        (judged(Action.ADMIT, live=True, newer_at=at(5)), "indexed"),
        (judged(Action.ADMIT, live=True, withdrawn_at=at(5)), "withdrawn"),
        (judged(Action.ADMIT, rolled_back_at=at(5)), "rolled back"),
        (judged(Action.ADMIT, rolled_back_at=at(5), newer_at=at(6)), "superseded"),
        (judged(Action.ADMIT, rolled_back_at=at(5), withdrawn_at=at(6)), "withdrawn"),
        (judged(Action.ADMIT, rolled_back_at=at(0.5)), "admitted"),  # judged again since: the new verdict says how
        (judged(Action.REVIEW, rolled_back_at=at(0.5)), "in review"),
    ],
)
def test_the_status_that_holds(standing: SubmissionStanding, status: str) -> None:
    assert status_of(standing).value == status


def test_the_history_is_in_order_and_every_status_says_what_comes_next() -> None:
    standing = judged(
        Action.REVIEW,
        verdicts=(SubmissionVerdict(action=Action.REVIEW, at=at(1)), SubmissionVerdict(action=Action.ADMIT, at=at(9))),
        review=Reviewed(state="applied", at=at(7)),
        live=True,
        indexed_at=at(9),
    )
    steps = [(step.status.value, step.at) for step in history_of(standing)]
    assert steps == [
        ("received", NOON), ("scanned", at(1)), ("in review", at(1)), ("approved", at(7)),
        ("scanned", at(9)), ("admitted", at(9)), ("indexed", at(9)),
    ]  # fmt: skip
    assert set(NEXT) == set(SubmissionStatus)


@given(
    st.lists(st.integers(min_value=0, max_value=120), max_size=30),
    st.integers(min_value=1, max_value=10),
)
def test_after_the_wait_one_more_fits_and_a_moment_earlier_it_does_not(ages: list[int], limit: int) -> None:
    window = timedelta(seconds=60)
    times = [NOON - timedelta(seconds=age) for age in ages]

    def within(moment: datetime) -> int:
        return sum(time > moment - window for time in times)

    wait = wait_for_count(times, NOON, limit, window)
    assert within(NOON + wait) < limit
    if wait:
        assert within(NOON + wait - timedelta(microseconds=1)) >= limit


def test_bytes_of_a_day() -> None:
    sizes = [(NOON - timedelta(hours=23), 60), (NOON - timedelta(hours=1), 30), (NOON - timedelta(hours=25), 900)]
    assert wait_for_bytes(sizes, NOON, 10, 100) == timedelta(0)
    assert wait_for_bytes(sizes, NOON, 20, 100) == timedelta(hours=1)
    assert wait_for_bytes(sizes, NOON, 80, 100) == timedelta(hours=23)
    assert wait_for_bytes(sizes, NOON, 101, 100) == timedelta(hours=24)
