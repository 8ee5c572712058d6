"""The words of Corpusgate as pure types and functions.

No I/O, no Beam, no models. May import nothing of `pipeline`. Start with `documents/documents.py`.
"""
