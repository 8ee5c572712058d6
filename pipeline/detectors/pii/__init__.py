"""Detection of personal data: identifiers, dates of birth, postal addresses and names.

May import `detectors.lookalikes` and `domain`. Start with `detector.py`.
"""

from pipeline.detectors.pii.detector import PiiDetector

__all__ = ["PiiDetector"]
