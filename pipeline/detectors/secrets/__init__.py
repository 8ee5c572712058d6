"""Detection of secrets: own rules, detect-secrets and kingfisher behind one `SecretDetector`.

May import `detectors.lookalikes` and `domain`. Start with `detector.py`.
"""

from pipeline.detectors.secrets.detector import SecretDetector

__all__ = ["SecretDetector"]
