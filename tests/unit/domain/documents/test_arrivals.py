"""Versions are ordered by their source, never by arrival."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.arrivals import compare_arrival, compare_deletion, newest
from pipeline.domain.documents.documents import Action, ChangeKind, DocumentRef, KnownVersion, LastSeen, TaggedDocument
from tests.support.ledger_samples import BINDING, RULE, outcome


def ref(order: int | None, *, gone: bool = False, place: str = "x") -> DocumentRef:
    return DocumentRef(source="handbook", uri="a.md", location=place, order=order, gone=gone)


def tagged(content: str, order: int | None) -> TaggedDocument:
    made = outcome("a.md", content).tagged
    assert made is not None
    return made.model_copy(update={"ref": ref(order)})


def seen(content: str, order: int | None) -> LastSeen:
    document = tagged(content, order)
    known = KnownVersion(
        doc_id=document.doc_id,
        version_id=document.version_id,
        content_digest=document.provenance.content_digest,
        served_digest=None,
        access=RULE,
        metadata_digest=document.provenance.metadata_digest,
        binding=BINDING.digest,
        action=Action.QUARANTINE,
        live=False,
    )
    return LastSeen(known=known, order=order)


@given(st.permutations([ref(1), ref(2, gone=True), ref(3), ref(3)]))
def test_the_newest_version_counts_whatever_arrived_first(arrived: list[DocumentRef]) -> None:
    assert newest(arrived).order == 3


@given(st.permutations([ref(None, place="b"), ref(None, place="a"), ref(None, place="c")]))
def test_references_without_an_order_are_settled_alike(arrived: list[DocumentRef]) -> None:
    assert newest(arrived).location == "c"


@given(st.permutations([ref(3), ref(3, gone=True), ref(3)]))
def test_of_equal_orders_a_deletion_counts(arrived: list[DocumentRef]) -> None:
    assert newest(arrived).gone


def test_an_older_version_changes_nothing_however_late_it_comes() -> None:
    change = compare_arrival(tagged("old", 4), seen("new", 5), BINDING.digest)
    assert (change.kind, change.rescan, change.inputs) == (ChangeKind.UNCHANGED, False, 1)


def test_a_newer_version_is_compared_as_in_a_run() -> None:
    change = compare_arrival(tagged("new", 6), seen("old", 5), BINDING.digest)
    assert (change.kind, change.inputs) == (ChangeKind.MODIFIED, 1)


def test_the_same_version_again_is_unchanged_and_judged_again_only_under_other_rules() -> None:
    again = compare_arrival(tagged("same", 5), seen("same", 5), BINDING.digest)
    assert (again.kind, again.rescan) == (ChangeKind.UNCHANGED, False)
    other = compare_arrival(tagged("same", 5), seen("same", 5), "other rules")
    assert other.rescan


def test_a_late_version_does_not_bring_back_what_its_source_deleted() -> None:
    change = compare_arrival(tagged("old", 4), LastSeen(order=5), BINDING.digest)
    assert change.kind is ChangeKind.UNCHANGED
    later = compare_arrival(tagged("new", 6), LastSeen(order=5), BINDING.digest)
    assert later.kind is ChangeKind.NEW


def test_a_deletion_its_source_tells_of_is_one_unless_a_newer_version_is_known() -> None:
    change = compare_deletion(ref(6, gone=True), seen("a", 5), narrowed=False)
    assert (change.kind, change.held, change.order) == (ChangeKind.DELETED, False, 6)
    assert compare_deletion(ref(4, gone=True), seen("a", 5), narrowed=False).kind is ChangeKind.UNCHANGED
    assert compare_deletion(ref(6, gone=True), LastSeen(order=3), narrowed=False).kind is ChangeKind.UNCHANGED


def test_while_its_source_is_narrowed_a_deletion_waits_for_a_person() -> None:
    assert compare_deletion(ref(6, gone=True), seen("a", 5), narrowed=True).held
