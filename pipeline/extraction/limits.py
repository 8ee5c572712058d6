"""How much one file may cost."""

from pydantic import BaseModel, ConfigDict, Field

from pipeline.sandbox import ChildLimits


class ExtractionLimits(BaseModel):
    """Bounds on the extraction of one document. Beyond any of them there is a failure, never a shortened text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    memory_bytes: int = Field(default=1 << 30, ge=128 << 20)
    cpu_seconds: float = Field(default=30, gt=0)
    wall_seconds: float = Field(default=45, gt=0)
    max_characters: int = Field(default=5_000_000, gt=0)
    max_depth: int = Field(default=3, ge=0)
    """Levels of documents inside documents, such as a file attached to a message attached to a message."""
    max_hidden_runs: int = Field(default=200, ge=1)
    """Hidden runs reported; a document with more of them is no cleaner for it."""
    max_hidden_characters: int = Field(default=4000, ge=1)
    """Characters kept of one hidden run."""

    @property
    def child(self) -> ChildLimits:
        """The same bounds, as the sandbox enforces them."""
        hidden_bytes = self.max_hidden_runs * (self.max_hidden_characters + 200) * 4
        return ChildLimits(
            memory_bytes=self.memory_bytes,
            cpu_seconds=self.cpu_seconds,
            wall_seconds=self.wall_seconds,
            output_bytes=self.max_characters * 4 + hidden_bytes,
        )
