"""Places that a backup, its keys and a restored home must stay out of: every home, and every folder of a source.

Invariant: nothing is opened or written here. Links are resolved before places are compared.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import ConfigError
from pipeline.files.places import fixed, place_of

_FIX = "Name a place outside homes and sources, best on another disk."


def require_apart(place: Path, sources: Iterable[Source], *, home: Path | None = None) -> None:
    """Refuse a new file or folder inside a home, or where a refresh would read it as documents.

    Args:
        place: The new file or folder.
        sources: The registered sources, in any state: one that is not approved yet can be later.
        home: The served home; other homes are recognised by their files.

    Raises:
        ConfigError: It is inside.

    """
    real = Path(os.path.realpath(place))
    for folder in (real, *real.parents):
        if (home is not None and folder == home.resolve()) or _is_home(folder):
            raise ConfigError(f"{place} is inside the home {folder} and would be lost with it.", fix=_FIX)
    for source in sources:
        if _reads(source, real):
            raise ConfigError(
                f"{place} is inside the source {source.name}: the next refresh would read its texts as documents.",
                fix=_FIX,
            )


def _is_home(folder: Path) -> bool:
    return (folder / "configs" / "corpusgate.yaml").is_file() and (folder / "keys" / "trusted").is_dir()


def _reads(source: Source, real: Path) -> bool:
    if not source.uri.startswith("/"):
        return False  # an inbox, which is in the home
    try:
        place = fixed(place_of(source.uri))
    except FileNotFoundError:
        return False
    if not real.is_relative_to(place.root):
        return False
    inside = real.relative_to(place.root).as_posix()
    return place.holds(inside) or place.enters(inside)
