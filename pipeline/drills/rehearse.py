"""Runs a drill on a copy of a home.

The copy is a backup of the served home, restored to a scratch folder without anchors and notifications. Nothing but the
backup reads the served home, and nothing but the signed record and two audit entries is written to it.

Invariants: a step that fails ends the drill, which is then recorded as failed. The scratch folder, which holds texts
and private keys, is closed to others and removed at the end.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline import __version__
from pipeline.backups.create import CreatedBackup, create
from pipeline.backups.restore import RestoredHome, RestoreRequest, restore
from pipeline.domain.errors import ConfigError, CorpusgateError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.drills.record import DrillRecord, DrillStep, keep
from pipeline.workspace import Workspace

Drill = Callable[["DrillCopy"], None]


class NotProven(CorpusgateError):
    """A drill did not show what it had to show."""


class _Ended(Exception):
    """A step failed, so the rest of the drill has nothing to stand on."""


@dataclass
class StepSeen:
    """The observation of a step, in a sentence."""

    says: str = ""


@dataclass
class DrillCopy:
    """The copy that a drill works on."""

    folder: Path
    backup: CreatedBackup
    by: Caller
    steps: list[DrillStep] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """Folder of the copy."""
        return self.folder / "copy"

    @contextmanager
    def step(self, name: str) -> Iterator[StepSeen]:
        """One step, timed; if it raises, it is recorded as failed and the drill ends."""
        seen, clock = StepSeen(), time.monotonic()
        ended: Exception | None = None
        try:
            yield seen
        except CorpusgateError as error:
            ended, seen.says = error, error.what
        except (OSError, ValueError, LookupError) as error:
            ended, seen.says = error, f"It stopped on {type(error).__name__}."  # a message can hold text
        self.steps.append(
            DrillStep(
                name=name, fine=ended is None, says=self._shown(seen.says), seconds=round(time.monotonic() - clock, 3)
            )
        )
        if ended is not None:
            raise _Ended from ended

    def _shown(self, says: str) -> str:
        """A sentence without the path of the scratch folder, which is gone when an auditor reads the record."""
        return says.replace(f"{self.folder}/", "")

    @contextmanager
    def opened(self, folder: Path | None = None) -> Iterator[Workspace]:
        """The copy, or another home in the scratch folder, as a fresh process opens it."""
        workspace = Workspace(folder or self.home)
        workspace.checkpoints.in_drill = True
        try:
            yield workspace
        finally:
            workspace.close()

    def restore(self, name: str, newer_from: Path | None = None) -> RestoredHome:
        """Restore the backup once more, to a folder of that name."""
        wanted = RestoreRequest(
            backup=self.backup.place,
            to=self.folder / name,
            private_keys=self.backup.keys,
            newer_from=newer_from,
            alone=True,
            in_drill=True,
        )
        return restore(wanted)


def require(condition: bool, otherwise: str) -> None:
    """Raise `NotProven` with that sentence unless the condition holds."""
    if not condition:
        raise NotProven(otherwise, fix="The record of the drill names the step. `corpusgate doctor` checks the home.")


class FinishedDrill(Frozen):
    """A drill and where its record is."""

    record: DrillRecord
    file: Path


def rehearse(
    workspace: Workspace, name: str, drills: Mapping[str, Drill], by: Caller, scratch: Path | None = None
) -> FinishedDrill:
    """Run a drill on a copy of this home, and keep its signed record in the home.

    Args:
        workspace: The served home.
        name: One of `drills`.
        drills: The drills by their names.
        by: An operator.
        scratch: Folder for the copies; by default the one for temporary files. It needs room for three homes.

    Raises `NotAllowed` and whatever a backup raises: without a copy there is no drill and no record.

    """
    by.require(Role.OPERATOR)
    if scratch is not None and scratch.resolve().is_relative_to(workspace.home.folder):
        raise ConfigError("A drill inside the home would be served with it.", fix="Name a folder elsewhere.")
    try:
        folder = Path(tempfile.mkdtemp(prefix="corpusgate-drill-", dir=scratch)).resolve()
    except OSError as error:
        raise ConfigError(f"{scratch} cannot be written: {error.strerror}.", fix="Name another folder.") from None
    try:
        started, clock = datetime.now(UTC), time.monotonic()
        backup = create(workspace, folder / "backup", by, keys=folder / "keys.tar", drill=name)
        copy = DrillCopy(folder, backup, by)
        current = workspace.ledger.current_generation()
        try:
            _make_copy(copy)
            drills[name](copy)
        except _Ended:
            pass  # the last step says why
        record = DrillRecord(
            drill=name,
            version=__version__,
            started_at=started,
            seconds=round(time.monotonic() - clock, 3),
            by=by.name,
            generation=backup.index.ledger.generation,
            documents=current.documents if current else 0,
            backup_digest=backup.digest,
            steps=tuple(copy.steps),
        )
    finally:
        shutil.rmtree(folder)
    return FinishedDrill(record=record, file=keep(workspace, record, by))


def _make_copy(copy: DrillCopy) -> None:
    with copy.step("copy") as seen:
        restored = copy.restore(copy.home.name)
        wrong = [proof for proof in restored.proofs if not proof.fine]
        require(not wrong, f"The restored copy does not prove itself: {'; '.join(proof.says for proof in wrong)}")
        seen.says = (
            f"{len(copy.backup.index.files):,} files, {copy.backup.index.bytes:,} bytes backed up and restored; "
            + "; ".join(f"{proof.name}: {proof.says}" for proof in restored.proofs)
        )
