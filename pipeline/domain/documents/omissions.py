"""Parts that listings left out, as people may see them.

Invariants: pure. No detector has looked at these names, so parts that could hold a value are masked (law 4).
"""

from collections.abc import Mapping

from pipeline.domain.documents.listings import Omission
from pipeline.domain.documents.printable_names import unscanned_name

MOST_SHOWN = 50
"""Omissions of one source that are kept with a run; a last line counts the others."""


def shown_omissions(by_source: Mapping[str, tuple[Omission, ...]]) -> dict[str, tuple[Omission, ...]]:
    """The sources that left anything out, with masked names."""
    return {source: _shown(omissions) for source, omissions in by_source.items() if omissions}


def sentence(omissions: tuple[Omission, ...]) -> str:
    """One line about all of them."""
    return "; ".join(f"{omission.name or 'the whole folder'}: {omission.reason}" for omission in omissions)


def _shown(omissions: tuple[Omission, ...]) -> tuple[Omission, ...]:
    shown = [omission.model_copy(update={"name": unscanned_name(omission.name)}) for omission in omissions[:MOST_SHOWN]]
    left = len(omissions) - MOST_SHOWN
    return (*shown, *([Omission(name="…", reason=f"and {left} more")] if left > 0 else []))
