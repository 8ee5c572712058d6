from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.rates.breaches import Band, Breach, BreachKind, Limits, WindowRates, judge
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures

AT = datetime(2026, 11, 2, 10, 5, tzinfo=UTC)


def judged(
    known: int, limits: Limits | None = None, bands: dict[tuple[str | None, Figure], int] | None = None,
    *, settled: bool = True, lately: IngestFigures | None = None, owners: dict[str, IngestFigures] | None = None,
    **figures: int,
) -> list[Breach]:  # fmt: skip
    """What leaves its bounds; `bands` ends learned bands at these values."""
    of = owners or {"ada": IngestFigures(**figures)}
    window = WindowRates(source="wiki", start=AT, known=known, owners=of)

    def learn(owner: str | None, figure: Figure, value: int) -> Band | None:
        bound = (bands or {}).get((owner, figure))
        return None if bound is None else Band(windows=30, median=2, bound=bound, score=9, left=value > bound)

    return judge(window, of, limits or Limits(), learn, lately=lately or IngestFigures(), settled=settled)


@given(st.integers(1, 10**6), st.integers(1, 10**9))
def test_a_source_without_documents_breaks_no_share(documents: int, bytes_: int) -> None:
    assert judged(0, documents=documents, bytes=bytes_, quarantined=documents, near_duplicates=documents) == []


@pytest.mark.parametrize(
    ("known", "changed", "fires"),
    [(100, 80, True), (100, 51, True), (100, 50, False), (12, 10, True), (11, 9, False), (1_000, 80, False)],
)
def test_replacing_more_than_half_of_a_source_fires_unless_it_is_a_handful(
    known: int, changed: int, fires: bool
) -> None:
    found = judged(known, documents=changed, churned=changed)
    assert [breach.figure for breach in found] == [Figure.CHURNED] * fires


def test_a_breach_says_which_figure_and_by_how_much() -> None:
    (breach,) = judged(100, documents=80, churned=80)
    assert (
        breach.sentence
        == "80 known documents were changed or deleted in a short time; the limit is 50 of 100: 1.6 times as much."
    )
    (breach,) = judged(10_000, bands={(None, Figure.DOCUMENTS): 37}, documents=412)
    assert breach.sentence == (
        "412 documents came or changed in a short time; its band, learned from 30 earlier windows, ends at 37 around a "
        "median of 2: 11.1 times as much."
    )


def test_the_figure_that_says_most_is_named_first() -> None:
    found = judged(100, bands={(None, Figure.DOCUMENTS): 1}, documents=90, churned=90, deleted=90)
    assert [breach.figure for breach in found] == [Figure.DELETED, Figure.CHURNED, Figure.DOCUMENTS]


@pytest.mark.parametrize("figure", ["quarantined", "near_duplicates"])
def test_shares_of_a_window_are_not_looked_at_while_a_source_is_being_filled(figure: str) -> None:
    flood = {"documents": 40, figure: 30}
    assert [breach.figure.value for breach in judged(100, **flood)] == [figure]
    assert judged(100, settled=False, **flood) == []
    assert judged(100, **{"documents": 29, figure: 29}) == [], "too few to speak of shares"


def test_fixed_numbers_hold_for_the_first_import_too_where_somebody_set_them() -> None:
    limits = Limits(max_documents=500, max_bytes=10_000)
    found = judged(0, limits, documents=501, bytes=10_001)
    assert {breach.figure for breach in found} == {Figure.DOCUMENTS, Figure.BYTES}
    assert judged(0, limits, documents=500, bytes=10_000) == []


def test_few_documents_are_never_out_of_pattern_whatever_was_learned() -> None:
    bands = {(None, figure): 0 for figure in Figure}
    assert judged(100, bands=bands, documents=9, bytes=10**9, findings=500) == []
    assert {breach.figure for breach in judged(100, bands=bands, documents=10, bytes=10**9)} == {
        Figure.DOCUMENTS, Figure.BYTES,
    }  # fmt: skip


def test_one_figure_is_told_once_by_its_fixed_limit_or_for_the_source_before_its_owners() -> None:
    bands = {(None, Figure.CHURNED): 20, ("ada", Figure.CHURNED): 20}
    owners = {"ada": IngestFigures(documents=60, churned=60), "bob": IngestFigures(documents=1)}
    (breach,) = judged(100, bands=bands, owners=owners)
    assert (breach.kind, breach.owner) == (BreachKind.FIXED, None)


def test_an_owner_out_of_pattern_in_a_source_that_is_not_is_told() -> None:
    owners = {"ada": IngestFigures(documents=60), "bob": IngestFigures(documents=500)}
    (breach,) = judged(10_000, bands={("ada", Figure.DOCUMENTS): 12}, owners=owners)
    assert (breach.owner, breach.figure, breach.value, breach.bound) == ("ada", Figure.DOCUMENTS, 60, 12)
    assert breach.sentence.startswith("Of owner ada, 60 documents")


def test_a_source_flooded_piece_by_piece_fires_when_half_as_much_again_has_come() -> None:
    lately = IngestFigures(documents=50)
    assert judged(150, lately=lately) == []
    assert judged(149, lately=IngestFigures(documents=49), documents=1) == [], "50 new ones on 100 known before"
    (breach,) = judged(150, lately=lately, documents=1)
    assert breach.sentence == "51 new documents came in a short time; the limit is 50 of 100: 1.0 times as much."
    assert judged(150, lately=lately, settled=False, documents=1) == []
    assert judged(5_000, lately=IngestFigures(documents=4_980), documents=50) == [], "a source that is being filled"


def test_a_limit_that_is_off_is_off() -> None:
    limits = Limits(max_churned_share=None, max_deleted_share=None)
    assert judged(100, limits, documents=90, churned=90, deleted=90) == []


def test_a_source_replaced_piece_by_piece_fires_when_most_of_it_is() -> None:
    assert judged(100, lately=IngestFigures(churned=45), documents=5, churned=5) == []
    (breach,) = judged(100, lately=IngestFigures(churned=46), documents=5, churned=5)
    assert (breach.figure, breach.value, breach.bound) == (Figure.CHURNED, 51, 50)
    assert judged(100, lately=IngestFigures(churned=90, deleted=40), documents=5) == [], "nothing of it in this window"
