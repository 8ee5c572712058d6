"""Comparing what was listed with what was decided: laws 7, 9 and 13 in their pure form."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.changes import (
    CLAIMED_TWICE,
    DeletionStats,
    compare,
    pair_renames,
    reported_kind,
    settle_deletion,
    why_held,
)
from pipeline.domain.documents.documents import (
    Action,
    Change,
    ChangeKind,
    DocumentRef,
    KnownVersion,
    ServedVersion,
    TaggedDocument,
)
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import AccessRule, Classification

BINDING = digest_text("policy, detectors and model")
NARROW = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:hr",))
WIDE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:hr", "group:staff"))


def tagged(text: str = "first", access: AccessRule = NARROW, owner: str = "people") -> TaggedDocument:
    return TaggedDocument(
        ref=DocumentRef(source="s", uri="a.md", location="/data/a.md"),
        provenance=Provenance(
            source="s",
            uri="a.md",
            owner=owner,
            submitter="ada",
            ingested_at=datetime(2026, 1, 2, tzinfo=UTC),
            licence=None,
            title=None,
            access=access,
            content_digest=digest_text(text),
            run_id="run",
        ),
    )


def served(document: TaggedDocument) -> ServedVersion:
    return ServedVersion(
        version_id=document.version_id,
        content_digest=document.provenance.content_digest,
        metadata_digest=document.provenance.metadata_digest,
        served_digest=digest_text("whatever was embedded"),
        access=document.provenance.access,
    )


def known(
    document: TaggedDocument,
    *,
    serving: TaggedDocument | None = None,
    action: Action = Action.ADMIT,
    approved: bool = False,
    deletion_approved: bool = False,
) -> KnownVersion:
    """What the ledger says after `document` was decided while `serving` was live."""
    return KnownVersion(
        doc_id=document.doc_id,
        version_id=document.version_id,
        content_digest=document.provenance.content_digest,
        served_digest=None,
        access=document.provenance.access,
        metadata_digest=document.provenance.metadata_digest,
        binding=BINDING,
        action=action,
        live=serving is document,
        serving=served(serving) if serving else None,
        approved=approved,
        deletion_approved=deletion_approved,
    )


def change_of(now: TaggedDocument, before: KnownVersion | None, binding: str = BINDING) -> Change:
    change = compare("s:a.md", [now], before, binding)
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (tagged(), ChangeKind.UNCHANGED),
        (tagged("second"), ChangeKind.MODIFIED),
        (tagged(access=WIDE), ChangeKind.ACCESS),
        (tagged(owner="finance"), ChangeKind.METADATA),
        (tagged("second", access=WIDE), ChangeKind.MODIFIED),
    ],
)
def test_a_live_document_is_compared_by_digests(now: TaggedDocument, kind: ChangeKind) -> None:
    before = tagged()
    change = change_of(now, known(before, serving=before))
    assert (change.kind, change.rescan, change.inputs) == (kind, False, 1)


def test_an_unknown_document_is_new_and_a_missing_one_deleted() -> None:
    assert change_of(tagged(), None).kind is ChangeKind.NEW
    gone = compare("s:a.md", [], known(tagged()), BINDING)
    assert gone is not None
    assert (gone.kind, gone.inputs) == (ChangeKind.DELETED, 0)
    assert compare("s:a.md", [], None, BINDING) is None


def test_a_refused_attempt_never_becomes_the_new_normal() -> None:
    """A wide version was refused; the next wide version is still a widening against what is served."""
    first, refused = tagged(), tagged("bad", access=WIDE)
    change = change_of(tagged("clean", access=WIDE), known(refused, serving=first, action=Action.QUARANTINE))
    assert change.kind is ChangeKind.MODIFIED
    assert change.previous is not None
    assert change.previous.serving is not None
    assert change.previous.serving.access == NARROW


def test_a_changed_policy_voids_every_verdict_but_is_no_change_of_the_document() -> None:
    before = tagged()
    change = change_of(tagged(), known(before, serving=before), binding=digest_text("another policy"))
    assert (change.kind, change.rescan) == (ChangeKind.UNCHANGED, True)
    assert reported_kind(change) is ChangeKind.UNCHANGED


def test_what_waits_for_review_stays_a_change_when_it_is_judged_again() -> None:
    """Otherwise a new policy would admit, as 'unchanged', what nobody ever approved."""
    waiting = tagged()
    change = change_of(tagged(), known(waiting, action=Action.REVIEW), binding=digest_text("another policy"))
    assert (change.kind, change.rescan) == (ChangeKind.NEW, True)
    assert reported_kind(change) is ChangeKind.UNCHANGED


def test_an_approval_brings_the_same_version_back_to_the_gate() -> None:
    first, waiting = tagged(), tagged(access=WIDE)
    change = change_of(tagged(access=WIDE), known(waiting, serving=first, action=Action.REVIEW, approved=True))
    assert (change.kind, change.rescan) == (ChangeKind.ACCESS, True)


def test_a_return_to_the_served_version_voids_the_newer_attempt() -> None:
    first, attempt = tagged(), tagged("second")
    change = change_of(tagged(), known(attempt, serving=first, action=Action.REVIEW))
    assert (change.kind, change.rescan) == (ChangeKind.UNCHANGED, True)


def test_two_inputs_of_one_name_are_one_document_only_when_they_agree() -> None:
    same = compare("s:a.md", [tagged(), tagged()], None, BINDING)
    differing = compare("s:a.md", [tagged("x"), tagged("y")], None, BINDING)
    assert same is not None
    assert same.tagged is not None
    assert (same.inputs, same.tagged.problems) == (2, ())
    assert differing is not None
    assert differing.tagged is not None
    assert (differing.inputs, differing.tagged.problems) == (2, (CLAIMED_TWICE,))


def test_the_order_of_inputs_does_not_matter() -> None:
    one, two = tagged("x"), tagged("y")
    assert compare("s:a.md", [one, two], None, BINDING) == compare("s:a.md", [two, one], None, BINDING)


def test_a_rename_is_one_document_gone_and_one_come() -> None:
    old = Change(kind=ChangeKind.DELETED, doc_id="s:old.md", previous=known(tagged()))
    new = Change(kind=ChangeKind.NEW, doc_id="s:new.md", tagged=tagged(), inputs=1)
    other = Change(kind=ChangeKind.NEW, doc_id="s:other.md", tagged=tagged(), inputs=1)
    paired = {change.doc_id: change for change in pair_renames([other, new, old])}
    assert paired["s:old.md"].renamed_away
    assert paired["s:new.md"].renamed_from == "s:old.md"
    assert paired["s:other.md"].renamed_from is None


@pytest.mark.parametrize(
    ("known_count", "lost", "held"),
    [
        (100, 0, False),
        (100, 20, False),  # exactly the share that may go
        (100, 21, True),
        (10_000, 501, True),  # more than the count, though far less than the share
        (5, 1, False),  # one page of a small source may go …
        (2, 1, False),
        (5, 4, True),  # … but not most of it
        (5, 2, True),
        (4, 4, True),
        (1, 1, True),
    ],
)
def test_law_09_the_guard_holds_mass_deletions(known_count: int, lost: int, held: bool) -> None:
    stats = DeletionStats(known=known_count, lost=lost)
    hold = why_held(stats, max_share=0.2, max_count=500, free=1)
    assert hold is (DeletionHold.AT_ONCE if held else None)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.integers(1, 60), st.sampled_from([0.0, 0.2, 0.5]))
def test_law_09_many_runs_take_no_greater_part_of_a_source_than_one(losses: list[int], size: int, share: float) -> None:
    present = size
    for loss in losses:
        stats = DeletionStats(known=present, lost=min(loss, present), peak=size)
        if why_held(stats, max_share=share, max_count=500, free=1) is None:
            present -= stats.lost
    assert size - present <= max(1, share * size)
    assert present > 0


def test_law_09_a_source_whose_documents_are_replaced_may_go_on_losing_some() -> None:
    for new, hold in ((1, None), (0, DeletionHold.ADDED_UP)):
        stats = DeletionStats(known=20, lost=2, new=new, peak=21)
        assert why_held(stats, max_share=0.1, max_count=500, free=0) is hold
    assert why_held(DeletionStats(known=4, lost=1, peak=5), max_share=0.2, max_count=500, free=1) is (
        DeletionHold.ADDED_UP
    )


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.floats(0, 1), st.integers(0, 1000), st.integers(0, 100))
def test_law_09_losing_everything_is_always_held(
    known_count: int, more: int, share: float, count: int, free: int
) -> None:
    stats = DeletionStats(known=known_count, lost=known_count)
    assert why_held(stats, max_share=share, max_count=count + more, free=free) is DeletionHold.AT_ONCE


def test_law_09_only_a_reviewer_or_a_rename_lifts_the_hold() -> None:
    gone = Change(kind=ChangeKind.DELETED, doc_id="s:a.md", previous=known(tagged()))
    approved = gone.model_copy(update={"previous": known(tagged(), deletion_approved=True)})
    moved = gone.model_copy(update={"renamed_away": True})
    assert settle_deletion(gone, DeletionHold.BEHIND_LINK).hold is DeletionHold.BEHIND_LINK
    assert not settle_deletion(approved, DeletionHold.AT_ONCE).held
    assert not settle_deletion(moved, DeletionHold.AT_ONCE).held
