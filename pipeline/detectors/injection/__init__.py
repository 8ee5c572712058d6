"""Detection of prompt injection: rules in YARA-X files, weighed by structure and context.

May import `domain` only. Start with `detector.py`.
"""

from pipeline.detectors.injection.detector import InjectionDetector

__all__ = ["InjectionDetector"]
