"""Charts: shapes that fit, and the same numbers in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.serving.publication import RunSummary
from pipeline.domain.serving.runs import Run
from pipeline.web.display.charts import HEIGHT, Series, ceiling, columns, of_runs

TODAY = date(2026, 11, 24)


def ran(days_ago: int, seconds: float, state: str = "finished", **documents: int) -> Run:
    at = datetime(2026, 11, 24, 9, tzinfo=UTC) - timedelta(days=days_ago)
    summary = RunSummary(
        run_id=f"{days_ago}-{seconds}",
        documents={ChangeKind(kind): n for kind, n in documents.items()},
        verdicts={Action.ADMIT: sum(documents.values())},
        seconds=seconds,
        bytes=1,
    )
    return Run(run_id=summary.run_id, sources=("s",), state=state, started_at=at, finished_at=at, summary=summary)


@given(
    st.lists(st.lists(st.integers(0, 10**7), min_size=5, max_size=5), min_size=1, max_size=4),
)
def test_columns_stack_from_the_ground_and_never_leave_the_picture(counted: list[list[int]]) -> None:
    series = [Series(f"s{n}", f"k{n}", tuple(map(float, values))) for n, values in enumerate(counted)]
    chart = columns("id", "Title", "things", list("abcde"), series)
    for place, column in enumerate(chart.columns):
        ground = HEIGHT
        for block in column.blocks:
            assert block.y + block.height == pytest.approx(ground, abs=0.01)
            assert place <= block.x
            assert block.x + block.width <= place + 1
            assert block.y >= -0.01
            ground = block.y
        assert len(column.blocks) == sum(bool(values[place]) for values in counted)


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (6, 10), (71, 100), (0.3, 0.5), (2000, 2000)])
def test_the_scale_ends_at_a_round_number(most: float, top: float) -> None:
    assert ceiling(most) == pytest.approx(top)


def test_days_hold_the_runs_that_began_in_them_and_unchanged_documents_are_left_out() -> None:
    runs = [ran(0, 12, new=3, unchanged=90), ran(0, 30, new=1), ran(2, 5, modified=2), ran(40, 5, new=7)]
    documents, verdicts, durations = of_runs([*runs, ran(1, 9, "failed", new=4)], TODAY, 30)
    assert (documents.labels[0], documents.labels[-1]) == ("26 Oct", "24 Nov")
    by_name = {one.name: one.values for one in documents.series}
    assert (by_name["new"][-1], by_name["modified"][-3], sum(by_name["new"])) == (4, 2, 4)
    assert "unchanged" not in by_name
    assert sum(sum(one.values) for one in verdicts.series) == 93 + 1 + 2
    assert durations.summary == "From 26 Oct to 24 Nov: the longest run took 30 seconds, on 24 Nov."


def test_a_young_corpus_is_drawn_from_its_first_run_on_and_a_week_at_least() -> None:
    for days_ago, shown in ((0, 7), (6, 7), (7, 8), (29, 30), (200, 30)):
        documents = of_runs([ran(0, 1, new=1), ran(days_ago, 1, new=1)], TODAY, 30)[0]
        assert (len(documents.labels), documents.labels[-1]) == (shown, "24 Nov")


def test_a_chart_says_in_words_and_figures_what_it_draws() -> None:
    documents = of_runs([ran(0, 1, new=3, deleted=1)], TODAY, 30)[0]
    assert documents.summary == "From 18 Nov to 24 Nov: 4 documents in all, most on 24 Nov with 4."
    assert documents.rows == [("24 Nov", ["3", "0", "0", "0", "1"])]
    assert documents.columns[-1].says == "24 Nov: 3 new, 1 deleted"
    empty = of_runs([], TODAY, 30)
    assert all(one.empty for one in empty)
    assert empty[2].summary == "From 18 Nov to 24 Nov: no run finished."
