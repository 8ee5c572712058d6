"""Detectors in the process of a test, made when a test first needs one and then shared."""

from functools import cache

from pipeline.detectors.kept_rules import KeptRules
from pipeline.detectors.secrets import SecretDetector
from pipeline.settings.home import default_configs


@cache
def secret_detector() -> SecretDetector:
    """The secret detector with the default rules; those of kingfisher as the installation keeps them, else compiled."""
    folder, kept = default_configs() / "detectors", KeptRules.of_installation()
    return SecretDetector(folder, kept.folder, kept.key_file) if kept else SecretDetector(folder)
