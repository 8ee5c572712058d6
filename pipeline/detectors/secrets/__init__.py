"""Secret detection: own rules, detect-secrets and kingfisher behind one `SecretDetector`."""

from pipeline.detectors.secrets.detector import SecretDetector

__all__ = ["SecretDetector"]
