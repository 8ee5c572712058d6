"""Content that comes under another name: what a run must know of it before a verdict may be published.

The gates judge without it first, because hardly any change is a return. Then the ledger is asked about what would be
served or shown to people; where an older name counts and the verdict did not go by it, the gates judge again with it.

Invariants: under the publisher's lock no verdict is published that went by another past than the ledger holds then
(laws 8 and 10). An older name from before names were scanned is in no reason as it was recorded (law 4).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.pasts import Arrival, Past
from pipeline.domain.documents.provenance import Source
from pipeline.domain.identity.persons import person
from pipeline.files.json_lines import write_records
from pipeline.stores.ledger import content_history
from pipeline.workspace import Workspace
from transforms.support.context import PASTS


class Unconsidered(NamedTuple):
    """Older names that verdicts did not go by."""

    documents: frozenset[str]
    """To be judged again."""
    pasts: dict[str, Past]
    """By document, the older names that count."""


def unconsidered(workspace: Workspace, sources: Mapping[str, Source], outcomes: Iterable[Outcome]) -> Unconsidered:
    """Compare what the verdicts of a run went by with what counts of the older names of its contents."""
    outcomes = list(outcomes)
    arrivals = {outcome.doc_id: one for outcome in outcomes if (one := _arrival(outcome, sources)) is not None}
    gone = {outcome.doc_id for outcome in outcomes if outcome.kind is ChangeKind.DELETED}
    with workspace.database.read() as connection:
        at = workspace.database.now(connection)
        on_record = content_history.pasts(connection, list(arrivals.values()), gone, at)
    names, words = workspace.recorded_names, workspace.words
    found = {doc_id: past.with_names(names, words) for doc_id, past in on_record.items()}
    wrong = {
        outcome.doc_id
        for outcome in outcomes
        if outcome.doc_id in arrivals
        and outcome.past != (found[outcome.doc_id].digest if outcome.doc_id in found else "")
    }
    return Unconsidered(frozenset(wrong), found)


def write_pasts(staging: Path, pasts: Iterable[Past]) -> None:
    """Leave the pasts that count where the gates of a run read them."""
    staging.mkdir(parents=True, mode=0o700, exist_ok=True)
    write_records(staging / PASTS, pasts)


def _arrival(outcome: Outcome, sources: Mapping[str, Source]) -> Arrival | None:
    """A document that would be served or wait for people, other than as it is served already."""
    tagged, verdict = outcome.tagged, outcome.verdict
    if tagged is None or verdict is None or verdict.action.rank > Action.REVIEW.rank:
        return None
    if outcome.kind in (ChangeKind.UNCHANGED, ChangeKind.DELETED):
        return None
    provenance = tagged.provenance
    return Arrival(
        doc_id=outcome.doc_id,
        version_id=outcome.version_id,
        compared=outcome.compared,
        content_digest=provenance.content_digest,
        sketch=outcome.sketch,
        words=outcome.words,
        passages=outcome.passages,
        source=tagged.ref.source,
        source_owner=person(sources[tagged.ref.source].owner),
        owner=person(provenance.owner),
        submitter=person(provenance.submitter),
        access=provenance.access,
    )
