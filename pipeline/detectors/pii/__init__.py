"""Personal data: structured identifiers, dates of birth, postal addresses and names."""

from pipeline.detectors.pii.detector import PiiDetector

__all__ = ["PiiDetector"]
