import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.documents.documents import (
    Action,
    Binding,
    ChangeKind,
    DocumentRef,
    Impact,
    Outcome,
    TaggedDocument,
    Verdict,
)
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.findings.resemblance import sketch
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.rates.ingest_rates import (
    SAMPLE,
    Figure,
    IngestFigures,
    RateHistory,
    Tally,
    added,
    bucket_of,
    total,
)

AT = datetime(2026, 11, 2, 10, 7, 31, tzinfo=UTC)
RULE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:staff",))
counts = st.integers(0, 10**12)
figures = st.builds(IngestFigures, **{figure.value: counts for figure in Figure})
by_owner = st.dictionaries(st.sampled_from(["ada", "bob", "eve"]), figures)


def outcome(name: str, kind: ChangeKind = ChangeKind.NEW, action: Action = Action.ADMIT, **more: object) -> Outcome:
    provenance = Provenance(
        source="wiki", uri=name, owner="ada", submitter="ada", ingested_at=AT, licence=None, title=None, access=RULE,
        content_digest="c", run_id="run",
    )  # fmt: skip
    tagged = TaggedDocument(ref=DocumentRef(source="wiki", uri=name, location=name), provenance=provenance)
    verdict = Verdict(
        action=action, rule_ids=(), reasons=(), content_digest="c", access_digest="a",
        binding=Binding(policy_digest="p", detector_digest="d", model_digest="m"),
    )  # fmt: skip
    gone = kind is ChangeKind.DELETED
    given = {"tagged": None if gone else tagged, "verdict": None if gone else verdict, "bytes": 0 if gone else 100}
    return Outcome.model_validate({"doc_id": f"wiki:{name}", "kind": kind, "version_id": name, **given, **more})


def words(seed: int, count: int = 60) -> str:
    generator = random.Random(seed)
    return " ".join(
        generator.choice(["river", "stone", "garden", "letter", "window", "music"]) + str(generator.randint(0, 999))
        for _ in range(count)
    )


@given(figures, figures, figures)
def test_figures_add_up_in_any_order(one: IngestFigures, two: IngestFigures, three: IngestFigures) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + IngestFigures() == one
    assert all((one + two).of(figure) == one.of(figure) + two.of(figure) for figure in Figure)


@given(by_owner, by_owner)
def test_owners_add_up_to_the_source(one: dict[str, IngestFigures], two: dict[str, IngestFigures]) -> None:
    assert added(one, two) == added(two, one)
    assert total(added(one, two)) == total(one) + total(two)


@settings(deadline=None)  # the first sketch imports SciPy
@given(st.permutations(range(12)), st.integers(0, 12))
def test_a_tally_is_the_same_however_the_documents_are_spread(order: list[int], cut: int) -> None:
    kinds = [ChangeKind.NEW, ChangeKind.MODIFIED, ChangeKind.DELETED, ChangeKind.ACCESS]
    outcomes = [outcome(str(n), kinds[n % 4], sketch=sketch(words(n // 8)) if n % 4 == 0 else None) for n in range(12)]
    whole = Tally()
    for one in outcomes:
        whole.add(one, "ada")
    parts = [Tally(), Tally()]
    for place, number in enumerate(order):
        parts[place < cut].add(outcomes[number], "ada")
    merged = Tally().merged(parts)
    assert merged.figures() == whole.figures()
    assert merged.figures()["ada"].near_duplicates == 2, "documents 0 and 4 say the same, 8 something else"


def test_every_kind_of_change_counts_as_what_it_is() -> None:
    tally = Tally()
    for one in (
        outcome("new"),
        outcome("changed", ChangeKind.MODIFIED, Action.QUARANTINE),
        outcome("refused", ChangeKind.NEW, Action.REJECT),
        outcome("opened", ChangeKind.MODIFIED, impact=Impact(score=50, access_widened=True)),
        outcome("narrower", ChangeKind.ACCESS),
        outcome("gone", ChangeKind.DELETED, held=True),
    ):
        tally.add(one, "ada")
    assert tally.figures() == {
        "ada": IngestFigures(documents=6, bytes=500, churned=4, deleted=1, access_changed=2, quarantined=2)
    }


@pytest.mark.parametrize(
    "silent",
    [
        outcome("scanned-again", ChangeKind.MODIFIED, rescan=True),
        outcome("as-it-was", ChangeKind.UNCHANGED),
        outcome("old-name", ChangeKind.DELETED, counted=False),
    ],
)
def test_what_the_source_did_not_do_is_not_counted(silent: Outcome) -> None:
    assert Tally().add(silent, "ada").figures() == {}


def test_the_sample_is_bounded_and_stands_for_the_whole_window() -> None:
    alike, tally = sketch(words(1)), Tally()
    for number in range(3 * SAMPLE):
        tally.add(outcome(str(number), sketch=alike), "ada")
        assert len(tally.sample) <= 2 * SAMPLE
    assert tally.figures()["ada"].near_duplicates == 3 * SAMPLE


def test_documents_of_an_ordinary_window_are_no_near_duplicates() -> None:
    tally = Tally()
    for number in range(50):
        tally.add(outcome(str(number), sketch=sketch(words(number))), "ada")
    assert tally.figures()["ada"].near_duplicates == 0


def test_only_new_documents_flood() -> None:
    tally = Tally()
    for number in range(20):
        tally.add(outcome(str(number), ChangeKind.MODIFIED, sketch=sketch(words(1))), "ada")
    assert tally.figures()["ada"].near_duplicates == 0


def test_moments_of_one_bucket_share_its_beginning() -> None:
    assert bucket_of(AT, 300) == datetime(2026, 11, 2, 10, 5, tzinfo=UTC)
    assert bucket_of(bucket_of(AT, 300), 300) == bucket_of(AT, 300)
    history = RateHistory(source="wiki", current_start=bucket_of(AT, 300), current={"ada": IngestFigures(documents=3)})
    assert history.so_far(bucket_of(AT, 300)) == {"ada": IngestFigures(documents=3)}
    assert history.so_far(AT) == {}
