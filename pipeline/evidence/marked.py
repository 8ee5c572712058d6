"""High-water marks of the audit log in the manifests of the index, compared with this home.

Invariants: a manifest counts if an accepted key signed it, whether or not the ledger knows its generation: an index
that is newer than its database names entries that the database lacks. The newest manifest is enough to notice that; all
of them are compared when the whole log is verified.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError
from pipeline.evidence.anchored import AnchorState
from pipeline.stores.audit.checkpoints import Checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.index.signing import Verifier


class MarkedManifests:
    """The manifests in one index, read now."""

    def __init__(
        self, index: Path, stored: Checkpoints, verifier: "Callable[[], Verifier]", accepted: frozenset[str]
    ) -> None:
        self._index, self._stored, self._verifier, self._accepted = index, stored, verifier, accepted

    def state(self) -> AnchorState:
        """Whether the mark of the newest manifest fits the audit log."""
        from pipeline.index.manifest import FOLDER  # loads the index, which few commands need

        newest = next(self.marks(), None)
        return AnchorState(folder=self._index / FOLDER, clash="" if newest is None else self._clash(newest))

    def clashing(self) -> Iterator[LogMark]:
        """Every mark that does not fit."""
        return (mark for mark in self.marks() if self._clash(mark))

    def marks(self) -> Iterator[LogMark]:
        """The marks that an accepted key signed and no operator gave up, that of the highest generation first."""
        from pipeline.index.manifest import PAYLOAD_TYPE, json_object, newest_manifests, parse_statement

        for path in newest_manifests(self._index):
            try:
                payload = self._verifier().verify(json_object(path.read_bytes(), path.name), PAYLOAD_TYPE)
                mark = parse_statement(payload, path.name).predicate.log
            except (IntegrityError, OSError):
                continue  # `doctor` reads the generations that the ledger knows, and names what is damaged
            if mark is not None and digest_text(mark.text) not in self._accepted:
                yield mark

    def _clash(self, mark: LogMark) -> str:
        """Why a mark does not fit the audit log; empty if it fits."""
        if (now := self._stored.size) < mark.entries:
            return f"A manifest was signed when the audit log had {mark.entries:,} entries, and now it has {now:,}."
        if self._stored.mark(mark.entries) != mark:
            return f"A manifest names another entry {mark.entries:,} than the audit log has."
        return ""
