"""Extraction: from the bytes of a file to its text, and to the text that it hides.

Invariants: no parser of a hostile format runs in the calling process; only ASCII text is decoded there. A failure is
a value in the `ExtractedText`, never an exception (law 3).

May import `sandbox`, `settings` and `domain`. Start with `extractor.py`.
"""
