"""Retrievals for tests."""

from datetime import UTC, datetime

from pipeline.domain.serving.retrievals import Retrieval, RetrievedPassage

MOMENT = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)


def retrieval(number: int = 1, *versions: str, at: datetime = MOMENT, principal: str = "user:ann") -> Retrieval:
    """An answer with a passage of each version."""
    passages = [
        RetrievedPassage(chunk_id=f"{rank:032x}", version_id=version, score=0.9 - rank / 7)
        for rank, version in enumerate(versions)
    ]
    return Retrieval(
        id=f"{number:032x}",
        at=at,
        principal=principal,
        on_behalf_of=None,
        door="rest",
        generation=3,
        question="0" * 32,
        asked=10,
        passages=tuple(passages),
    )
