"""Documents: what a document is, where it comes from and what it declares about itself.

Pure. Start with `documents.py`, then `provenance.py`.
"""
