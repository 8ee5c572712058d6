"""Four real refreshes for `replay_year.py`: an ordinary day, a flood, a mass rewrite and a mass deletion.

A real home with the real detectors and the real model. Its ledger gets the record of a year, moved so that it ended the
day before yesterday; then each attack is made on the files, refreshed, and undone as people would, who then release the
source.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.domain.documents.provenance import Source, SourceState
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.rates.breaches import WindowRates
from pipeline.domain.rates.recorded import Graph
from pipeline.runs.refresh import refresh
from pipeline.stores.ledger.ingest_rates import recorder
from pipeline.workspace import Workspace
from scripts.replay.source import DELETED, FLOOD_SIZE, REWRITTEN, Handbook, spam


class HandbookHome:
    """A home with the handbook in it."""

    def __init__(self, folder: Path, handbook: Handbook) -> None:
        self.handbook, self.files = handbook, folder / "handbook"
        shutil.copytree(handbook.folder / "rev_old", self.files)
        for path in self.files.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        made = Workspace(folder / "home")
        made.create()
        settings = made.home.configs / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace("settling_hours: 24", "settling_hours: 0"))
        made.close()
        self.workspace = Workspace(folder / "home")
        source = Source(
            name="handbook", uri=str(self.files), owner="people", classification=Classification.INTERNAL,
            tenant="default", allow=("group:staff",), registered_by="olga", registered_at=datetime.now(UTC),
        )  # fmt: skip
        self.workspace.sources.add_source(source, "olga")
        self.workspace.sources.approve_source("handbook", "paul")

    def remember(self, windows: Sequence[WindowRates]) -> None:
        """Put the record of a year into the ledger."""
        shift = datetime.now(UTC) - timedelta(days=2) - windows[-1].start
        moved = [window.model_copy(update={"start": window.start + shift}) for window in windows]
        with self.workspace.database.begin() as connection:
            recorder(Graph.REFRESH, moved, "replayed", self.workspace.home.settings.rates)(
                connection, datetime.now(UTC)
            )

    def day(self, name: str) -> dict[str, object]:
        """One refresh, and what it did."""
        before, clock = self._served(), time.monotonic()
        result = refresh(self.workspace)
        state = self.workspace.sources.source("handbook").state
        if state is SourceState.NARROWED:
            self.workspace.sources.release_source("handbook", "paul", "Looked at it: an exercise.")
        return {
            "day": name,
            "changed": sum(count for kind, count in result.summary.documents.items() if kind.value != "unchanged"),
            "breaches": [breach.sentence for breach in result.breaches],
            "source after it": state.value,
            "verdicts": dict(Counter(o.verdict.action.value for o in result.outcomes if o.verdict)),
            "deletions held": result.summary.held_deletions,
            "served before and after": [before, self._served()],
            "seconds": round(time.monotonic() - clock, 1),
        }

    def _served(self) -> int:
        current = self.workspace.ledger.current_generation()
        return 0 if current is None else current.documents


def real_days(folder: Path, handbook: Handbook, windows: Sequence[WindowRates]) -> list[dict[str, object]]:
    """Results of each real refresh."""
    home = HandbookHome(folder, handbook)
    days = [home.day("first import")]
    home.remember(windows)
    for name, happens in (("ordinary", _ordinary), ("flood", _flood), ("rewrite", _rewrite), ("deletion", _deletion)):
        undo = happens(home)
        days.append(home.day(name))
        if undo is not None:
            undo()
            days.append(home.day(f"after the {name}, undone"))
    home.workspace.close()
    return days


def _ordinary(home: HandbookHome) -> None:
    for name in home.handbook.changes["modified"][:6]:
        shutil.copyfile(home.handbook.folder / "rev_new" / name, home.files / name)


def _flood(home: HandbookHome) -> Callable[[], None]:
    offers = home.files / "offers"
    offers.mkdir()
    for number in range(FLOOD_SIZE):
        (offers / f"{number:03}.md").write_text(spam(number))
    return lambda: shutil.rmtree(offers)


def _rewrite(home: HandbookHome) -> Callable[[], None]:
    before = {name: (home.files / name).read_bytes() for name in _first(home, REWRITTEN)}
    for name, content in before.items():
        paragraphs = content.decode("utf-8", "replace").split("\n\n")
        (home.files / name).write_text("\n\n".join([*reversed(paragraphs), "Ask the new agency first."]))
    return lambda: _restore(home, before)


def _deletion(home: HandbookHome) -> Callable[[], None]:
    before = {name: (home.files / name).read_bytes() for name in _first(home, DELETED)}
    for name in before:
        (home.files / name).unlink()
    return lambda: _restore(home, before)


def _restore(home: HandbookHome, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (home.files / name).write_bytes(content)


def _first(home: HandbookHome, share: float) -> list[str]:
    return home.handbook.names[: round(share * len(home.handbook.names))]
