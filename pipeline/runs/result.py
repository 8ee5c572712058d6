"""The result of a refresh, for other code, people and machines.

Invariants: nothing here imports Beam. The JSON is a contract: keys are added, never renamed.
"""

import json

from pydantic import Field

from pipeline.domain.documents.documents import Action, Outcome
from pipeline.domain.documents.emptiness import NO_TEXT
from pipeline.domain.documents.listings import Listing, Omission
from pipeline.domain.documents.run_changes import DocumentChange, NotServed, changes_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.breaches import Breach
from pipeline.domain.serving.publication import GenerationRecord, RunSummary
from pipeline.domain.telemetry.gate_figures import GateFigures

MOST_KEPT_OUT = 10_000
"""Documents kept out since earlier runs that a result names."""


class HeldNotice(Frozen):
    """Why the generation of a run was not published, and what to do."""

    held_id: str
    says: str
    fix: str


class RefreshResult(Frozen):
    """What a refresh did."""

    summary: RunSummary
    generation: GenerationRecord | None
    """What is being served after the run; None while nothing is."""
    published: bool
    failed_listings: tuple[Listing, ...]
    lone_metadata: tuple[Listing, ...] = ()
    """Sources with metadata files whose document is not there."""
    skipped: dict[str, tuple[Omission, ...]] = Field(default_factory=dict)
    """By source: names that are not documents, such as links to folders, as people may see them."""
    waiting: dict[Action, int]
    kept_out: tuple[NotServed, ...] = ()
    """Documents that are not served: by this run's verdicts, then from before, at most `MOST_KEPT_OUT` of those."""
    dry_run: bool
    outcomes: tuple[Outcome, ...]
    figures: tuple[GateFigures, ...] = ()
    """What the gates counted."""
    breaches: tuple[Breach, ...] = ()
    """Why the run narrowed sources, or in a dry run would; one for each figure that left its bound."""
    held: HeldNotice | None = None
    """Set when the generation waits for a person: then nothing of this run was committed."""

    @property
    def without_text(self) -> int:
        """Documents that were admitted and hold no text: nothing of them is served."""
        return sum(outcome.verdict is not None and NO_TEXT in outcome.verdict.reasons for outcome in self.outcomes)

    @property
    def changes(self) -> list[DocumentChange]:
        """Every document that is not as it was."""
        return changes_of(self.outcomes)


def to_json(result: RefreshResult, most: int | None = None) -> str:
    """The result for machines: one JSON object, with up to `most` documents in a list; None stands for all."""
    changes, kept_out = result.changes, result.kept_out
    summary, generation = result.summary, result.generation
    return json.dumps(
        {
            "run_id": summary.run_id,
            "documents": {kind.value: count for kind, count in summary.documents.items()},
            "verdicts": {action.value: count for action, count in summary.verdicts.items()},
            "generation": {"id": generation.number, "digest": generation.digest} if generation else None,
            "seconds": summary.seconds,
            "bytes": summary.bytes,
            "published": result.published,
            "held": result.held.model_dump() if result.held else None,
            "dry_run": result.dry_run,
            "scanned": summary.scanned,
            "rescanned": summary.rescanned,
            "embedded": summary.embedded,
            "without_text": result.without_text,
            "held_deletions": summary.held_deletions,
            "narrowed": [{**breach.model_dump(mode="json"), "says": breach.sentence} for breach in result.breaches],
            "changed": [one.model_dump(mode="json", exclude_none=True) for one in changes[:most]],
            "changed_in_all": len(changes),
            "kept_out": [one.model_dump(mode="json", exclude_none=True) for one in kept_out[:most]],
            "kept_out_in_all": len(kept_out),
            "waiting": {action.value: count for action, count in result.waiting.items()},
            "lone_metadata": {listing.source: list(listing.orphans) for listing in result.lone_metadata},
            "incomplete_sources": _omissions(summary.incomplete),
            "skipped": _omissions(result.skipped),
            "failed_sources": {listing.source: listing.failure for listing in result.failed_listings},
        }
    )


def _omissions(by_source: dict[str, tuple[Omission, ...]]) -> dict[str, list[dict[str, str]]]:
    return {source: [omission.model_dump() for omission in omissions] for source, omissions in by_source.items()}
