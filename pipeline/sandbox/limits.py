"""Limits of a child process."""

from pydantic import Field

from pipeline.domain.frozen import Frozen

MIB = 1 << 20


class ChildLimits(Frozen):
    """Bounds on one child process, and on each request it works on."""

    memory_bytes: int = Field(default=1024 * MIB, ge=64 * MIB)
    """Private memory the child may hold, its loaded code's data included."""
    cpu_seconds: float = Field(default=30.0, gt=0)
    """Processor time for one request, enforced by the kernel in whole seconds, rounded up."""
    wall_seconds: float = Field(default=60.0, gt=0)
    """Time for one request, from when the child could start on it."""
    output_bytes: int = Field(default=64 * MIB, gt=0)
    """Largest answer to one request."""
    start_seconds: float = Field(default=120.0, gt=0)
    """Time to load the target."""
    file_bytes: int = Field(default=16 * MIB, ge=0)
    """Largest file it may write once it is loaded, through what it opened before; with 0 none may grow."""
    reads: tuple[str, ...] = ()
    """Files and folders it may read while it loads its target, besides code."""
    writes: tuple[str, ...] = ()
    """Folders it may write to while it loads its target. With a document before it, it can write nowhere."""
    require_confinement: bool = False
    """Whether a child that the kernel does not confine in every layer is refused."""
