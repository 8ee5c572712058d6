"""Verifies kept generations: signature, every digest fresh from disk, and agreement of their parts.

Invariants: it changes nothing and does not trust earlier verifications. A generation that differs does not stop the
verification of the others.
"""

from collections.abc import Callable, Sequence

from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.stores.ledger.retained import Retained
from pipeline.workspace import Workspace

Advance = Callable[[int, int], None]
"""Told how many generations were verified, and of how many."""


class VerifiedGeneration(Frozen):
    """What verifying one generation gave."""

    number: int
    digest: str
    documents: int
    chunks: int
    difference: str | None
    """What differs; None when everything holds."""


def verify(
    workspace: Workspace,
    number: int | None = None,
    *,
    every: bool = False,
    advance: Advance = lambda _done, _total: None,
) -> list[VerifiedGeneration]:
    """Verify the generation being served, or `number`, or every kept one."""
    records = _chosen(workspace, number, every=every)
    verified = []
    for done, record in enumerate(records):
        advance(done, len(records))
        verified.append(_verified(workspace, record))
    advance(len(records), len(records))
    return verified


def _chosen(workspace: Workspace, number: int | None, *, every: bool) -> Sequence[GenerationRecord]:
    if number is not None:
        return [workspace.ledger.generation(number)]
    if every:
        pruned = Retained(workspace.database).pruned()
        return [record for record in workspace.ledger.generations() if record.number not in pruned]
    current = workspace.ledger.current_generation()
    return [] if current is None else [current]


def _verified(workspace: Workspace, record: GenerationRecord) -> VerifiedGeneration:
    difference = None
    try:
        Generation.open(workspace.index, record, workspace.verifier).verify()
    except IntegrityError as error:
        difference = error.what
    return VerifiedGeneration(
        number=record.number,
        digest=record.digest,
        documents=record.documents,
        chunks=record.chunks,
        difference=difference,
    )
