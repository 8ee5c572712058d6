"""The names of a home's files and folders, and of the installation's own folder, in one place.

Invariant: importing it costs nothing, for every search on the command line does so.
"""

import sys
from pathlib import Path


def installation() -> Path:
    """Folder of what was derived for this Python environment and serves all its homes."""
    return Path(sys.prefix) / "share" / "corpusgate"


class HomeFiles:
    """Where everything of a home lies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, relative: str) -> Path:
        """An absolute path for something named in the settings."""
        return self.folder / relative

    @property
    def configs(self) -> Path:
        """Folder of the configuration files."""
        return self.folder / "configs"

    @property
    def models_lock(self) -> Path:
        """The lock file of the models."""
        return self.configs / "models.lock.yaml"

    @property
    def models(self) -> Path:
        """Folder of the signed lineages of derived models, and of models that were derived for this home alone."""
        return self.folder / "models"

    @property
    def keys(self) -> Path:
        """Folder of the signing and fingerprint keys, readable by the owner only."""
        return self.folder / "keys"

    @property
    def fingerprint_key_file(self) -> Path:
        """Key of the HMAC over sensitive values, in hexadecimal."""
        return self.keys / "fingerprint.key"

    @property
    def texts(self) -> Path:
        """Folder of the texts of documents, by digest."""
        return self.folder / "texts"

    @property
    def cache(self) -> Path:
        """Folder of what can be computed again."""
        return self.folder / "cache"

    @property
    def embeddings(self) -> Path:
        """The cache of vectors."""
        return self.cache / "embeddings.db"

    @property
    def staging(self) -> Path:
        """Folder of what a run leaves for its publication."""
        return self.folder / "staging"

    @property
    def inbox(self) -> Path:
        """Folder of submitted files."""
        from pipeline.domain.documents.provenance import INBOX

        return self.folder / INBOX

    @property
    def run(self) -> Path:
        """Folder of the socket by which a running server answers the command line."""
        return self.folder / "run"

    @property
    def retrievals(self) -> Path:
        """Folder of the journal of answers that the database does not have yet."""
        return self.folder / "retrievals"

    @property
    def checkpoints(self) -> Path:
        """Folder of signed checkpoints of the audit log."""
        return self.folder / "checkpoints"

    @property
    def receipts(self) -> Path:
        """Folder of signed receipts of erasures."""
        return self.folder / "receipts"

    @property
    def drills(self) -> Path:
        """Folder of signed records of drills."""
        return self.folder / "drills"
