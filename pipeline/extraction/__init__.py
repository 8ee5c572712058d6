"""Bytes in, text out: what a document says, and what it hides.

Invariants: no parser of a hostile format runs in the calling process; only ASCII text is decoded there. Whatever a
file does, the answer is an `ExtractedText`: a failure is a word in it, never an exception (law 3).
"""

from pipeline.extraction.extractor import Extractor

__all__ = ["Extractor"]
