"""A verdict is published only if what it was based on still holds."""

from itertools import permutations

from pipeline.domain.documents.documents import ChangeKind, KnownVersion, LastSeen, Outcome
from pipeline.runs.streaming.settling import latest, reference, settle
from tests.support.ledger_samples import BINDING, RULE, outcome


def judged(content: str = "first", *, order: int | None = None, basis: str = "", uri: str = "a.md") -> Outcome:
    return outcome(uri, content).model_copy(update={"order": order, "basis": basis})


def known(content: str) -> KnownVersion:
    one = outcome("a.md", content)
    assert one.tagged is not None
    assert one.verdict is not None
    return KnownVersion(
        doc_id=one.doc_id,
        version_id=one.version_id,
        content_digest=one.tagged.provenance.content_digest,
        served_digest=one.served_digest,
        access=RULE,
        metadata_digest=one.tagged.provenance.metadata_digest,
        binding=BINDING.digest,
        action=one.verdict.action,
        live=True,
    )


def always(_: Outcome) -> bool:
    return True


def test_what_was_based_on_what_is_known_now_is_published() -> None:
    now = known("before")
    one = judged(basis=now.digest)
    assert settle({one.doc_id: one}, {one.doc_id: LastSeen(known=now)}, always).publish == [one]
    new = judged()
    assert settle({new.doc_id: new}, {}, always).publish == [new]


def test_what_was_based_on_something_else_is_judged_again() -> None:
    stale = judged(basis=known("before").digest)
    now = {stale.doc_id: LastSeen(known=known("meanwhile"))}
    settled = settle({stale.doc_id: stale}, now, always)
    assert (settled.again, settled.publish) == ([stale], [])
    thought_new = judged()
    assert settle({thought_new.doc_id: thought_new}, now, always).again == [thought_new]


def test_what_was_judged_under_other_controls_is_judged_again() -> None:
    one = judged()
    settled = settle({one.doc_id: one}, {}, lambda _: False)
    assert (settled.again, settled.publish) == ([one], [])


def test_a_version_older_than_the_one_decided_counts_for_nothing() -> None:
    late = judged(order=3)
    settled = settle({late.doc_id: late}, {late.doc_id: LastSeen(order=4)}, always)
    assert (settled.superseded, settled.publish, settled.again) == ([late], [], [])


def test_unchanged_documents_are_told_apart_from_verdicts() -> None:
    now = known("same")
    same = Outcome(doc_id=now.doc_id, kind=ChangeKind.UNCHANGED, version_id=now.version_id, basis=now.digest)
    settled = settle({same.doc_id: same}, {same.doc_id: LastSeen(known=now)}, always)
    assert (settled.unchanged, settled.publish) == ([same], [])
    lifted = settle({same.doc_id: same}, {same.doc_id: LastSeen(known=known("other"))}, always)
    assert lifted.again == [same]


def test_of_several_windows_the_latest_counts_unless_its_version_is_older() -> None:
    first, second = judged("one"), judged("two")
    assert latest([[first], [second]]) == {first.doc_id: second}
    versions = [judged("one", order=1), judged("two", order=2), judged("three", order=3)]
    for windows in permutations(versions):
        assert latest([[one] for one in windows]) == {versions[2].doc_id: versions[2]}


def test_every_outcome_ends_in_exactly_one_place() -> None:
    outcomes = {one.doc_id: one for one in (judged(uri=f"{n}.md", order=n) for n in range(6))}
    seen = {doc_id: LastSeen(order=3) for doc_id in outcomes}
    settled = settle(outcomes, seen, lambda one: one.order != 4)
    placed = [*settled.publish, *settled.unchanged, *settled.superseded, *settled.again]
    assert sorted(one.doc_id for one in placed) == sorted(outcomes)
    assert settled.documents == set(outcomes)


def test_what_is_judged_again_is_looked_for_where_it_was() -> None:
    one = judged()
    assert one.tagged is not None
    assert reference(one) == one.tagged.ref
    gone = reference(Outcome(doc_id="topic:a/b", kind=ChangeKind.DELETED, version_id="v", order=7))
    assert (gone.source, gone.uri, gone.gone, gone.order) == ("topic", "a/b", True, 7)
