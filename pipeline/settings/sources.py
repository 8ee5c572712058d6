"""Settings of sources: where they may point, and how much of one may go in a run. Values only."""

from typing import Any

from pydantic import Field, model_validator

from pipeline.domain.documents.changes import DeletionStats, why_held
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.frozen import Frozen


class GuardSettings(Frozen):
    """The mass-delete guard (law 9): deletions beyond a bound wait for review, in small sources too."""

    max_deleted_share: float = Field(default=0.2, ge=0, le=1)
    """A run that deletes more than this share of a source's documents holds the deletions for review."""
    max_deleted_count: int = Field(default=500, ge=0)
    """A run that deletes more than this number of a source's documents holds the deletions for review."""
    free_deletions: int = Field(default=1, ge=0)
    """So many documents of a source may go in one run whatever share of it they are, unless they are all of it."""
    window_days: int = Field(default=30, ge=0)
    """Deletions of so many days count together: a source is measured by the most documents it had at once in that time,
    or since people last let deletions of it go. 0: each run counts alone."""

    def why_held(self, stats: DeletionStats) -> DeletionHold | None:
        """Why deletions of a source wait for people; None if they may go."""
        return why_held(
            stats, max_share=self.max_deleted_share, max_count=self.max_deleted_count, free=self.free_deletions
        )

    @model_validator(mode="before")
    @classmethod
    def _without_old_bound(cls, given: Any) -> Any:
        """Settings of earlier versions set small sources apart with `min_documents`; they are guarded like others."""
        return {key: given[key] for key in given if key != "min_documents"} if isinstance(given, dict) else given


class SourceSettings(Frozen):
    """Which buckets a source may point to."""

    schemes: tuple[str, ...] = ("gs", "s3", "hdfs", "azfs")
    """Schemes that the address of a bucket may have; one works if Beam's file system for it is installed."""
