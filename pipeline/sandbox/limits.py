"""Limits of a child process."""

from dataclasses import dataclass

MIB = 1 << 20
_LEAST_MEMORY = 64 * MIB
"""An interpreter and its libraries need as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """Bounds on one child process, and on each request it works on."""

    memory_bytes: int = 1024 * MIB
    """Private memory the child may hold, its loaded code's data included."""
    cpu_seconds: float = 30.0
    """Processor time for one request, enforced by the kernel in whole seconds, rounded up."""
    wall_seconds: float = 60.0
    """Time for one request, from when the child could start on it."""
    output_bytes: int = 64 * MIB
    """Largest answer to one request."""
    start_seconds: float = 120.0
    """Time to load the target."""
    file_bytes: int = 16 * MIB
    """Largest file it may write once it is loaded, through what it opened before; with 0 none may grow."""
    reads: tuple[str, ...] = ()
    """Files and folders it may read while it loads its target, besides code."""
    writes: tuple[str, ...] = ()
    """Folders it may write to while it loads its target. With a document before it, it can write to none of them."""
    late_reads: tuple[str, ...] = ()
    """Files and folders it may also read with a document before it, besides code."""
    works_on_disk: bool = False
    """Whether it may make, write and remove files in its scratch folder with a document before it, up to `file_bytes`
    each. The parent removes the folder after the child."""
    require_confinement: bool = False
    """Whether a child that the kernel does not confine in every layer is refused."""

    def __post_init__(self) -> None:
        sizes = self.output_bytes, self.cpu_seconds, self.wall_seconds, self.start_seconds
        if self.memory_bytes < _LEAST_MEMORY or min(sizes) <= 0 or self.file_bytes < 0:
            raise ValueError(f"limits under which no child process can work: {self}")
