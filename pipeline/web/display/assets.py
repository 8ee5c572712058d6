"""Static files: read once, named by their digest, so that browsers may keep them for ever.

Invariant: only files that were there at the start are served; no path of a request is ever opened.
"""

import mimetypes
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.digests import digest_bytes

FOLDER = Path(__file__).parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    content: bytes
    media_type: str
    digest: str


class Assets:
    """Every file of the static folder."""

    def __init__(self, folder: Path) -> None:
        self._assets = {
            path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in (".css", ".js", ".svg")
        }

    def find(self, name: str) -> Asset | None:
        """The file of that name."""
        return self._assets.get(name)

    def url(self, name: str) -> str:
        """Its address; another one for every content."""
        return f"/static/{name}?v={self._assets[name].digest[:16]}"


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "text/plain"
    return Asset(content, kind, digest_bytes(content))


ASSETS = Assets(FOLDER)
