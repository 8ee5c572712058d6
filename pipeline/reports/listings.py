"""Which sources the last run could not read completely."""

from pipeline.domain.documents.listings import Omission
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
