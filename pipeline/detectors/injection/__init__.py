"""Detection of prompt injection: rules in YARA-X files, weighed by structure and context."""

from pipeline.detectors.injection.detector import InjectionDetector

__all__ = ["InjectionDetector"]
