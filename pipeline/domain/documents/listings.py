"""How listing a source went, and what a listing leaves out. Pure."""

from pipeline.domain.frozen import Frozen


class Omission(Frozen):
    """Something that a listing leaves out, and why."""

    name: str
    """Stable name inside the source, printable; empty for all of it."""
    reason: str
    """In words for a person; never document text."""


class Listing(Frozen):
    """How listing one source went."""

    source: str
    documents: int
    failure: str | None = None
    """Why it could not be listed at all; None when it could."""
    partial: tuple[Omission, ...] = ()
    """Folders and feeds that could not be read to their end: nothing beneath them is compared (law 9)."""
    skipped: tuple[Omission, ...] = ()
    """Names that are not documents, such as links to folders."""
    links: tuple[str, ...] = ()
    """Links that are not followed: what was beneath them may still be there."""
    orphans: tuple[str, ...] = ()
    """Metadata files whose document is not there."""
