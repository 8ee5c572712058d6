"""The detectors of a worker process: one guarded child each, made when first needed.

Invariants: every detector a document passes is named here, so policy, canaries and digest cover all of them.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from pipeline.detectors.guarded import GuardedDetector, ScanTicket
from pipeline.detectors.kept_rules import KeptRules
from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Finding
from pipeline.models.lock import ModelLock
from pipeline.sandbox import ChildLimits
from pipeline.settings.application import DetectorSettings

TARGETS = {
    "secrets": "pipeline.detectors.secrets:SecretDetector",
    "pii": "pipeline.detectors.pii:PiiDetector",
    "injection": "pipeline.detectors.injection:InjectionDetector",
    "hidden_text": "pipeline.detectors.hidden_text:HiddenTextDetector",
}
DETECTORS = tuple(TARGETS)
OVERT_ORDERS, PLAIN_ORDERS = "overt-orders", "plain-orders"
"""Names of the models that the injection detector reads with, in the model lock."""
Tickets = Sequence[tuple[GuardedDetector, ScanTicket]]
"""One document, queued in every detector."""
LIBRARIES = ("detect-secrets", "google-re2", "kingfisher-secret-scanner", "presidio-analyzer", "spacy", "yara-x")

_COMPILE_RULES = ("secrets", "injection", "hidden_text")
_KEPT = 2 * len(DETECTORS)
"""Detectors that a process keeps: those of two homes. The child of one that no one holds any more ends."""
_MAKING = threading.Lock()


def detector(name: str, settings: DetectorSettings, home: Path) -> GuardedDetector:
    """The guarded detector of that name, one a process whoever asks."""
    with _MAKING:
        return _detector(name, settings, home)


def trained_models(settings: DetectorSettings, lock: ModelLock) -> dict[str, str]:
    """Models that the injection detector reads with, by its argument. Settings or the model lock can leave out each."""
    wanted = {}
    if settings.overt_orders:
        wanted["overt"] = OVERT_ORDERS
    if settings.plain_orders:
        wanted["plain"] = PLAIN_ORDERS
    return {argument: name for argument, name in wanted.items() if name in lock.models}


def begin(settings: DetectorSettings, home: Path) -> list[GuardedDetector]:
    """All detectors, their children loading side by side, for a caller that will need each."""
    guards = [detector(name, settings, home) for name in DETECTORS]
    for guard in guards:
        guard.begin()
    return guards


@lru_cache(maxsize=_KEPT)
def _detector(name: str, settings: DetectorSettings, home: Path) -> GuardedDetector:
    arguments = {"configs": str(home / settings.folder)}
    caches: tuple[str, ...] = ()
    if name in _COMPILE_RULES:
        kept = _kept_rules(name, home)
        arguments |= {"cache_dir": str(kept.folder), "key": str(kept.key_file)}
        caches = (str(kept.folder),)
    lock = ModelLock.load(home / "configs" / "models.lock.yaml")
    if name == "pii":
        arguments["model"] = str(lock.verified(settings.names_model))
    if name == "injection":
        arguments |= {to: str(lock.verified(model)) for to, model in trained_models(settings, lock).items()}
    return GuardedDetector(
        TARGETS[name],
        arguments,
        ChildLimits(
            memory_bytes=settings.memory_mb << 20,
            cpu_seconds=settings.seconds_per_document,
            wall_seconds=settings.seconds_per_document,
            writes=caches,
            require_confinement=settings.require_confinement,
        ),
        canary_every=settings.canary_every,
    )


class SuiteScanner:
    """Every detector of this process on one document; they start with the first document."""

    def __init__(self, settings: DetectorSettings, home: Path, key: bytes) -> None:
        self._settings, self._home, self._key = settings, home, key

    def submit(self, document: ExtractedText) -> Tickets:
        """Queue a document in every detector; they work on it while the caller does something else."""
        guards = begin(self._settings, self._home)
        return [(guard, guard.submit(document)) for guard in guards]

    def result(self, tickets: Tickets) -> list[Finding]:
        """Every finding in a submitted document. Raises `CanaryMissed` if a detector cannot be trusted."""
        return [finding for guard, ticket in tickets for finding in guard.result(ticket, self._key)]

    def scan(self, document: ExtractedText) -> list[Finding]:
        """Every finding in a document."""
        return self.result(self.submit(document))


def _kept_rules(name: str, home: Path) -> KeptRules:
    """Where a detector's compiled rules are kept: those of a library by the installation, those of a home by it."""
    if name == "secrets":
        return KeptRules.of_installation() or KeptRules.of_home(home, name)
    return KeptRules.of_home(home)


def suite_digest(settings: DetectorSettings, home: Path) -> str:
    """Changes whenever the same text could get other findings, and is known without loading a detector.

    It covers the detectors' configuration, their source, the versions of their libraries and their models.
    """
    lock = ModelLock.load(home / "configs" / "models.lock.yaml")
    return digest_json(
        {
            "configuration": _folder_digest(home / settings.folder),
            "source": _folder_digest(Path(__file__).parent, "*.py"),
            "libraries": {name: version(name) for name in LIBRARIES},
            "names": lock.digest(settings.names_model),
            "orders": {to: lock.digest(model) for to, model in trained_models(settings, lock).items()},
        }
    )


def _folder_digest(folder: Path, pattern: str = "*") -> str:
    files = sorted(path for path in folder.rglob(pattern) if path.is_file() and "__pycache__" not in path.parts)
    return digest_json({str(path.relative_to(folder)): digest_bytes(path.read_bytes()) for path in files})
