"""Parts of sources that the last refresh could not read, and the time of the next refresh."""

from datetime import UTC, datetime

from pipeline.domain.documents.listings import Omission
from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.submissions.reading import reading_words
from pipeline.stores.ledger.ledger import Ledger

LOOKED_AT = 200
"""Newest runs among which the last run of a source is looked for."""


def unread_parts(ledger: Ledger) -> dict[str, tuple[Omission, ...]]:
    """By source: folders and feeds that the last finished run could not read; sources read completely are left out."""
    last: dict[str, tuple[Omission, ...]] = {}
    for run in ledger.runs(LOOKED_AT):
        if run.summary is not None:
            for source in run.sources:
                last.setdefault(source, run.summary.incomplete.get(source, ()))
    return {source: omissions for source, omissions in last.items() if omissions}


def next_refresh(ledger: Ledger, source: Source) -> str:
    """One sentence about when a source is read next: a guess, because a scheduler keeps the times of refreshes."""
    if source.state not in (SourceState.APPROVED, SourceState.NARROWED):
        return f"Not at all while it is {source.state.value}."
    if source.is_kafka:
        return "At once, while `corpusgate stream` runs."
    return reading_words(ledger.began(source.name), datetime.now(UTC))
