"""A served home with an anchor outside it, and backups of it that tests restore."""

import shutil
from pathlib import Path

from pipeline.backups.create import CreatedBackup, create
from pipeline.backups.restore import RestoredHome, RestoreRequest, restore
from pipeline.workspace import Workspace
from tests.support.gated_home import File, GatedHome
from tests.support.served_home import OPERATOR

SECRET_WORDS = "the kingfisher waits under the bridge"


class BackedUpHome:
    """A home with two documents, and one backup of it."""

    def __init__(self, folder: Path, *, anchored: bool = True) -> None:
        self.root, self.folder, self.anchor = folder, folder / "home", folder / "anchor"
        self.gated = GatedHome(self.folder, "wiki")
        if anchored:
            self.anchor.mkdir()
            settings = self.folder / "configs" / "corpusgate.yaml"
            settings.write_text(settings.read_text().replace("  anchors: []", f"  anchors: [{self.anchor}]"))
        self.reopen()
        self.gated.files["wiki:a.md"] = File(SECRET_WORDS)
        self.gated.files["wiki:b.md"] = File("second")
        self.gated.refresh()

    @property
    def workspace(self) -> Workspace:
        """The home as it is open now."""
        return self.gated.workspace

    def reopen(self) -> None:
        """Open the home as a fresh process does."""
        self.gated.workspace.close()
        self.gated.workspace = Workspace(self.folder)

    def back_up(self, name: str = "backup") -> CreatedBackup:
        """Write a backup, and the private keys next to it."""
        return create(self.workspace, self.root / name, OPERATOR, keys=self.root / f"{name}.keys")

    def restore(self, to: str = "restored", name: str = "backup", **more: object) -> RestoredHome:
        """Restore that backup with its private keys."""
        wanted = {"backup": self.root / name, "to": self.root / to, "private_keys": self.root / f"{name}.keys", **more}
        return restore(RestoreRequest.model_validate(wanted))

    def export(self) -> Path:
        """Write the audit log to a file, as `audit export` does."""
        to = self.root / "log.jsonl"
        to.write_bytes(b"".join(event.line + b"\n" for event in self.workspace.audit.events()))
        return to

    def lose(self) -> None:
        """Lose the home."""
        self.gated.close()
        shutil.rmtree(self.folder)


def read(folder: Path, home: GatedHome, reader: str = "ada") -> dict[str, str]:
    """What somebody finds in a restored home: document to text."""
    before, home.workspace = home.workspace, Workspace(folder)
    try:
        return home.read(reader)
    finally:
        home.workspace.close()
        home.workspace = before
