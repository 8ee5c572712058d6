"""Charts from plain numbers: stacked columns as SVG, with the same numbers as a table.

Invariants: the picture holds shapes only; axis labels, legend and figures are HTML, so that they keep their size and
are read out. Colours are classes, never attributes: the style sheet gives them, in light and dark.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.serving.runs import Run

HEIGHT = 100.0
"""Units of the picture's height; its width has one unit for each column."""
BAR = 0.72
"""Share of its unit that a column fills."""
_STEPS = (1, 2, 5)
WEEK = 7
"""Fewest days that are drawn."""
UNKNOWN = "not on record"


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing, counted for each column; `kind` is its colour's class."""

    name: str
    kind: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle of the picture."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """The rectangles of a day, and what they say."""

    blocks: tuple[Rectangle, ...]
    x: float
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a template draws."""

    id: str
    title: str
    summary: str
    """The picture in a sentence."""
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    ticks: tuple[str, ...]
    """From the top down; the last is zero."""
    empty: bool
    each: str = "Day"
    """The time that a column stands for."""
    unknown: tuple[bool, ...] = ()
    """For each column, whether its figures are not on record; empty if all are."""

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: a row for each column that is not empty, and for each that is unknown."""
        by_column = zip(self.labels, zip(*(one.values for one in self.series), strict=True), strict=True)
        missing = self.unknown or (False,) * len(self.labels)
        return [
            (label, [UNKNOWN if unknown else figure(value) for value in values])
            for (label, values), unknown in zip(by_column, missing, strict=True)
            if any(values) or unknown
        ]


def columns(
    id_: str,
    title: str,
    unit: str,
    labels: Sequence[str],
    series: Sequence[Series],
    summary: str = "",
    *,
    each: str = "Day",
    unknown: Sequence[bool] = (),
) -> Chart:
    """A chart of stacked columns; `summary` where their sum says nothing. An unknown column is never drawn as zero."""
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top = ceiling(max(totals, default=0))
    drawn = []
    for place, (label, total) in enumerate(zip(labels, totals, strict=True)):
        blocks, height = [], 0.0
        if unknown and unknown[place]:
            drawn.append(Column((_block("unknown", place, 0, HEIGHT),), place, f"{label}: {UNKNOWN}"))
            continue
        for one in series:
            if value := one.values[place]:
                share = value / top * HEIGHT
                height += share
                blocks.append(_block(one.kind, place, HEIGHT - height, share))
        parts = ", ".join(f"{figure(one.values[place])} {one.name}" for one in series if one.values[place])
        drawn.append(Column(tuple(blocks), place, f"{label}: {parts}" if total else f"{label}: nothing"))
    return Chart(
        id=id_,
        title=title,
        summary=summary or _summary(labels, totals, unit),
        unit=unit,
        labels=tuple(labels),
        series=tuple(series),
        columns=tuple(drawn),
        ticks=(figure(top), figure(top / 2), "0"),
        empty=not any(totals) and not any(unknown),
        each=each,
        unknown=tuple(unknown),
    )


def ceiling(most: float) -> float:
    """The next round number: one, two or five times a power of ten."""
    if most <= 0:
        return 1
    power = 1.0
    while power * 10 <= most:
        power *= 10
    while power > most:
        power /= 10
    return next((step * power for step in _STEPS if step * power >= most), 10 * power)


def figure(value: float) -> str:
    """A number as people read it."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def of_runs(runs: Iterable[Run], today: date, days: int) -> list[Chart]:
    """The last days of a corpus: what came in, what was decided, and how long runs took.

    A young corpus is drawn from its first run on, over a week at least, so that its columns are not one thin line.
    """
    runs = list(runs)
    age = (today - min((run.started_at.date() for run in runs), default=today)).days + 1
    shown = max(min(days, age), min(days, WEEK))
    first = today - timedelta(days=shown - 1)
    dates = [first + timedelta(days=n) for n in range(shown)]
    by_day: dict[date, list[Run]] = {day: [] for day in dates}
    for run in runs:
        if run.summary is not None and run.state == "finished" and run.started_at.date() in by_day:
            by_day[run.started_at.date()].append(run)
    labels = [f"{day:%-d %b}" for day in dates]
    kinds = [kind for kind in ChangeKind if kind is not ChangeKind.UNCHANGED]
    documents = [Series(kind.value, f"kind-{kind.value}", _summed(by_day, "documents", kind)) for kind in kinds]
    verdicts = [
        Series(action.value, f"verdict-{action.value}", _summed(by_day, "verdicts", action)) for action in Action
    ]
    seconds = {day: sorted(run.summary.seconds for run in held if run.summary) for day, held in by_day.items()}
    median = tuple(held[len(held) // 2] if held else 0.0 for held in seconds.values())
    longest = tuple(held[-1] - middle if held else 0.0 for held, middle in zip(seconds.values(), median, strict=True))
    durations = [Series("median", "seconds-median", median), Series("more for the longest", "seconds-longest", longest)]
    return [
        columns("documents", "Changed documents a day", "documents", labels, documents),
        columns("verdicts", "Verdicts a day", "verdicts", labels, verdicts),
        columns("durations", "Seconds a run takes", "seconds", labels, durations, _slowest(labels, seconds.values())),
    ]


def _slowest(labels: Sequence[str], seconds: Iterable[Sequence[float]]) -> str:
    longest = [held[-1] if held else 0.0 for held in seconds]
    if not any(longest):
        return f"From {labels[0]} to {labels[-1]}: no run finished."
    most = max(longest)
    return (
        f"From {labels[0]} to {labels[-1]}: the longest run took {figure(most)} seconds, on "
        f"{labels[longest.index(most)]}."
    )


def _summed(by_day: Mapping[date, Sequence[Run]], what: str, key: ChangeKind | Action) -> tuple[float, ...]:
    return tuple(float(sum(getattr(run.summary, what).get(key, 0) for run in held)) for held in by_day.values())


def _block(kind: str, place: int, y: float, height: float) -> Rectangle:
    return Rectangle(kind, round(place + (1 - BAR) / 2, 3), round(y, 3), BAR, round(height, 3))


def _summary(labels: Sequence[str], totals: Sequence[float], unit: str) -> str:
    if not any(totals):
        return f"From {labels[0]} to {labels[-1]}: nothing." if labels else "Nothing."
    most = max(totals)
    return (
        f"From {labels[0]} to {labels[-1]}: {figure(sum(totals))} {unit} in all, "
        f"most on {labels[totals.index(most)]} with {figure(most)}."
    )
